"""What follows from marriage registrations (婚姻登记线索)."""

from minzheng.stewardship.signals.declare import Kind, register

# Every marriage (11, 12, 13) and divorce (21) a person is part of. A reissue (31, 32) changes nothing, a revoked marriage
# says nothing of anyone's marital status any more, and the same certificate sent twice is one record.
EVENTS = "SELECT c.person_id, o.person_id AS spouse_id, r.id, r.kind_code, r.certificate_no, r.happened_on, r.division_code"
SAYS = """c.role IN ('husband', 'wife') AND c.recorded_to IS NULL AND c.record_id IS NOT NULL
        AND c.marital_status_code IS NOT NULL"""
OTHER = "o.record_id = c.record_id IF o.role IN ('husband', 'wife') AND o.role <> c.role AND o.recorded_to IS NULL"
COUNTS = "r.recorded_to IS NULL AND r.kind_code IN ('11', '12', '13', '21')"
OF_ASKED = f"""{EVENTS} FROM asked
    {{each:registry_personclaim c ON c.person_id = asked.id AND {SAYS}}}
    {{each:marriage_registration r ON r.id = c.record_id IF {COUNTS}}}
    {{any:registry_personclaim o ON {OTHER}}}"""
OF_ALL = f"""{EVENTS} FROM marriage_registration r
    {{each:registry_personclaim c ON c.record_id = r.id IF {SAYS}}}
    {{any:registry_personclaim o ON {OTHER}}}
    WHERE {COUNTS}"""

married_again = register(
    Kind(
        key="married_again",
        label="疑似重婚",
        why="前一次结婚后没有离婚、撤销登记，配偶也没有死亡登记，又与他人登记结婚。",
        basis="民法典第一千零四十二条、第一千零五十一条",
        advice=(
            "先核对法院判决（调解）离婚、外省登记的离婚和前配偶死亡，这些情形本节点可能没有数据，属实的排除并写明文书号。",
            "核对两次登记的是否同一人，登记错误的更正后重新报送。",
            "确属重婚的，后一婚姻无效，按规定告知当事人并移送。",
        ),
        business_code="05",
        subject="person",
        step="线索.重婚核查",
        touched=f"""
SELECT person_id FROM touched_claim WHERE role IN ('husband', 'wife')
UNION SELECT o.person_id FROM (SELECT id FROM touched_person WHERE renewed) t
{{each:registry_personclaim c ON c.person_id = t.id AND {SAYS}}}
{{each:registry_personclaim o ON {OTHER}}}""",
        of_asked=OF_ASKED,
        of_all=OF_ALL,
        found="""
SELECT e.person_id AS subject_id, (array_agg(e.division_code ORDER BY e.happened_on DESC, e.id))[1] AS division_code,
    min(e.happened_on) AS since, NULL::bigint AS amount_fen,
    array_remove(ARRAY[e.person_id, (array_agg(e.before_spouse_id ORDER BY e.happened_on, e.id))[1],
        (array_agg(e.spouse_id ORDER BY e.happened_on, e.id))[1]], NULL) AS person_ids,
    array_agg(DISTINCT e.before_id) || array_agg(DISTINCT e.id) AS record_ids,
    string_agg(e.before_certificate || '>' || e.certificate_no, '|' ORDER BY e.happened_on, e.id) AS facts,
    min(e.before_on) || '登记结婚，没有离婚登记，' || min(e.happened_on) || '又登记结婚' AS said
FROM (SELECT v.*, lag(kind_code) OVER w AS before_kind, lag(id) OVER w AS before_id, lag(spouse_id) OVER w AS before_spouse_id,
        lag(certificate_no) OVER w AS before_certificate, lag(happened_on) OVER w AS before_on
    FROM ({rows}) v WINDOW w AS (PARTITION BY person_id ORDER BY happened_on, (kind_code <> '21'), certificate_no, id)) e
{any:registry_person b ON b.id = e.before_spouse_id}
WHERE e.kind_code <> '21' AND e.before_kind <> '21' AND e.spouse_id <> e.before_spouse_id
    AND (b.death_date IS NULL OR b.death_date > e.happened_on)
GROUP BY e.person_id""",
        closing="""
SELECT g.signal_id, CASE
    WHEN bool_or(p.death_date IS NOT NULL) THEN '前配偶已有死亡登记'
    WHEN bool_or(r.recorded_to IS NOT NULL OR c.id IS NULL) THEN '婚姻登记已更正或撤销'
    ELSE '两次结婚之间的离婚登记已补录' END AS reason
FROM gone g
{any:registry_person p ON p.id = g.person_ids[2]}
{any:marriage_registration r ON r.id = ANY (g.record_ids)}
{any:registry_personclaim c ON c.record_id = r.id IF c.recorded_to IS NULL AND c.marital_status_code IS NOT NULL}
GROUP BY g.signal_id""",
    )
)
