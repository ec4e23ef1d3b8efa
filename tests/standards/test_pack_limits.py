"""Time limits and parameters of the packs against the table they were taken from (时限与参数)."""

import re

import pytest
from tests.standards.pack_csv import layered

# step, length, unit as in the table of statutory clocks; a date of the year is MM-DD.
CLOCKS = """
低保.乡镇调查初审|15|WD 低保.公示|7|CD 低保.县审批|5|WD 低保.全程(国家)|30|WD 低保.公示后确认(国家)|10|WD
低保.不予告知|3|WD 低保.首次发放|1|M 低保.就业渐退最短|6|M 低保.就业渐退最长|12|M 低保.拒绝就业窗口|6|M
低边.县审批|5|WD 特困.县审批|5|WD 特困.异议重查|15|WD 临时救助.公示|7|CD 救助.投诉核实处理|15|CD
孤儿/事无.乡镇|15|WD 孤儿/事无.县|15|WD 孤儿/事无.跨省推送/告知|3|WD 婚姻.结婚/离婚发证|0|CD
离婚.冷静期|30|CD 离婚.领证窗口|30|CD 婚姻.全国通办起点|05-10|date 收养.审查|30|CD 收养.弃婴公告|60|CD
收养.解除审查|30|CD 社团/民非/基金会.成立|60|CD 社团/民非.变更申请|30|CD 社会组织.注销申请|15|CD
社团/民非.年检报主管单位|03-31|date 社团/民非.年检报登记机关|05-31|date 基金会.年检|03-31|date
社团.未活动撤销|1|Y 慈善.设立|30|CD 慈善.认定|20|CD 慈善.特殊延长|60|CD 公募资格.登记年限|1|Y
公募资格.决定|20|CD 募捐方案备案|10|CD 募捐应急补备案|10|CD 募捐应急公开|5|CD 募捐/项目公开|3|M
慈善信托备案/变更|7|CD 慈善终止清算组|30|CD 捐赠用途变更公告|60|CD 养老机构.终止服务方案|60|CD
养老机构.备案|10|WD 养老机构.备案后核查|20|WD 优抚.转入抚恤关系|60|CD 优抚.遗属丧葬|6|M
优抚.残疾军人丧葬|12|M 退役安置.岗位|6|M 退役安置.上岗|30|CD 区划.完成变更|12|M 区划.代码公布|1|M
界线.联检|5|Y 灾情.初报|2|hour 灾情.冬春需求|10-31|date 移民.下年度计划|60|CD 移民.后扶|20|Y
信访.登记分送/告知|15|CD 信访.办理|60|CD 信访.复查申请/作出|30|CD 信访.复核申请/作出|30|CD
社工.首次登记|1|Y 信用.不良信息保存|5|Y 审计.网络日志|6|M 个保.评估记录|3|Y 社会救助申请补正|5|WD
"""
# Spellings of the table that stand for several values: found in a note.
COMBINED = (
    "低保.就业渐退最短/最长", "低保.拒绝就业次数/窗口", "低边.全流程", "特困.全流程", "信访.办理 (+延长)",
    "社工.有效期 / 再登记窗口",
)  # fmt: skip


@pytest.mark.parametrize("clock", CLOCKS.split())
def test_every_statutory_clock_is_there(clock: str) -> None:
    step, length, unit = clock.split("|")
    said = [(row["length"], row["unit"]) for row in layered("time_limits.csv") if row["step"] == step]
    assert (length, unit) in said


@pytest.mark.parametrize("spelling", COMBINED)
def test_a_combined_spelling_is_found_in_a_note(spelling: str) -> None:
    assert [row for row in layered("time_limits.csv") if f"合并写法：{spelling}" in row["note"]]


def test_single_steps_say_the_same_as_the_combined_one() -> None:
    limits = layered("time_limits.csv")
    by_step = {row["step"]: row for row in limits}
    singles = [row for row in limits if re.search(r"合并写法：(.+)$", row["note"])]
    compared = 0
    for row in singles:
        combined = by_step.get(row["note"].split("合并写法：")[1])
        if combined:
            compared += 1
            assert (row["length"], row["unit"]) == (combined["length"], combined["unit"])
    assert compared >= 20


def test_limits_have_a_known_form() -> None:
    for row in layered("time_limits.csv"):
        pattern = r"\d\d-\d\d" if row["unit"] == "date" else r"\d+"
        assert re.fullmatch(pattern, row["length"]), row
        assert row["direction"] in {"after", "before"}
        assert row["confidence"] in {"confirmed", "to_check"}
        assert row["legal_basis"], row


def test_the_province_states_where_its_rows_hold() -> None:
    for row in (*layered("time_limits.csv"), *layered("parameters.csv")):
        assert row["division_code"] in {"", "330000", "330100"}
    fundraising = {
        row["division_code"]: row for row in layered("time_limits.csv") if row["step"] == "募捐方案备案"
    }
    assert {code: row["length"] for code, row in fundraising.items()} == {"": "10", "330000": "7"}
    assert {row["direction"] for row in fundraising.values()} == {"before"}


def test_money_is_whole_fen() -> None:
    for row in layered("parameters.csv"):
        assert row["key"].endswith("_fen") == row["unit"].startswith("分"), row
        if row["key"].endswith("_fen"):
            assert re.fullmatch(r"\d+", row["value"]), row
    standard = {
        r["effective_from"]: r for r in layered("parameters.csv") if r["key"] == "allowance.standard_fen"
    }
    assert standard["2021-01-01"]["value"] == "93500"
    assert standard["2022-01-01"]["confidence"] == "to_check"
