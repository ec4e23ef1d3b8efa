"""The mapping of columns (列对应): which column of either list is compared as what.

As a file it is YAML::

    key: 编号                      # optional: the column that names a row; else its row number does
    columns:
      - {column: 姓名, kind: name}
      - {left: 出生日期, right: 生日, kind: date}
      - {column: 年收入, kind: number, tolerance: 100}

``columns`` may also be a mapping ``姓名: name``. Two name columns may say ``part: given`` and ``part: family``; values that
stand in each other's place are then recognised.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from minzheng.kernel.text import half_width, squeeze
from minzheng.stewardship.compare.terms import PERSONAL, Kind

MAX_BYTES = 1 << 20
MAX_COLUMNS = 40
PARTS = ("given", "family")


class SpecError(ValueError):
    """The mapping does not hold; one line in Chinese (列对应有误)."""


@dataclass(frozen=True, slots=True)
class Column:
    """One pair of columns (列): headings as written in either list, kind, options."""

    left: str
    right: str
    kind: Kind
    part: str = ""
    tolerance: float = 0.0

    @property
    def label(self) -> str:
        """What the pair is called in results (列名)."""
        return self.left


@dataclass(frozen=True, slots=True)
class Spec:
    """The mapping (列对应): columns in order, and the columns that name rows, "" where row numbers do."""

    columns: tuple[Column, ...]
    key_left: str = ""
    key_right: str = ""

    @property
    def personal(self) -> bool:
        """Whether the lists are taken to hold persons (是否涉及个人)."""
        return any(column.kind in PERSONAL for column in self.columns)

    def as_dict(self) -> dict[str, Any]:
        """The mapping as the file would say it (导出)."""
        columns = []
        for column in self.columns:
            said: dict[str, Any] = {"left": column.left, "right": column.right, "kind": str(column.kind)}
            if column.part:
                said["part"] = column.part
            if column.tolerance:
                said["tolerance"] = column.tolerance
            columns.append(said)
        return {"key": {"left": self.key_left, "right": self.key_right}, "columns": columns}

    @classmethod
    def of(cls, document: object) -> Self:
        """The mapping a document says; raises ``SpecError`` (读取)."""
        if not isinstance(document, Mapping):
            raise SpecError("列对应文件应写明 columns, 如 columns: [{column: 姓名, kind: name}]")
        unknown = set(map(str, document)) - {"key", "columns"}
        if unknown:
            raise SpecError(f"列对应文件中有不认识的项: {'、'.join(sorted(unknown))}")
        listed = document.get("columns")
        if isinstance(listed, Mapping):
            listed = [{"column": name, "kind": kind} for name, kind in listed.items()]
        if not isinstance(listed, list) or not listed:
            raise SpecError("列对应文件没有列出任何列 (columns)")
        if len(listed) > MAX_COLUMNS:
            raise SpecError(f"最多比对 {MAX_COLUMNS} 列, 列对应文件列出了 {len(listed)} 列")
        columns = tuple(_column(item, number) for number, item in enumerate(listed, 1))
        _check(columns)
        left, right = _key(document.get("key"))
        return cls(columns, left, right)


def read_spec(path: Path) -> Spec:
    """The mapping in a YAML file; raises ``SpecError`` (读取列对应文件)."""
    import yaml  # only this command reads it

    if path.stat().st_size > MAX_BYTES:
        raise SpecError("列对应文件过大, 请确认没有选错文件")
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        raise SpecError("列对应文件不是 UTF-8 文本") from None
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        raise SpecError(f"列对应文件不是有效的 YAML{f', 第 {mark.line + 1} 行' if mark else ''}") from None
    return Spec.of(document)


def _column(item: object, number: int) -> Column:
    if not isinstance(item, Mapping):
        raise SpecError(f"第 {number} 列应写作 {{column: 列名, kind: 类型}}")
    unknown = set(map(str, item)) - {"column", "left", "right", "kind", "part", "tolerance"}
    if unknown:
        raise SpecError(f"第 {number} 列有不认识的项: {'、'.join(sorted(unknown))}")
    left, right = (_heading(item.get(side) or item.get("column")) for side in ("left", "right"))
    if not left or not right:
        raise SpecError(f"第 {number} 列没有写列名 (column, 或 left 和 right)")
    kind = str(item.get("kind") or "")
    if kind not in Kind.values:
        raise SpecError(f"“{left}”的类型“{kind}”不认识, 应为 {'、'.join(Kind.values)} 之一")
    return Column(left, right, Kind(kind), _part(item, left, kind), _tolerance(item, left, kind))


def _part(item: Mapping[str, Any], left: str, kind: str) -> str:
    part = str(item.get("part") or "")
    if part and (part not in PARTS or kind != Kind.NAME):
        raise SpecError(f"“{left}”的 part 只能用于姓名, 取值 given 或 family")
    return part


def _tolerance(item: Mapping[str, Any], left: str, kind: str) -> float:
    said = item.get("tolerance") or 0
    if isinstance(said, bool) or not isinstance(said, int | float) or not 0 <= said < 1e15:
        raise SpecError(f"“{left}”允许相差的 (tolerance) 应为不小于 0 的数")
    if said and kind != Kind.NUMBER:
        raise SpecError(f"“{left}”的 tolerance 只能用于数字 (number)")
    return float(said)


def _key(said: object) -> tuple[str, str]:
    if said is None or said == "":
        return "", ""
    if isinstance(said, Mapping):
        return _heading(said.get("left")), _heading(said.get("right"))
    return _heading(said), _heading(said)


def _heading(said: object) -> str:
    return squeeze(half_width("" if said is None else str(said)))


def _check(columns: tuple[Column, ...]) -> None:
    for side in ("left", "right"):
        named = [getattr(column, side) for column in columns]
        twice = sorted({name for name in named if named.count(name) > 1})
        if twice:
            raise SpecError(f"同一列不能对应两次: {'、'.join(twice)}")
    if len(columns) < 2 and columns[0].kind != Kind.ID:
        raise SpecError("至少对应两列, 或一列号码 (id): 只凭一列无法判断是否同一对象")
