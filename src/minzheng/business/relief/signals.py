"""What follows for the subsistence allowance (低保线索): from deaths, marriages, shared accounts, shared addresses.

Money at stake: the household's amount is Σ over its protected members of (standard − income per head)
(浙江省社会救助条例第十二条), so one member's share is the household's amount divided by the members listed that month. After
a member's death that share is paid wrongly, the whole amount where no one else is listed. Where the household's own
entitlement is in question (marriage, account, address) the whole amount is at stake. Integer fen, remainders dropped.
"""

from minzheng.stewardship.signals.declare import Kind, register

# A month as officials write it, for sentences.
FIRST = "left(min(benefit_month), 4) || '年' || right(min(benefit_month), 2)::int || '月'"
LAST = FIRST.replace("min(", "max(")
MONTHS = f"{FIRST} || CASE WHEN min(benefit_month) < max(benefit_month) THEN '至' || {LAST} ELSE '' END"
ADVICE_STOP = "核查属实的，自下月起停发或重新核定保障金额；多发的按规定追回，办结时写明追回金额。"

# What stands behind MATERIALIZED is reckoned once: taken for one row, it would be reckoned anew for each row it is joined to.
# A person's place in a payment: when and in which, read off an index that holds both, and not off years of claims.
MEMBER = "c.role = 'member' AND c.recorded_to IS NULL"

paid_after_death = register(
    Kind(
        key="paid_after_death",
        label="死亡后仍发放低保金",
        why="保障对象已有死亡登记，死亡次月以后仍按在册成员发放低保金。",
        basis="社会救助暂行办法第十三条、浙江省社会救助条例：家庭成员发生变化的，应当及时增发、减发或者停发",
        advice=("核对死亡登记的是否同一人、死亡日期是否准确。", ADVICE_STOP,
                "死亡登记或发放名册有误的，由报送单位更正后重新报送；更正入库后本线索自动办结。"),
        business_code="01",
        subject="person",
        step="线索.死亡后发放核查",
        money="逐月按“户月保障金额 ÷ 当月在册成员数”计死者份额，只剩死者一人的为全额；不足一分的舍去。",
        parameters={"grace": ("signal.death_grace_months", 0)},
        touched="""
SELECT p.id FROM touched_person t {each:registry_person p ON p.id = t.id IF p.death_date IS NOT NULL}
UNION SELECT p.id FROM (SELECT DISTINCT a.certificate_no, a.benefit_month
    FROM touched_record t {each:relief_allowancepayment a ON a.id = t.id} WHERE t.stands) a
{each:relief_allowancepayment b ON b.certificate_no = a.certificate_no AND b.benefit_month = a.benefit_month
    IF b.recorded_to IS NULL}
{each:registry_personclaim c ON c.record_id = b.id IF c.role = 'member' AND c.recorded_to IS NULL}
{each:registry_person p ON p.id = c.person_id IF p.death_date IS NOT NULL}""",
        of_asked="SELECT p.id, p.death_date FROM asked {each:registry_person p ON p.id = asked.id IF p.death_date IS NOT NULL}",
        of_all="SELECT id, death_date FROM registry_person WHERE death_date IS NOT NULL",
        found="""
WITH paid AS (
    SELECT DISTINCT ON (p.id, a.certificate_no, a.benefit_month)
        p.id AS person_id, p.death_date, a.id, a.certificate_no, a.benefit_month, a.monthly_amount_fen, a.division_code
    FROM ({rows}) p
    {each:registry_personclaim c ON c.person_id = p.id AND c.valid_from > p.death_date AND {member}}
    {each:relief_allowancepayment a ON a.id = c.record_id IF a.recorded_to IS NULL}
    WHERE a.benefit_month > to_char(p.death_date + make_interval(months => {grace:a.division_code}), 'YYYYMM')
    ORDER BY p.id, a.certificate_no, a.benefit_month, a.id
), listed AS MATERIALIZED (
    SELECT q.certificate_no, q.benefit_month, count(DISTINCT m.person_id) AS members
    FROM (SELECT DISTINCT certificate_no, benefit_month FROM paid) q
    {each:relief_allowancepayment b ON b.certificate_no = q.certificate_no AND b.benefit_month = q.benefit_month
        IF b.recorded_to IS NULL}
    {each:registry_personclaim m ON m.record_id = b.id IF m.role = 'member' AND m.recorded_to IS NULL}
    GROUP BY q.certificate_no, q.benefit_month
)
SELECT person_id AS subject_id, (array_agg(division_code ORDER BY benefit_month DESC, id))[1] AS division_code,
    to_date(min(benefit_month), 'YYYYMM') AS since, sum(monthly_amount_fen / members)::bigint AS amount_fen,
    ARRAY[person_id] AS person_ids, array_agg(id ORDER BY benefit_month, id) AS record_ids,
    death_date || ' ' || min(benefit_month) || ' ' || string_agg(DISTINCT certificate_no, ',') AS facts,
    death_date || '死亡，' || {months} || '仍发放'
        || count(DISTINCT benefit_month) || '个月' AS said
FROM paid JOIN listed USING (certificate_no, benefit_month) GROUP BY person_id, death_date"""
        .replace("{months}", MONTHS).replace("{member}", MEMBER),
        closing="""
SELECT g.signal_id, CASE WHEN p.superseded_by IS NOT NULL THEN '此人已并入另一人'
    WHEN p.death_date IS NULL THEN '死亡登记已更正或撤销，此人没有死亡日期'
    ELSE '死亡日期更正为' || p.death_date || '或发放记录已更正，死亡后没有发放' END AS reason
FROM gone g {any:registry_person p ON p.id = g.subject_id}""",
    )
)  # fmt: skip

# What a marriage registry says of a person; an attribute is the registry's to state where its source claims authority.
SAYS = "e.recorded_to IS NULL AND e.record_id IS NOT NULL AND e.marital_status_code IS NOT NULL"
EVENT = "SELECT e.person_id, e.record_id, e.marital_status_code AS status, e.valid_from"
BY_OFFICE = "e.source_id IN (SELECT id FROM registry_source WHERE authority ? 'marital_status_code')"

member_marriage_changed = register(
    Kind(
        key="member_marriage_changed",
        label="在保期间结婚或离婚",
        why="保障对象在保期间登记结婚或离婚，此后仍按原家庭发放，家庭成员和收入可能已经变化。",
        basis="社会救助暂行办法第十三条、浙江省社会救助条例：家庭人口、收入和财产状况发生变化的应当告知并复核",
        advice=("核对家庭成员、配偶收入和财产，重新核算家庭人均收入。", ADVICE_STOP,
                "结婚后配偶已列入同一低保户的，不作为线索。"),
        business_code="01",
        subject="person",
        step="线索.低保婚姻变化核查",
        money="登记次月起该户已发低保金全额（家庭资格待复核）。",
        touched="""
SELECT o.person_id FROM touched_person t
{each:registry_personclaim e ON e.person_id = t.id AND {says}}
{each:registry_personclaim o ON o.record_id = e.record_id IF o.recorded_to IS NULL}""".replace("{says}", SAYS),
        of_asked=f"{EVENT} FROM asked {{each:registry_personclaim e ON e.person_id = asked.id AND {SAYS}}} WHERE {BY_OFFICE}",
        of_all=f"{EVENT} FROM registry_personclaim e WHERE {SAYS} AND {BY_OFFICE}",
        found="""
WITH event AS (
    SELECT DISTINCT ON (person_id) * FROM ({rows}) e ORDER BY person_id, valid_from DESC, record_id
), listed AS (
    SELECT * FROM (SELECT e.*, c.record_id AS paid_id, c.valid_from > e.valid_from AS after,
            bool_or(c.valid_from <= e.valid_from) OVER one AS before
        FROM event e
        {each:registry_personclaim c ON c.person_id = e.person_id AND {member}}
        WINDOW one AS (PARTITION BY e.person_id)) w
    WHERE before AND after
), paid AS (
    SELECT DISTINCT ON (e.person_id, a.certificate_no, a.benefit_month)
        e.person_id, e.record_id, e.status, e.valid_from,
        a.id, a.certificate_no, a.benefit_month, a.monthly_amount_fen, a.division_code
    FROM listed e {each:relief_allowancepayment a ON a.id = e.paid_id IF a.recorded_to IS NULL}
    ORDER BY e.person_id, a.certificate_no, a.benefit_month, a.id
), held AS (
    SELECT * FROM (SELECT person_id, certificate_no, record_id, status, valid_from, max(benefit_month) AS last_month,
            (array_agg(division_code ORDER BY benefit_month DESC))[1] AS division_code,
            sum(monthly_amount_fen) AS amount_fen, count(*) AS months, array_agg(id ORDER BY benefit_month) AS payments
        FROM paid GROUP BY person_id, certificate_no, record_id, status, valid_from) h
    WHERE EXISTS (SELECT 1 FROM (SELECT b.id FROM relief_allowancepayment b WHERE b.certificate_no = h.certificate_no
            AND b.benefit_month <= to_char(h.valid_from, 'YYYYMM') AND b.recorded_to IS NULL
            ORDER BY b.certificate_no DESC, b.benefit_month DESC OFFSET 0) b
        {each:registry_personclaim m ON m.record_id = b.id IF m.person_id = h.person_id AND m.role = 'member'
            AND m.recorded_to IS NULL})
), spouse AS MATERIALIZED (
    SELECT h.person_id, h.certificate_no, o.person_id AS spouse_id, EXISTS (
            SELECT 1 FROM (SELECT b.id FROM relief_allowancepayment b WHERE b.certificate_no = h.certificate_no
                AND b.benefit_month = h.last_month AND b.recorded_to IS NULL OFFSET 0) b
            {each:registry_personclaim m ON m.record_id = b.id IF m.person_id = o.person_id AND m.role = 'member'
                AND m.recorded_to IS NULL}) AS listed
    FROM held h
    {each:registry_personclaim o ON o.record_id = h.record_id IF o.recorded_to IS NULL AND o.person_id <> h.person_id
        AND o.marital_status_code IS NOT NULL}
)
SELECT h.person_id AS subject_id, min(h.division_code) AS division_code, min(h.valid_from) AS since,
    sum(h.amount_fen)::bigint AS amount_fen,
    array_remove(ARRAY[h.person_id, (array_agg(s.spouse_id ORDER BY s.spouse_id))[1]], NULL) AS person_ids,
    ARRAY[h.record_id]
        || string_to_array(
               string_agg(array_to_string(h.payments, ','), ',' ORDER BY h.certificate_no), ',')::uuid[] AS record_ids,
    h.status || ' ' || min(h.valid_from) || ' ' || string_agg(DISTINCT h.certificate_no, ',') AS facts,
    min(h.valid_from) || '登记' || CASE WHEN h.status = '40' THEN '离婚' ELSE '结婚' END || '，此后仍按原家庭发放'
        || max(h.months) || '个月' AS said
FROM held h LEFT JOIN spouse s ON s.person_id = h.person_id AND s.certificate_no = h.certificate_no
WHERE h.status = '40' OR NOT coalesce(s.listed, false)
GROUP BY h.person_id, h.record_id, h.status""".replace("{member}", MEMBER),
        closing="""
SELECT g.signal_id, CASE WHEN p.superseded_by IS NOT NULL THEN '此人已并入另一人'
    WHEN e.id IS NULL THEN '婚姻登记已更正或撤销'
    ELSE '配偶已列入该户或发放记录已更正，登记后没有按原家庭发放' END AS reason
FROM gone g {any:registry_person p ON p.id = g.subject_id}
{any:registry_personclaim e ON e.person_id = g.subject_id IF e.record_id = g.record_ids[1] AND e.recorded_to IS NULL
    AND e.marital_status_code IS NOT NULL}""",
    )
)  # fmt: skip

shared_account = register(
    Kind(
        key="shared_account",
        label="同卡多户",
        why="同一银行账户在同一个月领取两户以上低保金，可能是代领、冒领或账户登记错误。",
        basis="社会救助暂行办法；惠民惠农财政补贴资金“一卡通”管理规定：资金发放到本人账户",
        advice=("核对各户户主与账户持有人的关系，有无委托代领手续。",
                "账户登记错误的，更正发放名册后重新报送；更正入库后本线索自动办结。", ADVICE_STOP),
        business_code="01",
        subject="account",
        step="线索.同卡多户核查",
        money="共用账户的各月，经该账户发放的各户低保金全额。",
        parameters={"households": ("signal.households_per_account", 2)},
        touched="""
SELECT a.bank_account_blind FROM touched_record t
{each:relief_allowancepayment a ON a.id = t.id IF a.bank_account_blind IS NOT NULL} WHERE t.stands""",
        # Two looks at an account's index, not its years of payments: the first certificate and the last.
        of_asked="""
SELECT asked.id AS account FROM asked
CROSS JOIN LATERAL (SELECT certificate_no AS no FROM relief_allowancepayment WHERE bank_account_blind = asked.id
    AND recorded_to IS NULL ORDER BY bank_account_blind, certificate_no LIMIT 1) first
CROSS JOIN LATERAL (SELECT certificate_no AS no FROM relief_allowancepayment WHERE bank_account_blind = asked.id
    AND recorded_to IS NULL ORDER BY bank_account_blind DESC, certificate_no DESC LIMIT 1) last
WHERE first.no <> last.no""",
        of_all="""
SELECT bank_account_blind AS account FROM relief_allowancepayment
WHERE recorded_to IS NULL AND bank_account_blind IS NOT NULL
GROUP BY bank_account_blind HAVING min(certificate_no) <> max(certificate_no)""",
        found="""
WITH used AS (
    SELECT s.account, a.benefit_month, a.certificate_no, min(a.division_code) AS division_code,
        max(a.monthly_amount_fen) AS amount_fen, (array_agg(a.id ORDER BY a.id))[1] AS id
    FROM ({rows}) s {each:relief_allowancepayment a ON a.bank_account_blind = s.account AND a.recorded_to IS NULL}
    GROUP BY s.account, a.benefit_month, a.certificate_no
), shared AS (
    SELECT u.*, max(u.benefit_month) OVER (PARTITION BY u.account, u.certificate_no) AS last_month
    FROM used u JOIN (SELECT account, benefit_month FROM used GROUP BY account, benefit_month
        HAVING count(*) >= {households:min(division_code)}) m USING (account, benefit_month)
), headed AS (
    SELECT s.account, s.certificate_no, (array_agg(c.person_id ORDER BY c.person_id))[1] AS person_id, s.id
    FROM shared s {each:registry_personclaim c ON c.record_id = s.id IF c.role = 'head' AND c.recorded_to IS NULL}
    WHERE s.benefit_month = s.last_month GROUP BY s.account, s.certificate_no, s.id
), heads AS MATERIALIZED (
    SELECT account, array_agg(DISTINCT person_id) AS person_ids FROM headed GROUP BY account
)
SELECT s.account AS subject_id, mode() WITHIN GROUP (ORDER BY left(s.division_code, 6)) AS division_code,
    to_date(min(s.benefit_month), 'YYYYMM') AS since, sum(s.amount_fen)::bigint AS amount_fen,
    coalesce(h.person_ids, ARRAY[]::uuid[]) AS person_ids,
    (array_agg(s.id ORDER BY s.certificate_no) FILTER (WHERE s.benefit_month = s.last_month)) AS record_ids,
    string_agg(DISTINCT s.certificate_no, ',' ORDER BY s.certificate_no) AS facts,
    {months} || '有' || count(DISTINCT s.certificate_no)
        || '户低保金发入同一账户' AS said
FROM shared s LEFT JOIN heads h USING (account) GROUP BY s.account, h.person_ids""".replace("{months}", MONTHS),
        closing="""
SELECT g.signal_id, '发放记录已更正，该账户不再为多户共用' AS reason FROM gone g""",
    )
)  # fmt: skip

# Who is head of a household paid in some month, and lives at an address: his last such month.
HEADS = "c.role = 'head' AND c.recorded_to IS NULL"
LIVES = """SELECT p.hukou_address_blind AS address, p.id AS person_id, p.hukou_division_code AS division_code,
    l.valid_from AS paid_on"""

shared_address = register(
    Kind(
        key="shared_address",
        label="同址多户",
        why="同一户籍地址上有多户低保，可能是拆户申领、空挂户或地址登记不实。",
        basis="浙江省社会救助条例：共同生活的家庭成员应当作为一户申请",
        advice=("入户核实各户是否分开居住、分开生活，有无拆户申领。",
                "养老机构、福利机构、集体户等确属多户同址的，排除并写明情况。", ADVICE_STOP),
        business_code="01",
        subject="address",
        step="线索.同址多户核查",
        money="最近一个发放月该地址各户低保金合计。",
        parameters={"households": ("signal.households_per_address", 3)},
        # Of those who head a household or did: where they live, and where they may have left, for there they count no more.
        touched=f"""
WITH head AS (
    SELECT t.id, t.renewed FROM touched_person t
    CROSS JOIN LATERAL (SELECT 1 FROM registry_personclaim c WHERE c.person_id = t.id AND {HEADS} LIMIT 1) c
    UNION SELECT t.id, t.renewed FROM touched_claim c JOIN touched_person t ON t.id = c.person_id WHERE c.role = 'head'
)
SELECT p.hukou_address_blind FROM head {{each:registry_person p ON p.id = head.id}}
UNION SELECT c.hukou_address_blind FROM (SELECT id FROM head WHERE renewed) t
{{each:registry_personclaim c ON c.person_id = t.id IF c.hukou_address_blind IS NOT NULL}}""",
        of_asked=f"""{LIVES} FROM asked
{{each:registry_person p ON p.hukou_address_blind = asked.id}}
CROSS JOIN LATERAL (SELECT c.valid_from FROM registry_personclaim c WHERE c.person_id = p.id AND {HEADS}
    ORDER BY c.person_id DESC, c.valid_from DESC LIMIT 1) l""",
        of_all=f"""{LIVES} FROM (SELECT c.person_id, max(c.valid_from) AS valid_from FROM registry_personclaim c
    WHERE {HEADS} GROUP BY c.person_id) l
{{each:registry_person p ON p.id = l.person_id IF p.hukou_address_blind IS NOT NULL}}""",
        found="""
WITH lived AS (
    SELECT * FROM (SELECT h.*, max(h.paid_on) OVER (PARTITION BY h.address) AS last_on FROM ({rows}) h) h WHERE paid_on = last_on
), here AS (
    SELECT DISTINCT ON (h.address, a.certificate_no) h.address, h.person_id, a.certificate_no, a.benefit_month, a.id,
        a.monthly_amount_fen, coalesce(a.division_code, h.division_code) AS division_code
    FROM lived h
    {each:registry_personclaim c ON c.person_id = h.person_id AND c.valid_from = h.paid_on AND {heads}}
    {each:relief_allowancepayment a ON a.id = c.record_id IF a.recorded_to IS NULL}
    ORDER BY h.address, a.certificate_no, a.id, h.person_id
)
SELECT address AS subject_id, mode() WITHIN GROUP (ORDER BY left(division_code, 6)) AS division_code,
    to_date(min(benefit_month), 'YYYYMM') AS since, sum(monthly_amount_fen)::bigint AS amount_fen,
    array_agg(DISTINCT person_id) AS person_ids, array_agg(id ORDER BY certificate_no) AS record_ids,
    string_agg(certificate_no, ',' ORDER BY certificate_no) AS facts,
    {month} || '发放，同一地址有' || count(*) || '户低保' AS said
FROM here GROUP BY address HAVING count(*) >= {households:min(division_code)}"""
        .replace("{month}", FIRST).replace("{heads}", HEADS),
        closing="""
SELECT g.signal_id, '该地址最近发放月的在保户已少于预警户数' AS reason FROM gone g""",
    )
)  # fmt: skip
