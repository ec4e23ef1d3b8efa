"""A pack's files as they really come: wrong encoding, wrong header, bad cells.

Each fault says file, line, column.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from minzheng.standards.packs import pack_archive, read_files, read_pack, unpack_archive

from .conftest import NATION

MakePack = Callable[..., Path]


def faults(files: dict[str, str | bytes]) -> list[tuple[str, int, str, str]]:
    encoded = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
    return [(f.file, f.line, f.column, f.message) for f in read_files(encoded, source="t").findings]


def test_reads_rows_with_file_and_line(make_pack: MakePack) -> None:
    pack = read_pack(make_pack(NATION))
    assert pack.findings == []
    row = next(row for row in pack.rows["codes"] if row["code"] == "30")
    assert (row.file, row.line, row["aliases"]) == ("codes/EDU@2006.csv", 4, ["大专", "专 科"])
    assert (row["table_id"], row["version"]) == ("EDU", "2006")


def test_a_cell_over_two_lines_keeps_the_line_where_its_row_begins() -> None:
    text = 'old_term,new_term,note\n五保,特困,"一行\n又一行"\n三无,特困,\n'
    rows = read_files({"vocabulary.csv": text.encode()}, source="t").rows["vocabulary"]
    assert [row.line for row in rows] == [2, 4]


def test_digest_is_of_the_content_not_the_writing(make_pack: MakePack) -> None:
    plain = read_pack(make_pack(NATION))
    other = NATION["code_tables.csv"].replace("\n", "\r\n")
    same = read_pack(make_pack(NATION, {"code_tables.csv": "\ufeff" + other}))
    changed = read_pack(make_pack(NATION, {"code_tables.csv": other.replace("学历代码", "文化程度代码")}))
    assert same.digest == plain.digest != changed.digest


def test_files_below_another_pack_are_not_of_this_one(make_pack: MakePack) -> None:
    folder = make_pack(NATION, {"city/pack.csv": "key,value\nid,city\n", "city/nonsense.txt": "x"})
    assert read_pack(folder).findings == []


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"workdays.csv": "日期".encode("gb18030")}, ("workdays.csv", 1, "", "文件不是 UTF-8 编码")),
        (
            {"workdays.csv": "date,name\n"},
            ("workdays.csv", 1, "is_workday", "缺少列“is_workday”(是否工作日)"),
        ),
        ({"workdays.csv": "date,is_workday,x\n"}, ("workdays.csv", 1, "x", "多余的列“x”")),
        (
            {"workdays.csv": "date,is_workday\n2026-02-30,1\n"},
            ("workdays.csv", 2, "date", "日期“2026-02-30”不是有效日期, 写法为 YYYY-MM-DD"),
        ),
        (
            {"workdays.csv": "date,is_workday\n2026-02-03,可能\n"},
            ("workdays.csv", 2, "is_workday", "是否工作日应为 1 或 0, 现为“可能”"),
        ),
        (
            {"workdays.csv": "date,is_workday\n2026-02-03,1,2,3\n"},
            ("workdays.csv", 2, "", "本行有 4 格, 表头只有 2 列"),
        ),
        ({"nothing.csv": "a\n"}, ("nothing.csv", 0, "", "文件名不在标准包格式之内")),
        (
            {"divisions/boundaries.geojson": "{"},
            ("divisions/boundaries.geojson", 1, "", "边界文件不是有效的 GeoJSON"),
        ),
    ],
)
def test_faults_say_where(files: dict[str, str | bytes], expected: tuple[str, int, str, str]) -> None:
    assert expected in faults(files)


def test_a_folder_without_pack_csv_is_no_pack(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="不是标准包目录"):
        read_pack(tmp_path)


def test_archive_gives_the_files_back_and_the_same_bytes() -> None:
    files = {"pack.csv": b"key,value\n", "codes/A@1.csv": b"code,name\n"}
    assert unpack_archive(pack_archive(files)) == files
    assert pack_archive(files) == pack_archive(dict(reversed(files.items())))
