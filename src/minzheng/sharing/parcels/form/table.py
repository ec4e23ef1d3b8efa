"""The data member (数据文件): CSV or XML, UTF-8; a cell without a value and an empty text are kept apart.

CSV: RFC 4180 with LF, every text in quotes; a cell without a value has none. XML: ``<row>`` with one element a cell, named by
the column's tag; a cell without a value has no element. What XML 1.0 cannot hold is written in base64 and says so.
"""

import base64
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Protocol
from xml.parsers import expat
from xml.sax.saxutils import escape

import pyarrow as pa
import pyarrow.csv as pc

from minzheng.sharing.parcels.form.errors import ParcelError

CSV, XML = "csv", "xml"
FORMS = (CSV, XML)
BLOCK = 4 << 20
PIECE_ROWS = 10_000
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ENTITIES = {"\r": "&#13;"}


class Table(Protocol):
    """What rows are written to (写表)."""

    def write(self, piece: pa.RecordBatch) -> None:
        """Append rows; every column is text."""
        ...

    def close(self) -> None:
        """End the file; the sink stays open."""
        ...


class CsvTable:
    """Rows as CSV (CSV 数据)."""

    def __init__(self, sink: BinaryIO, headings: Sequence[str]) -> None:
        schema = pa.schema([(heading, pa.string()) for heading in headings])
        options = pc.WriteOptions(
            include_header=True, quoting_style="needed"
        )  # every text is quoted, no null is
        self._sink = pa.PythonFile(sink, "w")
        self._writer = pc.CSVWriter(self._sink, schema, write_options=options)

    def write(self, piece: pa.RecordBatch) -> None:
        """Append rows."""
        self._writer.write(piece)

    def close(self) -> None:
        """End the file."""
        self._writer.close()


class XmlTable:
    """Rows as XML (XML 数据)."""

    def __init__(self, sink: BinaryIO, tags: Sequence[str]) -> None:
        self._sink, self._tags = sink, tags
        sink.write(b'<?xml version="1.0" encoding="UTF-8"?>\n<rows>\n')

    def write(self, piece: pa.RecordBatch) -> None:
        """Append rows."""
        columns = [column.to_pylist() for column in piece.columns]
        lines = []
        for cells in zip(*columns, strict=True):
            inside = "".join(
                _element(tag, cell) for tag, cell in zip(self._tags, cells, strict=True) if cell is not None
            )
            lines.append(f"<row>{inside}</row>\n")
        self._sink.write("".join(lines).encode())

    def close(self) -> None:
        """End the file."""
        self._sink.write(b"</rows>\n")


def _element(tag: str, cell: str) -> str:
    if _NOT_XML.search(cell):
        return f'<{tag} encoding="base64">{base64.b64encode(cell.encode()).decode()}</{tag}>'
    return f"<{tag}>{escape(cell, _ENTITIES)}</{tag}>"


def read_csv(path: Path, headings: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """The rows of a CSV member in pieces (读 CSV). Raises ``ParcelError``."""
    kinds = {heading: pa.string() for heading in headings}
    try:
        yield from pc.open_csv(
            path,
            read_options=pc.ReadOptions(block_size=BLOCK),
            parse_options=pc.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
            convert_options=pc.ConvertOptions(
                column_types=kinds, include_columns=list(headings), null_values=[""],
                strings_can_be_null=True, quoted_strings_can_be_null=False,
            ),
        )  # fmt: skip
    except (pa.ArrowInvalid, pa.ArrowKeyError) as error:
        raise ParcelError("报文中的数据文件不是有效的 CSV, 或列与说明不符") from error


class _Rows:
    """What expat calls while it reads."""

    def __init__(self, tags: Sequence[str]) -> None:
        self._place = {tag: n for n, tag in enumerate(tags)}
        self._row: list[str | None] = []
        self._text: list[str] | None = None
        self._base64, self._depth = False, 0
        self.done: list[list[str | None]] = []
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._said
        self.parser.StartDoctypeDeclHandler = self._refuse  # no entity is ever declared, so none expands

    def _refuse(self, *_: object) -> None:
        raise ParcelError("报文中的 XML 含有文档类型声明, 已拒收")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if (self._depth == 1 and tag != "rows") or (self._depth == 2 and tag != "row") or self._depth > 3:
            raise ParcelError("报文中的 XML 结构不对: 应为 rows、row 和各列")
        if self._depth == 2:
            self._row = [None] * len(self._place)
        elif self._depth == 3:
            if tag not in self._place:
                raise ParcelError(f"报文中的 XML 有说明之外的列 {tag[:40]}")
            self._text, self._base64 = [], attributes.get("encoding") == "base64"

    def _end(self, tag: str) -> None:
        if self._depth == 3 and self._text is not None:
            cell = "".join(self._text)
            self._row[self._place[tag]] = (
                base64.b64decode(cell, validate=True).decode() if self._base64 else cell
            )
            self._text = None
        elif self._depth == 2:
            self.done.append(self._row)
        self._depth -= 1

    def _said(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)


def read_xml(path: Path, headings: Sequence[str], tags: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """The rows of an XML member in pieces (读 XML). Raises ``ParcelError``."""
    rows = _Rows(tags)
    try:
        with path.open("rb") as file:
            while piece := file.read(BLOCK // 4):
                rows.parser.Parse(piece, False)
                if len(rows.done) >= PIECE_ROWS:
                    yield _batch(rows, headings)
        rows.parser.Parse(b"", True)
    except (expat.ExpatError, ValueError) as error:
        raise (
            error if isinstance(error, ParcelError) else ParcelError("报文中的数据文件不是有效的 XML")
        ) from None
    if rows.done:
        yield _batch(rows, headings)


def _batch(rows: _Rows, headings: Sequence[str]) -> pa.RecordBatch:
    done, rows.done = rows.done, []
    columns = [pa.array(list(cells), pa.string()) for cells in zip(*done, strict=True)]
    return pa.RecordBatch.from_arrays(columns, names=list(headings))
