"""What the pages of grants show besides what is kept (显示)."""

from dataclasses import dataclass
from typing import Any

from minzheng.sharing.grants.granted.fields import Field, Shared, shared
from minzheng.sharing.grants.models import Terms
from minzheng.sharing.grants.terms import Method
from minzheng.standards.errors import UnknownStandardError
from minzheng.standards.queries import code_book

MOST_CODES = 20  # that one ticks in a list
METHOD_NOTES = {
    Method.ONE: "按号码取一条", Method.CHECK: "只答是否一致, 不给数据", Method.CHECKS: "上传名单成批核验",
    Method.CHANGES: "按次序取变更", Method.PARCEL: "成批文件, 加密送达", Method.PUSH: "有变更即推送",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A field on a form or page (字段行)."""

    field: Field
    chosen: bool
    masked: bool
    sensitive: bool


def name_of(data_set: str) -> str:
    """A data set by its name in the standard (数据集名称)."""
    found = known(data_set)
    return found.spec.name if found else data_set


def known(data_set: str) -> Shared | None:
    """A data set, or None where it is none (数据集)."""
    try:
        return shared(data_set)
    except UnknownStandardError:
        return None


def lines(found: Shared, chosen: list[str], masked: list[str]) -> list[Line]:
    """Every field with what is said of it (字段)."""
    return [
        Line(f, name in chosen, name in masked, f.element.sensitive or f.level > 3)
        for name, f in found.fields.items()
    ]


def methods(chosen: list[str]) -> list[tuple[str, str, str, bool]]:
    """(value, label, note, chosen) of every way (方式)."""
    return [(m.value, m.label, METHOD_NOTES[m], m.value in chosen) for m in Method]


def choices(found: Shared) -> list[tuple[Field, list[tuple[str, str]]]]:
    """The fields by whose codes rows can be bounded, with their codes (可限定的代码)."""
    own = "person" if found.feed.record is None else "record"
    tables = {table.table_id for table in code_book().tables()}
    coded = [f for f in found.fields.values() if f.where == own and f.element.value_domain in tables]
    listed = [
        (f, [(code.code, code.name) for code in code_book().codes(f.element.value_domain or "")])
        for f in coded
    ]
    return [(f, codes) for f, codes in listed if len(codes) <= MOST_CODES]


def rows_said(said: Terms) -> list[str]:
    """The rows besides their place: time and codes, in words (数据范围)."""
    words = []
    if said.rows_from_on or said.rows_to_on:
        words.append(f"业务日期 {said.rows_from_on or '不限'} 至 {said.rows_to_on or '不限'}（不含）")
    found = known(said.data_set)
    for name, codes in said.condition.items():
        field = found.fields.get(name) if found else None
        if field is not None and field.element.value_domain:
            labels = "、".join(code_book().label(field.element.value_domain, code) for code in codes)
            words.append(f"{field.heading}: {labels}")
    return words


def common(said: Any) -> dict[str, Any]:
    """What every page of an application or grant tells (共享内容)."""
    found = known(said.data_set)
    masked = list(getattr(said, "masked", []))
    return {
        "name": name_of(said.data_set),
        "lines": [line for line in lines(found, list(said.fields), masked) if line.chosen] if found else [],
        "ways": [Method(method).label for method in said.methods],
        "rows_said": rows_said(said),
    }
