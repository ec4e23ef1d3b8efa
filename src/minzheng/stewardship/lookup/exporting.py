"""Results as a file to take away (导出): identifiers masked, who took it, when and what for on it, no more than a limit."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from minzheng.exchange.returning import harmless
from minzheng.foundation.access.scope import Scope
from minzheng.registry.terms import CODED
from minzheng.registry.wording import Wording
from minzheng.stewardship.lookup.asked import Asked
from minzheng.stewardship.lookup.queries import find_organisations, find_persons, find_places
from minzheng.stewardship.lookup.reading import place_kind
from minzheng.stewardship.lookup.terms import Kind
from minzheng.stewardship.lookup.workbook import workbook

ROWS_AT_MOST = 1_000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMS = {"csv": "text/csv; charset=utf-8", "xlsx": XLSX}
HEADINGS = {
    Kind.PERSONS: ("姓名", "公民身份号码", "性别", "出生日期", "户籍区划", "状态"),
    Kind.ORGANISATIONS: ("名称", "统一社会信用代码", "类型", "状态", "区划"),
    Kind.PLACES: ("名称", "类别", "区划代码", "区划"),
}
_FIND: dict[str, Callable[..., Any]] = {
    Kind.PERSONS: find_persons,
    Kind.ORGANISATIONS: find_organisations,
    Kind.PLACES: find_places,
}


@dataclass(frozen=True, slots=True)
class Exported:
    """A file of results (导出文件): ``rows`` without heading and watermark; ``cut`` where there were more than the limit."""

    name: str
    content_type: str
    content: bytes
    rows: int
    cut: bool


def export(scope: Scope, asked: Asked, *, form: str, by: str, purpose: str, at: datetime) -> Exported:
    """The results of a question about one kind, watermarked (导出查询结果)."""
    kind = Kind(asked.kind or Kind.PERSONS)
    found = _FIND[kind](scope, asked, size=ROWS_AT_MOST)
    words = Wording()
    mark = watermark(scope, by=by, purpose=purpose, at=at, words=words)
    cut = f"只含前 {ROWS_AT_MOST:,} 行，结果不止这些。" if found.next else ""
    table = [(mark,), *([(cut,)] if cut else []), HEADINGS[kind]]
    table += [_row(kind, hit, words) for hit in found.hits]
    name = f"{kind.label}查询结果-{timezone.localtime(at):%Y%m%d%H%M}.{form}"
    content = workbook(table, widths=(24, 22, 14, 14, 36, 10), footer=mark) if form == "xlsx" else _csv(table)
    return Exported(name, FORMS[form], content, len(found.hits), bool(found.next))


def watermark(scope: Scope, *, by: str, purpose: str, at: datetime, words: Wording) -> str:
    """Who took the file, where, when and what for (水印)."""
    place = words.division(scope.division_code)
    return (
        f"导出人：{by}　所属区划：{place}　导出时间：{timezone.localtime(at):%Y-%m-%d %H:%M}　用途：{purpose}"
    )


def _row(kind: Kind, hit: Any, words: Wording) -> tuple[str, ...]:
    if kind == Kind.PERSONS:
        state = "已故" if hit.death_date else "在世"
        sex = words.code(CODED["sex_code"], hit.sex_code)
        born = hit.birth_date.isoformat() if hit.birth_date else ""
        return (hit.name, hit.id_number, sex, born, words.division(hit.division_code), state)
    if kind == Kind.ORGANISATIONS:
        kind_word, state = words.code("ORG_TYPE", hit.kind_code), words.code("ORG_STATUS", hit.status_code)
        return (hit.name, hit.uscc, kind_word, state, words.division(hit.division_code))
    return (
        hit.name,
        place_kind(words, hit.class_code),
        hit.division_code or "",
        words.division(hit.division_code),
    )


def _csv(table: list[tuple[str, ...]]) -> bytes:
    """With a byte order mark, so that spreadsheets read it as UTF-8."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([harmless(cell) for cell in row] for row in table)
    return ("\ufeff" + out.getvalue()).encode()
