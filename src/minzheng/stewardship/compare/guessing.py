"""What a column probably holds (推测列的类型), from its heading and its first values; a person confirms it."""

import re
from collections.abc import Sequence

from minzheng.stewardship.compare.reading import Sample
from minzheng.stewardship.compare.terms import Kind

HEADINGS: tuple[tuple[Kind, str], ...] = (  # the first that fits
    (Kind.ID, r"身份证|身份号码|证件号|证件字号|证号|账号|卡号|信用代码|手机|电话|联系方式"),
    (Kind.ID, r"id_?(no|card|number)|phone|mobile|ssn|soc_sec"),
    (Kind.DATE, r"日期|时间|年月日|生日|出生$|birth|date|dob"),
    (Kind.ADDRESS, r"地址|住址|住所|户籍地|居住地|address|street(?!_number)"),
    (Kind.CATEGORY, r"性别|民族|类别|类型|状态|状况|关系|学历|政治面貌|是否|等级|区划|省|市|县|乡镇|街道"),
    (Kind.CATEGORY, r"sex|gender|state$|type|status"),
    (Kind.NUMBER, r"金额|年龄|人数|面积|收入|邮编|邮政编码|门牌|数量|postcode|zip|amount|age$|number"),
    (Kind.NAME, r"姓名|名字|名称|户主|申请人|法定代表人|负责人|姓$|名$|name|surname"),
)  # fmt: skip
KEYS = re.compile(r"^(序号|编号|行号|主键|id|key|rec_?id|row)$", re.IGNORECASE)
CONTENT: tuple[tuple[Kind, str], ...] = (
    (Kind.ID, r"[0-9]{15}|[0-9]{17}[0-9Xx]|1[3-9][0-9]{9}|[0-9A-HJ-NPQRTUWXY]{18}"),
    (Kind.DATE, r"(19|20)[0-9]{2}[-/.年]?[0-9]{1,2}[-/.月]?[0-9]{1,2}日?"),
    (Kind.NUMBER, r"-?[0-9][0-9,]*(\.[0-9]+)?"),
    (Kind.ADDRESS, r".*(省|市|县|区|镇|乡|村|路|街|号|street|road|avenue).*[0-9０-９]+.*"),
    (Kind.NAME, r"[\u4e00-\u9fff·]{2,4}"),
)
FEW = 0.1  # as few different values as this make a category of anything


def guess(sample: Sample) -> list[Kind | None]:
    """The kind of each column, None where it holds nothing or only names the rows (推测)."""
    return [_kind(heading, [row[i] for row in sample.rows]) for i, heading in enumerate(sample.headings)]


def guess_key(sample: Sample) -> str:
    """The column that names the rows, "" where none does (推测编号列)."""
    for i, heading in enumerate(sample.headings):
        values = [row[i] for row in sample.rows]
        if KEYS.match(heading) and len(set(values)) == len(values):
            return heading
    return ""


def pair_up(left: Sequence[str], right: Sequence[str]) -> dict[str, str]:
    """Headings of the left list to those of the right that mean the same (列名配对)."""
    free = [heading for heading in right if heading]
    pairs: dict[str, str] = {}
    for same in (_same, _alike):
        for heading in left:
            if heading and heading not in pairs:
                found = next((other for other in free if same(heading, other)), None)
                if found:
                    pairs[heading] = found
                    free.remove(found)
    return pairs


def _same(a: str, b: str) -> bool:
    return a.casefold() == b.casefold()


def _alike(a: str, b: str) -> bool:
    """One within the other, or both named by the same word."""
    if min(len(a), len(b)) >= 2 and (a in b or b in a):
        return True
    return any(re.search(p, a, re.IGNORECASE) and re.search(p, b, re.IGNORECASE) for _, p in PRECISE)


PRECISE: tuple[tuple[Kind, str], ...] = (
    (Kind.ID, r"身份证|身份号码|证件号"), (Kind.DATE, r"出生|生日|birth|dob"), (Kind.ADDRESS, r"地址|住址|住所"),
    (Kind.ID, r"手机|电话|联系方式|phone|mobile"), (Kind.NAME, r"姓名|户主|申请人|name"), (Kind.CATEGORY, r"性别|sex|gender"),
)  # fmt: skip


def _kind(heading: str, values: Sequence[str]) -> Kind | None:
    said = [value.strip() for value in values if value.strip()]
    if not heading or not said or KEYS.match(heading):
        return None
    for kind, pattern in HEADINGS:
        if re.search(pattern, heading, re.IGNORECASE):
            return kind
    for kind, pattern in CONTENT:
        if sum(bool(re.fullmatch(pattern, value)) for value in said) >= 0.8 * len(said):
            return kind
    return Kind.CATEGORY if len(said) >= 50 and len(set(said)) <= FEW * len(said) else Kind.TEXT


def part_of(heading: str) -> str:
    """Which part of a name a column holds, "" where the whole (姓与名)."""
    if re.search(r"given|first|forename|^名$|^名字$", heading, re.IGNORECASE):
        return "given"
    return "family" if re.search(r"surname|family|last_?name|^姓$|^姓氏$", heading, re.IGNORECASE) else ""
