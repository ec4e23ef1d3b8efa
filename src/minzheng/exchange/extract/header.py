"""Where the header row is and which heading means which field (表头识别)."""

from collections.abc import Sequence
from dataclasses import dataclass

from minzheng.exchange.errors import FileRefusedError
from minzheng.kernel.text import half_width, squeeze
from minzheng.standards.queries import DataSetSpec

MAX_TITLE_ROWS = 30
MAX_COLUMNS = 500
RETURNED = ("隔离行号", "隔离原因")  # what returned rows carry behind the source's own columns


@dataclass(frozen=True)
class Header:
    """The header found: its row (0-based), the headings as written, and field heading → column index.

    ``returned``: the file is our own list of refused rows, mended; its last two columns are not the source's.
    """

    row: int
    headings: tuple[str, ...]
    columns: dict[str, int]
    returned: bool = False

    @property
    def extra(self) -> list[int]:
        """Columns the standard does not know; kept and reported."""
        used = set(self.columns.values())
        return [i for i, heading in enumerate(self.headings) if i not in used and heading]


def find_header(rows: Sequence[Sequence[str]], spec: DataSetSpec) -> Header:
    """The row among the first ``MAX_TITLE_ROWS`` that names the most fields.

    Raises ``FileRefusedError`` naming every missing required column, a column named twice, or too many columns.
    """
    if not rows:
        raise FileRefusedError("文件为空, 没有任何行")
    if max(len(row) for row in rows) > MAX_COLUMNS:
        raise FileRefusedError(
            f"列数 {max(len(row) for row in rows)} 超过上限 {MAX_COLUMNS}, 请确认分隔符和文件内容"
        )
    best: Header | None = None
    for number, row in enumerate(rows[:MAX_TITLE_ROWS]):
        header = _match(number, row, spec)
        if best is None or len(header.columns) > len(best.columns):
            best = header
    if best is None or not best.columns:
        first = "、".join(cell for cell in rows[0][:8] if cell)[:80]
        raise FileRefusedError(
            f"找不到表头: 前 {MAX_TITLE_ROWS} 行中没有{spec.name}的任何列名 (首行为: {first})"
        )
    missing = [f.heading for f in spec.fields if f.required and f.heading not in best.columns]
    if missing:
        raise FileRefusedError(f"缺少必需的列: {'、'.join(missing)} (数据集: {spec.name})")
    return best


def _match(number: int, row: Sequence[str], spec: DataSetSpec) -> Header:
    """Exact headings first, then aliases, each column and field once."""
    headings = tuple(_plain(cell) for cell in row)
    returned = headings[-len(RETURNED) :] == RETURNED
    if returned:
        headings, row = headings[: -len(RETURNED)], row[: -len(RETURNED)]
    columns: dict[str, int] = {}
    for names in (lambda f: (f.heading,), lambda f: f.aliases):
        for field in spec.fields:
            if field.heading in columns:
                continue
            wanted = {_plain(name) for name in names(field)}
            hits = [i for i, h in enumerate(headings) if h in wanted and i not in columns.values()]
            if len(hits) > 1 and names(field) == (field.heading,):
                raise FileRefusedError(f"列名重复: {field.heading} 出现了 {len(hits)} 次")
            if hits:
                columns[field.heading] = hits[0]
    return Header(number, tuple(str(cell).strip() for cell in row), columns, returned)


def _plain(cell: object) -> str:
    return squeeze(half_width(str(cell))).rstrip("*").lstrip("*")
