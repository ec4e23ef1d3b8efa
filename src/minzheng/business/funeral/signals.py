"""What follows from cremations (殡葬线索)."""

from minzheng.stewardship.signals.declare import Kind, register

# The deceased of every current cremation, whose county the person's registration gives where the record does not.
DECEASED = """SELECT c.person_id, r.id, r.certificate_no, r.cremated_on,
        coalesce(r.division_code, p.hukou_division_code) AS division_code"""
OF_ASKED = f"""{DECEASED} FROM asked
    {{each:registry_personclaim c ON c.person_id = asked.id IF c.role = 'deceased' AND c.recorded_to IS NULL}}
    {{each:funeral_cremation r ON r.id = c.record_id IF r.recorded_to IS NULL}}
    {{each:registry_person p ON p.id = c.person_id}}"""
OF_ALL = f"""{DECEASED} FROM funeral_cremation r
    {{each:registry_personclaim c ON c.record_id = r.id IF c.role = 'deceased' AND c.recorded_to IS NULL}}
    {{each:registry_person p ON p.id = c.person_id}}
    WHERE r.recorded_to IS NULL"""
CREMATED = "SELECT person_id FROM touched_claim WHERE role = 'deceased'"

cremated_twice = register(
    Kind(
        key="cremated_twice",
        label="重复火化",
        why="同一人有两张以上火化证，可能是身份登记错误、冒名火化或补录重复。",
        basis="殡葬管理条例",
        advice=(
            "调阅各次火化的死亡证明、身份证件和遗体接运记录，核对是否同一人。",
            "登记错误的，由殡仪馆更正火化登记后重新报送；更正入库后本线索自动办结。",
            "涉嫌冒名、骗取惠民殡葬补贴的，按规定移送。",
        ),
        business_code="07",
        subject="person",
        step="线索.火化登记核查",
        touched=CREMATED,
        of_asked=OF_ASKED,
        of_all=OF_ALL,
        found="""
SELECT person_id AS subject_id, (array_agg(division_code ORDER BY cremated_on DESC, id))[1] AS division_code,
    (array_agg(cremated_on ORDER BY cremated_on, id))[2] AS since, NULL::bigint AS amount_fen,
    ARRAY[person_id] AS person_ids, array_agg(id ORDER BY cremated_on, id) AS record_ids,
    string_agg(certificate_no || ' ' || cremated_on, '|' ORDER BY certificate_no, cremated_on) AS facts,
    '先后于' || string_agg(cremated_on::text, '、' ORDER BY cremated_on, id) || '登记火化，共'
        || count(*) || '张火化证' AS said
FROM ({rows}) d GROUP BY person_id HAVING count(DISTINCT certificate_no) > 1""",
        closing="""
SELECT g.signal_id, '火化登记已更正，此人现只有' || count(DISTINCT r.certificate_no) || '张火化证' AS reason
FROM gone g
{any:registry_personclaim c ON c.person_id = g.subject_id IF c.role = 'deceased' AND c.recorded_to IS NULL}
{any:funeral_cremation r ON r.id = c.record_id IF r.recorded_to IS NULL}
GROUP BY g.signal_id""",
    )
)

death_after_cremation = register(
    Kind(
        key="death_after_cremation",
        label="火化早于死亡",
        why="火化日期早于登记的死亡日期，死亡日期、火化日期或人员必有一项有误。",
        basis="殡葬管理条例",
        advice=(
            "核对死亡证明上的死亡日期与火化登记。",
            "由登记有误的一方更正后重新报送；更正入库后本线索自动办结。",
        ),
        business_code="07",
        subject="person",
        step="线索.火化登记核查",
        touched=f"""{CREMATED}
UNION SELECT p.id FROM touched_person t {{each:registry_person p ON p.id = t.id IF p.death_date IS NOT NULL}}""",
        of_asked=OF_ASKED,
        of_all=OF_ALL,
        found="""
SELECT d.person_id AS subject_id, (array_agg(d.division_code ORDER BY d.cremated_on DESC, d.id))[1] AS division_code,
    min(d.cremated_on) AS since, NULL::bigint AS amount_fen, ARRAY[d.person_id] AS person_ids,
    array_remove(array_agg(DISTINCT d.id) || array_agg(DISTINCT s.record_id), NULL) AS record_ids,
    min(d.cremated_on) || ' ' || max(s.death_date) AS facts,
    min(d.cremated_on) || '登记火化，死亡日期却为' || max(s.death_date) AS said
FROM ({rows}) d
{each:registry_personclaim s ON s.person_id = d.person_id AND s.recorded_to IS NULL AND s.death_date IS NOT NULL
    IF s.death_date > d.cremated_on}
GROUP BY d.person_id""",
        closing="""
SELECT g.signal_id, '死亡日期或火化日期已更正，火化不再早于死亡' AS reason FROM gone g""",
    )
)
