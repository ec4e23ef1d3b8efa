"""Cleaning by distinct spelling (按值清洗): each function takes one spelling and gives the value or a reason."""

from collections.abc import Callable, Iterable

from minzheng.kernel import dates, money
from minzheng.kernel.text import half_width, squeeze
from minzheng.standards import queries as standards
from minzheng.standards.queries import ElementSpec

PLACEHOLDERS = frozenset(
    (
        "",
        "-",
        "--",
        "—",
        "——",
        "/",
        "\\",
        "*",
        "无",
        "空",
        "NULL",
        "null",
        "None",
        "NaN",
        "N/A",
        "n/a",
        "不详",
        "不明",
        "未知",
        "未填",
        "待查",
    )
)
Cleaner = Callable[[str], object]


class SpellingError(ValueError):
    """A spelling that means nothing in its column: ``rule`` and reason (不合标准)."""

    def __init__(self, rule: str, reason: str) -> None:
        super().__init__(reason)
        self.rule = rule


def cleaner_of(element: ElementSpec, heading: str, spellings: Iterable[str]) -> tuple[Cleaner, str | None]:
    """(cleaner, recognised old code version or None) for a column with these distinct spellings."""
    if element.value_domain == "division":
        return _division(), None
    if element.value_domain:
        return _coded(element, spellings)
    if element.data_type == "D":
        return _parsed("date", dates.parse_date), None
    if element.data_type in ("P", "B"):
        return _parsed("month", dates.parse_month), None
    unit: money.Unit = "万元" if "万元" in heading else "元"
    return _parsed("amount", lambda text: money.parse_fen(text, unit)), None


def by_spelling(element: ElementSpec) -> bool:
    """Whether a column of this element has few enough spellings to be cleaned one spelling at a time."""
    return bool(element.value_domain) or element.data_type in ("D", "P", "M")


def _parsed(rule: str, parse: Callable[[str], object]) -> Cleaner:
    def clean(text: str) -> object:
        if squeeze(text) in PLACEHOLDERS:
            return None
        try:
            return parse(text)
        except ValueError as error:
            raise SpellingError(rule, str(error)) from None

    return clean


def _coded(element: ElementSpec, spellings: Iterable[str]) -> tuple[Cleaner, str | None]:
    """Codes, labels or aliases; a column written in an older version of the table is recognised by codes only it has."""
    table = element.value_domain or ""
    current = standards.spellings(table)
    written = {_plain(s) for s in spellings}
    version, mapping = None, current
    for old in standards.old_versions(table):
        if written & old.only_here:
            version, mapping = old.version, current | dict(old.mapping)
            break

    def clean(text: str) -> object:
        plain = _plain(text)
        if plain in mapping:
            return mapping[plain]
        if plain.isdigit() and plain.lstrip("0") and plain.zfill(2) in mapping:
            return mapping[plain.zfill(2)]  # spreadsheets drop the leading zero of a code
        if plain in PLACEHOLDERS:
            return None
        raise SpellingError("code", f"不在代码表 {table} 中")

    return clean, version


def _division() -> Cleaner:
    known = standards.division_spellings()

    def clean(text: str) -> object:
        plain = _plain(text)
        if plain in PLACEHOLDERS:
            return None
        if plain.isdigit():
            for code in _division_codes(plain):
                if code in known:
                    return known[code]
        elif plain in known:
            return known[plain]
        raise SpellingError("division", "不是现行或曾用的区划代码或名称")

    return clean


def _division_codes(digits: str) -> list[str]:
    """The ways a code is written: 12 digits with trailing zeros, 9, 6, or 2 and 4 padded."""
    forms = [digits]
    if len(digits) in (9, 12):
        if digits.endswith("000"):
            forms.append(digits[:9] if len(digits) == 12 else digits[:6])
        if len(digits) == 12 and digits.endswith("000000"):
            forms.append(digits[:6])
    elif len(digits) in (2, 4):
        forms.append(digits.ljust(6, "0"))
    return forms


def _plain(text: str) -> str:
    return squeeze(half_width(text))
