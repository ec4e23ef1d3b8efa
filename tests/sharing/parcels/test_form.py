"""The form of a parcel: what is written is read, to the last odd character; what was touched is refused and says so."""

import csv
import io
import json
import re
import sys
import zipfile
from pathlib import Path
from typing import cast

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.house.source import ROOT

from minzheng.foundation.crypto import sm2
from minzheng.sharing.parcels.form.envelope import Sealing, opened, read_envelope
from minzheng.sharing.parcels.form.errors import ParcelError
from minzheng.sharing.parcels.form.package import read_package
from minzheng.sharing.parcels.form.table import BLOCK, CsvTable, XmlTable, read_csv, read_xml

sys.path.insert(0, str(ROOT / "clients" / "parcel"))
import read_parcel

HEADINGS, TAGS = ["姓名", "住址,(详)", '备"注'], ["name", "address", "remark"]
CHINESE = re.compile("[一-鿿]")
PAIR = sm2.new_pair()
ODD = [
    "",
    " ",
    "\n",
    "\r\n",
    ",",
    '"',
    '""',
    "😀",
    "𠮷野家",
    "㐀𪚥",
    "=1+1",
    "\\N",
    "NULL",
    "\t",
    "\ufeff",
    "\u2028",
    "a\rb",
]
CELL = st.one_of(
    st.none(), st.sampled_from(ODD), st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
)
ROWS = st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=1, max_size=8)
Row = list[str | None]


def piece(rows: list[Row]) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays(
        [pa.array([row[n] for row in rows], pa.string()) for n in range(3)], names=HEADINGS
    )


def written(rows: list[Row], form: str, path: Path) -> Path:
    with path.open("wb") as out:
        table = CsvTable(out, HEADINGS) if form == "csv" else XmlTable(out, TAGS)
        table.write(piece(rows))
        table.close()
    return path


def read(path: Path, form: str) -> list[Row]:
    batches = read_csv(path, HEADINGS) if form == "csv" else read_xml(path, HEADINGS, TAGS)
    return [[line[h] for h in HEADINGS] for one in batches for line in one.to_pylist()]


@settings(max_examples=60, deadline=None)
@given(rows=ROWS)
def test_every_value_comes_back_as_it_was_null_and_empty_apart(tmp_path_factory, rows):
    folder = tmp_path_factory.getbasetemp()
    as_csv, as_xml = written(rows, "csv", folder / "odd.csv"), written(rows, "xml", folder / "odd.xml")
    assert read(as_csv, "csv") == rows
    assert read(as_xml, "xml") == rows
    # The reader for those without our software agrees, and so does every reader that knows RFC 4180.
    assert list(read_parcel.csv_rows(as_csv)) == [HEADINGS, *rows]
    assert list(read_parcel.rows(as_xml, TAGS)) == rows
    with as_csv.open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file))[1:] == [[cell or "" for cell in row] for row in rows]


def test_a_cell_across_the_blocks_of_a_large_file_is_one_cell(tmp_path):
    rows: list[Row] = [["行\n" * 300_000, None, str(n)] for n in range(5)]
    assert sum(len((row[0] or "").encode()) for row in rows) > BLOCK
    for form in ("csv", "xml"):
        assert read(written(rows, form, tmp_path / "large"), form) == rows


@pytest.mark.parametrize(
    "content",
    [
        b'<!DOCTYPE r [<!ENTITY a "aaaa">]><rows><row><name>&a;</name></row></rows>',
        b"<rows><row><other>1</other></row></rows>",
        b"<rows><row><name>1</name></row>",
        b"<row/>",
        b'<rows><row><name encoding="base64">%%%</name></row></rows>',
        b"",
    ],
)
def test_xml_that_is_not_ours_is_refused(tmp_path, content):
    (tmp_path / "data.xml").write_bytes(content)
    with pytest.raises(ParcelError, match=CHINESE):
        list(read_xml(tmp_path / "data.xml", HEADINGS, TAGS))


def sealed(content: bytes, path: Path, *, seal_key: bytes = PAIR.public) -> Path:
    with path.open("wb") as target:
        sealing = Sealing(
            target, parcel_id="00000000-0000-4000-8000-000000000001", sender="330000", receiver="330106",
            seal_key=seal_key,
        )  # fmt: skip
        sealing.write(content)
        sealing.close()
    return path


def test_a_flipped_byte_anywhere_is_refused_in_chinese(tmp_path):
    path = sealed(b"x" * 40, tmp_path / "one")
    good, said = path.read_bytes(), set()
    assert b"".join(opened(path, PAIR)) == b"x" * 40
    for at in range(len(good)):
        path.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
        with pytest.raises(ParcelError, match=CHINESE) as refused:
            list(opened(path, PAIR))
        said.add(str(refused.value))
    assert len(said) >= 4, "head, envelope, key and body are told apart"


def test_a_file_cut_anywhere_or_longer_is_refused(tmp_path):
    path = sealed(b"x" * 40, tmp_path / "one")
    good = path.read_bytes()
    for other in (*(good[:at] for at in range(0, len(good), 7)), good + b"\0"):
        path.write_bytes(other)
        with pytest.raises(ParcelError, match=CHINESE):
            list(opened(path, PAIR))


def test_two_receivers_open_each_their_own(tmp_path):
    other = sm2.new_pair()
    for mine, theirs in ((PAIR, other), (other, PAIR)):
        path = sealed(b"for one", tmp_path / "one", seal_key=mine.public)
        assert b"".join(opened(path, mine)) == b"for one"
        with pytest.raises(ParcelError, match="不是封装给本节点的"):
            list(opened(path, theirs))


def test_the_same_content_is_never_sealed_the_same_and_the_outside_tells_only_who(tmp_path):
    one, two = sealed(b"x" * 40, tmp_path / "one"), sealed(b"x" * 40, tmp_path / "two")
    assert one.read_bytes()[-80:] != two.read_bytes()[-80:]
    assert set(json.loads(one.read_bytes().splitlines()[1])) == {
        "format", "id", "sender", "receiver", "key", "cipher", "mac", "wrap",
    }  # fmt: skip
    assert read_envelope(one).sender == "330000"


def archive(path: Path, members: list[tuple[str, bytes]]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in members:
            out.writestr(name, content)
    return path


@pytest.mark.parametrize(
    ("members", "why"),
    [
        ([("../../evil.py", b"x"), ("manifest.json", b"{}")], "不该有的文件"),
        ([("data.csv/../../x", b"x")], "不该有的文件"),
        ([("/etc/passwd", b"x")], "不该有的文件"),
        ([("data.csv", bytes(70 << 20)), ("manifest.json", b"{}")], "压缩炸弹"),
        ([("data.csv", b"x")], "缺少 manifest.json"),
        ([("manifest.json", b"[]"), ("signature", b"{}")], "清单缺项"),
        ([("manifest.json", b"[" * 100_000), ("signature", b"{}")], "清单缺项"),
        ([("manifest.json", bytes(17 << 20)), ("signature", b"{}")], "大"),
    ],
)
def test_a_zip_that_is_no_parcel_is_refused(tmp_path, members, why):
    with pytest.raises(ParcelError, match=why):
        read_package(archive(tmp_path / "zip", members))


def test_a_member_twice_a_lying_size_and_a_cut_zip_are_refused(tmp_path):
    with pytest.warns(UserWarning, match="Duplicate"):
        twice = archive(tmp_path / "twice", [("data.csv", b"a"), ("data.csv", b"b")])
    with pytest.raises(ParcelError, match="重复"):
        read_package(twice)
    whole = archive(tmp_path / "whole", [("manifest.json", b"{}" * 500), ("signature", b"{}")]).read_bytes()
    for cut in (whole[:40], whole[:-30], b"", whole.replace(b"PK\x01\x02", b"PK\x01\x03")):
        (tmp_path / "cut").write_bytes(cut)
        with pytest.raises(ParcelError, match=CHINESE):
            read_package(tmp_path / "cut")


def test_sealing_is_a_stream(tmp_path):
    """A zip written into the envelope in one pass is the zip that comes out."""
    path = tmp_path / "one"
    with path.open("wb") as target:
        sealing = Sealing(target, parcel_id="x", sender="a", receiver="b", seal_key=PAIR.public)
        with zipfile.ZipFile(cast("io.BufferedWriter", sealing), "w", zipfile.ZIP_DEFLATED) as out:
            out.writestr("a", b"1" * 3_000_000)
        sealing.close()
    with zipfile.ZipFile(io.BytesIO(b"".join(opened(path, PAIR)))) as inside:
        assert inside.read("a") == b"1" * 3_000_000
