"""From files to typed rows (读取标准包).

Nothing is judged here but the form: encoding, header, cell types.
"""

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from minzheng.standards.packs.columns import BOUNDARIES_PATH, DATE, FLAG, INT, KINDS, LIST, Column, Kind
from minzheng.standards.packs.finding import Finding

_FLAGS = {"1": True, "0": False, "是": True, "否": False, "true": True, "false": False, "": False}
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_IGNORED = re.compile(r"(^|/)(\.|README|LICENSE|NOTICE|SOURCES)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Row:
    """One row with its place (一行).

    ``values`` are typed by the kind's columns; ``said`` are the cells not empty.
    """

    kind: str
    file: str
    line: int
    values: dict[str, Any]
    said: frozenset[str]

    def __getitem__(self, column: str) -> Any:
        return self.values[column]

    @property
    def key(self) -> tuple[Any, ...]:
        """What names the row within its kind (行的键)."""
        return tuple(self.values[column] for column in KINDS[self.kind].key)

    def finding(self, column: str, message: str, severity: str = "error") -> Finding:
        """A fault of this row (就本行报告)."""
        return Finding(self.file, self.line, column, message, severity)


@dataclass(frozen=True)
class Pack:
    """A pack as read (标准包). ``findings`` are the faults of form; rows with such faults are left out."""

    name_of_source: str
    files: dict[str, bytes]
    rows: dict[str, list[Row]]
    findings: list[Finding]
    boundaries: dict[str, Any] | None = None
    _header: dict[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The layer's identifier (标准包标识)."""
        return self._header.get("id", "")

    @property
    def version(self) -> str:
        """The edition (版本)."""
        return self._header.get("version", "")

    @property
    def level(self) -> str:
        """部, 省, 市 or 县 (层级)."""
        return self._header.get("level", "")

    @property
    def division_code(self) -> str:
        """The division the layer belongs to, empty for the nation (所属区划)."""
        code = self._header.get("division_code", "")
        return "" if code in ("000000", "100000", "156") else code

    @property
    def parent(self) -> str:
        """The layer above, empty for the topmost (上级标准包)."""
        return self._header.get("parent", "")

    @property
    def header(self) -> dict[str, str]:
        """pack.csv as key and value (包说明)."""
        return self._header

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the content, whatever the files' quoting, line ends and order (内容摘要)."""
        said = hashlib.sha256()
        for kind in KINDS:
            for row in self.rows[kind]:
                cells = [kind, *(f"{name}={row.values[name]!r}" for name in sorted(row.said))]
                said.update("\x1f".join(cells).encode() + b"\x1e")
        if self.boundaries is not None:
            said.update(json.dumps(self.boundaries, sort_keys=True, ensure_ascii=False).encode())
        return said.hexdigest()

    def header_finding(self, item: str, message: str) -> Finding:
        """A fault of pack.csv at the line of ``item`` (就包说明报告)."""
        line = next((row.line for row in self.rows["header"] if row["key"] == item), 0)
        return Finding("pack.csv", line, item, message)


def read_pack(folder: Path) -> Pack:
    """Read a pack's folder (读取标准包目录). Raises ``FileNotFoundError`` where there is no pack.csv."""
    if not (folder / "pack.csv").is_file():
        raise FileNotFoundError(f"{folder} 不是标准包目录: 没有 pack.csv")
    nested = {path.parent for path in folder.rglob("pack.csv")} - {folder}
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not any(parent in nested for parent in path.parents)
    }
    return read_files(files, source=folder.name)


def read_files(files: Mapping[str, bytes], *, source: str) -> Pack:
    """Read a pack's files by path (读取标准包文件)."""
    findings: list[Finding] = []
    rows: dict[str, list[Row]] = {kind: [] for kind in KINDS}
    boundaries = None
    kept: dict[str, bytes] = {}
    for path, content in sorted(files.items()):
        if _IGNORED.search(path):
            continue
        kept[path] = content
        if path == BOUNDARIES_PATH:
            boundaries = _read_geojson(path, content, findings)
            continue
        found = _kind_of(path)
        if found is None:
            findings.append(Finding(path, 0, "", "文件名不在标准包格式之内"))
            continue
        rows[found[0].name] += _read_csv(found[0], path, content, found[1], findings)
    header = {row["key"]: row["value"] for row in rows["header"]}
    return Pack(source, kept, rows, findings, boundaries, header)


def _kind_of(path: str) -> tuple[Kind, dict[str, str]] | None:
    for kind in KINDS.values():
        match = _path_pattern(kind.path).fullmatch(path)
        if match:
            return kind, match.groupdict()
    return None


_PATTERNS: dict[str, re.Pattern[str]] = {}


def _path_pattern(path: str) -> re.Pattern[str]:
    if path not in _PATTERNS:
        escaped = re.escape(path).replace(r"\{", "{").replace(r"\}", "}")
        _PATTERNS[path] = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/@]+?)", escaped))
    return _PATTERNS[path]


def _read_csv(
    kind: Kind, path: str, content: bytes, from_path: dict[str, str], findings: list[Finding]
) -> Iterator[Row]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        findings.append(Finding(path, line, "", "文件不是 UTF-8 编码"))
        return
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [cell.strip() for cell in next(reader, [])]
        if not _header_fits(kind, path, header, findings):
            return
        line = reader.line_num + 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                row = _read_row(kind, path, line, header, cells, from_path, findings)
                if row is not None:
                    yield row
            line = reader.line_num + 1
    except csv.Error as error:
        findings.append(Finding(path, reader.line_num, "", f"CSV 写法有误: {error}"))


def _header_fits(kind: Kind, path: str, header: list[str], findings: list[Finding]) -> bool:
    before = len(findings)
    known = {column.name for column in kind.in_file}
    findings += [Finding(path, 1, name, f"多余的列“{name}”") for name in header if name not in known]
    findings += [
        Finding(path, 1, name, f"重复的列“{name}”") for name in {n for n in header if header.count(n) > 1}
    ]
    missing = [column for column in kind.in_file if column.required and column.name not in header]
    findings += [
        Finding(path, 1, column.name, f"缺少列“{column.name}”({column.label})") for column in missing
    ]
    return len(findings) == before


def _read_row(
    kind: Kind,
    path: str,
    line: int,
    header: list[str],
    cells: list[str],
    from_path: dict[str, str],
    findings: list[Finding],
) -> Row | None:
    if len(cells) > len(header):
        findings.append(Finding(path, line, "", f"本行有 {len(cells)} 格, 表头只有 {len(header)} 列"))
        return None
    texts = (
        dict.fromkeys(header, "")
        | dict(zip(header, (cell.strip() for cell in cells), strict=False))
        | from_path
    )
    values: dict[str, Any] = {}
    sound = True
    for column in kind.columns:
        try:
            values[column.name] = _value(column, texts.get(column.name, ""))
        except ValueError as error:
            findings.append(Finding(path, line, column.name, str(error)))
            sound = False
    for name in kind.key:
        column = next(c for c in kind.columns if c.name == name)
        if column.required and sound and texts.get(name, "") == "":
            findings.append(Finding(path, line, name, f"{column.label}不能为空"))
            sound = False
    said = frozenset(name for name, text in texts.items() if text != "")
    return Row(kind.name, path, line, values, said) if sound else None


def _value(column: Column, text: str) -> Any:
    if column.choices and text and text not in column.choices:
        raise ValueError(f"{column.label}“{text}”不在允许值之内: {'、'.join(column.choices)}")
    if column.type == DATE:
        return _date(column, text)
    if column.type == FLAG:
        if text.lower() not in _FLAGS:
            raise ValueError(f"{column.label}应为 1 或 0, 现为“{text}”")
        return _FLAGS[text.lower()]
    if column.type == LIST:
        return [part.strip() for part in text.split(";") if part.strip()]
    if column.type == INT:
        try:
            return int(text) if text else None
        except ValueError:
            raise ValueError(f"{column.label}应为整数, 现为“{text}”") from None
    return text


def _date(column: Column, text: str) -> date | None:
    if not text:
        return None
    try:
        if not _DATE.fullmatch(text):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{column.label}“{text}”不是有效日期, 写法为 YYYY-MM-DD") from None


def _read_geojson(path: str, content: bytes, findings: list[Finding]) -> dict[str, Any] | None:
    try:
        document = json.loads(content.decode("utf-8-sig"))
        features = document["features"]
        if not all(f["properties"]["code"] and f["geometry"] for f in features):
            raise KeyError("code")
    except (UnicodeDecodeError, ValueError) as error:
        findings.append(Finding(path, getattr(error, "lineno", 0), "", "边界文件不是有效的 GeoJSON"))
        return None
    except (KeyError, TypeError):
        findings.append(Finding(path, 0, "", "边界文件的要素缺少 code 属性或图形"))
        return None
    result: dict[str, Any] = document
    return result
