"""What follows for social organisations (社会组织线索)."""

from minzheng.stewardship.signals.declare import Kind, register

# Organisations on the books (neither 注销 nor 撤销) and the registered person who represents each.
LED = "s.recorded_to IS NULL AND s.status_code NOT IN ('2', '3')"
LEADS = "c.role = 'legal_representative' AND c.recorded_to IS NULL"
IS_LED = "o.role = 'organisation' AND o.recorded_to IS NULL"
ROWS = "SELECT o.organisation_id, c.person_id, s.id, s.division_code, s.kind_code, s.happened_on"
OF_ALL = f"""{ROWS} FROM societies_society s
    {{each:registry_organisationclaim o ON o.record_id = s.id IF {IS_LED}}}
    {{each:registry_personclaim c ON c.record_id = s.id IF {LEADS}}}
    WHERE {LED}"""

representative_died = register(
    Kind(
        key="representative_died",
        label="法定代表人已死亡",
        why="社会组织的法定代表人已有死亡登记，登记事项未变更。",
        basis="社会团体登记管理条例、民办非企业单位登记管理暂行条例、基金会管理条例关于变更登记的规定",
        advice=(
            "通知该组织按章程产生新的法定代表人，并办理变更登记。",
            "变更登记入库后本线索自动办结；长期不办理的，列入年检和执法检查。",
        ),
        business_code="08",
        subject="organisation",
        step="线索.法定代表人核查",
        touched=f"""
SELECT o.organisation_id FROM (SELECT DISTINCT record_id FROM touched_claim WHERE role = 'legal_representative') t
{{each:registry_organisationclaim o ON o.record_id = t.record_id IF {IS_LED}}}
UNION SELECT o.organisation_id FROM (SELECT id FROM touched_person WHERE renewed) t
{{each:registry_person p ON p.id = t.id IF p.death_date IS NOT NULL}}
{{each:registry_personclaim c ON c.person_id = t.id IF {LEADS}}}
{{each:registry_organisationclaim o ON o.record_id = c.record_id IF {IS_LED}}}""",
        of_asked=f"""{ROWS} FROM asked
    {{each:registry_organisationclaim o ON o.organisation_id = asked.id IF {IS_LED}}}
    {{each:societies_society s ON s.id = o.record_id IF {LED}}}
    {{each:registry_personclaim c ON c.record_id = s.id IF {LEADS}}}""",
        of_all=OF_ALL,
        found="""
SELECT DISTINCT ON (l.organisation_id) l.organisation_id AS subject_id, l.division_code, p.death_date AS since,
    NULL::bigint AS amount_fen, ARRAY[l.person_id] AS person_ids, ARRAY[l.id] AS record_ids,
    l.person_id || ' ' || p.death_date AS facts, '法定代表人于' || p.death_date || '死亡，登记未变更' AS said
FROM ({rows}) l {each:registry_person p ON p.id = l.person_id IF p.death_date IS NOT NULL}
ORDER BY l.organisation_id, p.death_date, l.person_id, l.id""",
        closing=f"""
SELECT g.signal_id, CASE WHEN s.status_code = '2' THEN '该组织已注销' WHEN s.status_code = '3' THEN '该组织登记已撤销'
    WHEN p.death_date IS NULL AND c.person_id = g.person_ids[1] THEN '死亡登记已更正或撤销'
    ELSE '法定代表人已变更' END AS reason
FROM gone g
{{any:registry_organisationclaim o ON o.organisation_id = g.subject_id IF {IS_LED}}}
{{any:societies_society s ON s.id = o.record_id IF s.recorded_to IS NULL}}
{{any:registry_personclaim c ON c.record_id = s.id IF {LEADS}}}
{{any:registry_person p ON p.id = c.person_id}}""",
    )
)

representative_of_two = register(
    Kind(
        key="representative_of_two",
        label="兼任社会团体法定代表人",
        why="同一人是两个以上社会团体的法定代表人。",
        basis="社会团体登记管理条例：社会团体的法定代表人不得同时担任其他社会团体的法定代表人",
        advice=(
            "核对是否同一人、是否都是社会团体；筹备和正常状态的都计入，注销、撤销的不计。",
            "通知有关社会团体限期改选并办理变更登记；变更入库后本线索自动办结。",
        ),
        business_code="08",
        subject="person",
        step="线索.法定代表人核查",
        touched="SELECT person_id FROM touched_claim WHERE role = 'legal_representative'",
        of_asked=f"""{ROWS} FROM asked
    {{each:registry_personclaim c ON c.person_id = asked.id IF {LEADS}}}
    {{each:societies_society s ON s.id = c.record_id IF {LED}}}
    {{each:registry_organisationclaim o ON o.record_id = s.id IF {IS_LED}}}""",
        of_all=OF_ALL,
        found="""
SELECT person_id AS subject_id, (array_agg(division_code ORDER BY happened_on DESC NULLS LAST, id))[1] AS division_code,
    (array_agg(happened_on ORDER BY happened_on, id))[2] AS since, NULL::bigint AS amount_fen,
    ARRAY[person_id] AS person_ids, array_agg(id ORDER BY happened_on, id) AS record_ids,
    string_agg(organisation_id::text, '|' ORDER BY organisation_id) AS facts,
    '同时担任' || count(DISTINCT organisation_id) || '个社会团体的法定代表人' AS said
FROM ({rows}) l WHERE kind_code = '1'
GROUP BY person_id HAVING count(DISTINCT organisation_id) > 1""",
        closing="""
SELECT g.signal_id, '法定代表人已变更或有关社会团体已注销，此人不再兼任' AS reason FROM gone g""",
    )
)
