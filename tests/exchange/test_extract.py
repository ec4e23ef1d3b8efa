"""Whatever a source hands over is read, or refused whole with the reason in Chinese and nothing written."""

import bz2
import gzip
import io
import struct
import zipfile
from collections.abc import Sequence
from datetime import date

import openpyxl
import pytest
from tests.exchange.numbers import PERSON, number, people, person
from tests.node import Brought, Node

from minzheng.exchange.plan import extracted_of

TWO = people(person(), person("李敏", 2))


def names(node: Node) -> list[str]:
    return sorted(name for (name,) in node.rows("SELECT name FROM registry_person"))


def workbook(rows: Sequence[Sequence[object]], *merged: str) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    for area in merged:
        sheet.merge_cells(area)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


class GbkName(zipfile.ZipInfo):
    """A member named as Windows in China names it: in GBK, and without saying so."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802 - the library's own
        return self.filename.encode("gb18030"), self.flag_bits & ~0x800


def packed(*members: tuple[str, bytes]) -> bytes:
    """A zip of these files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(GbkName(name), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_text_in_any_encoding(node: Node, encoding: str) -> None:
    brought = node.bring("persons", people(person("𬱖䶮", 1), person("李敏", 2)).encode(encoding))
    assert brought.counts == (2, 2, 0, 2, 0, 0, 0)
    assert names(node) == ["李敏", "𬱖䶮"]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|", "，"])
def test_text_with_any_delimiter(node: Node, delimiter: str) -> None:
    rows = [PERSON, person(), person("李敏", 2)]
    text = "\r\n".join(delimiter.join(row) for row in rows)
    assert node.bring("persons", text).counts == (2, 2, 0, 2, 0, 0, 0)


def test_title_rows_blank_lines_and_line_breaks_in_quotes_do_not_shift_the_rows(node: Node) -> None:
    bad = person("周红", 3, 公民身份号码=number(3)[:-1] + "A")
    text = (
        '人口底册,,,,,\n"制表: 某局\n2026年",,,,,\n'
        + people(person("李\n敏", 2))
        + "\n,,,,,\n"
        + people(bad).split("\n", 1)[1]
    )
    brought = node.bring("persons", text)
    assert brought.counts == (2, 1, 1, 1, 0, 0, 0)
    assert brought.rules == [(2, "公民身份号码", "id_number")]
    assert names(node) == ["李敏"]


def test_a_workbook_with_titles_merged_cells_and_dates_as_numbers(node: Node) -> None:
    rows = [
        ["人口底册", *[None] * 5],
        ["填报单位: 某街道", *[None] * 5],
        PERSON,
        ["王晓", number(1), "男", date(1990, 3, 7), "330106", 13800000001],
        ["李敏", number(2), "女", 32939, None, "13800000002"],
    ]
    brought = node.bring("persons", workbook(rows, "A1:F1", "E4:E5"), name="底册.xlsx")
    assert brought.counts == (2, 2, 0, 2, 0, 0, 0)
    assert node.rows("SELECT DISTINCT birth_date, hukou_division_code FROM registry_person") == [
        (date(1990, 3, 7), "330106")
    ]


def test_a_number_whose_last_digits_the_spreadsheet_has_lost_is_not_taken_for_one(node: Node) -> None:
    """Spreadsheets keep 15 digits: an ID number typed as a number has zeros or noise at its end."""
    rows = [PERSON, ["王晓", int(number(1)), "男", "1990-03-07", "330106", "13800000001"]]
    assert number(1).isdigit()
    brought = node.bring("persons", workbook(rows), name="底册.xlsx")
    assert brought.rules == [(1, "公民身份号码", "id_number")]


def test_a_zip_of_files_with_names_in_gbk(node: Node) -> None:
    book = workbook([PERSON, person("周红", 4)])
    content = packed(
        ("底册/说明.txt.doc", b"x"),
        ("底册/第一份.csv", TWO.encode("gb18030")),
        ("底册/第二份.xlsx", book),
        ("__MACOSX/._第一份.csv", b"x"),
    )
    brought = node.bring("persons", content, name="底册.zip")
    assert brought.counts == (3, 3, 0, 3, 0, 0, 0)
    assert [name for name, _ in extracted_of(brought.batch).parts] == [
        "底册/第一份.csv",
        "底册/第二份.xlsx",
    ]


def test_rows_of_the_wrong_width_go_back_and_the_rest_comes_in(node: Node) -> None:
    text = (
        TWO
        + "周红,多一格,"
        + ",".join(person("周红", 4))
        + "\n陈平,只有两格\n"
        + ",".join(person("林静", 6))
        + ",,,\n"
    )
    brought = node.bring("persons", text)
    assert brought.counts == (5, 3, 2, 3, 0, 0, 0)
    assert brought.refused == [
        (3, "整行", "row_shape", "列数与表头不符: 表头 6 列, 该行 8 列"),
        (4, "整行", "row_shape", "列数与表头不符: 表头 6 列, 该行 2 列"),
    ]
    assert names(node) == ["李敏", "林静", "王晓"]


@pytest.mark.parametrize("cell", ["=HYPERLINK(1)", "@SUM(A1)", "+cmd|' /C calc'!A0", "-cmd|x"])
def test_a_cell_a_spreadsheet_would_run_is_refused(node: Node, cell: str) -> None:
    text = people([*person()]).replace("联系电话", "户籍地址").replace("13800000001", f'"{cell}"')
    brought = node.bring("persons", text)
    assert brought.counts[:3] == (1, 0, 1)
    assert brought.rules == [(1, "户籍地址", "formula")]


def refused(brought: Brought, node: Node, *words: str) -> None:
    """The file is refused whole: the reason is told, nothing stands anywhere."""
    assert brought.batch.stage == "refused"
    assert all(word in brought.problem for word in words), brought.problem
    assert brought.counts == (0,) * 7
    assert node.written() == {}
    assert not list((node.home / "spool").iterdir())


def test_a_missing_required_column_is_named(node: Node) -> None:
    refused(node.bring("persons", "姓名,性别\n王晓,男\n"), node, "缺少必需的列: 户籍区划", "人口底册")
    refused(node.bring("marriages", "登记类型,男方姓名\n结婚,王晓\n"), node, "登记证字号", "女方公民身份号码")


WIDE = ",".join(f"列{i}" for i in range(10_000))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", ["为空"]),
        (b"\xef\xbb\xbf", ["空"]),
        (",".join(PERSON).encode(), ["只有表头"]),
        (b"a,b,c\n1,2,3\n", ["找不到表头", "人口底册"]),
        (TWO.replace("性别", "姓名").encode(), ["列名重复: 姓名"]),
        (f"{WIDE}\n{WIDE}\n".encode(), ["列数 10000 超过上限"]),
        (TWO.encode()[:-3] + b"\xe6\x9d", ["损坏或不完整", "UTF-8"]),
        (b"\xef\xbb\xbf" + TWO.encode() + b"\xff\xff", ["损坏或不完整", "UTF-8"]),
        (TWO.encode("gb18030") + b"\xff\xff\xff", ["编码无法识别", f"第 {len(TWO.encode('gb18030')) + 1} 字节"]),
        (TWO.encode().replace("李".encode(), b"\0"), ["NUL"]),
        (TWO.encode("utf-16-le"), ["编码无法识别"]),
        (TWO.replace("李敏", '"李敏').encode(), ["第 3 行的引号没有配对"]),
        (TWO.encode() + b'"' + b"x" * (1 << 20), ["第 4 行", "引号"]),
        (gzip.compress(TWO.encode()), ["GZIP"]),
        (gzip.compress(TWO.encode())[:40], ["GZIP"]),
        (bz2.compress(TWO.encode()), ["BZIP2"]),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, ["XLS", "加密"]),
        (b"%PDF-1.7\n", ["PDF"]),
    ],
    ids=[
        "empty", "mark only", "header only", "no header", "heading twice", "10,000 columns", "cut UTF-8", "marked UTF-8, broken",
        "broken GB18030", "NUL", "unmarked UTF-16", "unclosed quote", "endless cell", "gz", "cut gz", "bz2", "old XLS", "PDF",
    ],
)  # fmt: skip
def test_what_is_no_such_file_is_refused_whole(node: Node, content: bytes, words: list[str]) -> None:
    refused(node.bring("persons", content), node, *words)


def test_damaged_workbooks_are_refused_whole(node: Node) -> None:
    book = workbook([PERSON, *(person(f"王{i:c}", i - 0x4E00) for i in range(0x4E01, 0x4E80))])
    refused(node.bring("persons", book[: len(book) // 2], name="底册.xlsx"), node, "损坏")
    hollow = packed(("xl/workbook.xml", b"<x/>"), ("[Content_Types].xml", b"<x"))
    refused(node.bring("persons", hollow, name="底册.xlsx"), node, "无法打开")
    refused(node.bring("persons", workbook([]), name="底册.xlsx"), node, "没有任何数据")
    wide = workbook([[f"列{i}" for i in range(10_000)], ["x"] * 10_000])
    refused(node.bring("persons", wide, name="底册.xlsx"), node, "列数 10000")


def test_damaged_archives_are_refused_whole(node: Node) -> None:
    whole = packed(("底册.csv", people(*(person(serial=i) for i in range(1, 400))).encode()))
    refused(node.bring("persons", whole[: len(whole) // 2], name="底册.zip"), node, "损坏或不完整")
    broken = bytearray(whole)
    broken[60:200] = bytes(140)
    refused(node.bring("persons", bytes(broken), name="底册.zip"), node, "底册.csv", "损坏或不完整")


def test_archives_that_hide_something_are_refused_whole(node: Node) -> None:
    nested = packed(("内.zip", packed(("底册.csv", TWO.encode()))), ("底册.csv", TWO.encode()))
    refused(node.bring("persons", nested, name="底册.zip"), node, "内.zip", "还有压缩包")
    refused(node.bring("persons", packed(("说明.doc", b"x")), name="底册.zip"), node, "没有 CSV 或 XLSX")
    locked = bytearray(packed(("底册.csv", TWO.encode())))
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = bytes(locked).index(mark) + flags
        (said,) = struct.unpack_from("<H", locked, at)
        struct.pack_into("<H", locked, at, said | 1)
    refused(node.bring("persons", bytes(locked), name="底册.zip"), node, "已加密")
    many = packed(*((f"{i}.csv", TWO.encode()) for i in range(501)))
    refused(node.bring("persons", many, name="底册.zip"), node, "501", "超过上限")
    climbing = packed(("../../逃出.csv", TWO.encode()))
    assert node.bring("persons", climbing, name="底册.zip").counts[:2] == (2, 2)
    assert not list(node.home.parent.rglob("逃出*"))


@pytest.mark.parametrize("name", ["底册.zip", "底册.xlsx"])
def test_a_bomb_is_refused_before_it_is_unpacked(node: Node, name: str) -> None:
    member = "底册.csv" if name.endswith("zip") else "xl/worksheets/sheet1.xml"
    bomb = packed((member, b"0" * (80 << 20)))
    assert len(bomb) < 200_000
    refused(node.bring("persons", bomb, name=name), node, "压缩炸弹")


def test_files_of_a_zip_must_say_the_same(node: Node) -> None:
    other = people(person("周红", 4)).replace("联系电话", "备注")
    content = packed(("一.csv", TWO.encode()), ("二.csv", other.encode()))
    refused(node.bring("persons", content, name="底册.zip"), node, "二.csv", "表头与压缩包内第一个文件不同")


def test_a_workbook_of_two_distant_cells_does_not_take_the_memory_of_the_machine(node: Node) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"], sheet["XFD1048576"] = "姓名", "x"
    out = io.BytesIO()
    book.save(out)
    refused(node.bring("persons", out.getvalue(), name="底册.xlsx"), node, "工作表过大")
