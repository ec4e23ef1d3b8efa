"""The province's land before and after the changes of 2013 to 2021, as two editions of the shipped pack (变更前后的标准包)."""

import csv
import shutil
from pathlib import Path

from tests.packs import LEFT_OUT, SHIPPED

DAY = "2013-01-01"
DIVISIONS = "divisions/divisions.csv"
RENAMED = {
    "330111": "330183", "330112": "330185", "330213": "330283", "330305": "330322", "330604": "330682", "331083": "331021",
}  # fmt: skip
Row = list[str]


def editions(folder: Path) -> tuple[Path, Path]:
    """(before, after), villages left out."""
    return _edition(folder / "before", "2012", before=True), _edition(folder / "after", "2022", before=False)


def _edition(folder: Path, version: str, *, before: bool) -> Path:
    shutil.copytree(SHIPPED / "zhejiang", folder, ignore=LEFT_OUT)
    header = folder / "pack.csv"
    header.write_text(
        "\n".join(
            f"version,{version}" if line.startswith("version,") else line
            for line in header.read_text().splitlines()
        )
    )
    heading, *rows = _read(folder / DIVISIONS)
    rows = [row for row in rows if len(row[0]) < 12]
    _write(folder / DIVISIONS, [heading, *(_as_it_was(rows) if before else rows)])
    if before:
        (changes, *_) = _read(folder / "divisions/changes.csv")
        _write(folder / "divisions/changes.csv", [changes])
    return folder


def _as_it_was(rows: list[Row]) -> list[Row]:
    """What stood on the day, as of then: nothing has ended yet."""
    known = {row[0] for row in rows if (row[5] or "0") <= DAY and (not row[6] or row[6] > DAY)}
    counties = {code for code in known if len(code) == 6}
    found = {}
    for code, name, level, parent, kind, _, _, source in rows:
        if (code in known and (parent in counties or not parent)) or code in counties:
            found[code] = [code, name, level, parent, kind, "", "", source]
        elif level == "township" and parent in RENAMED:
            old = RENAMED[parent]
            found[old + code[6:]] = [old + code[6:], name, level, old, kind, "", "", source]
    return list(found.values())


def _read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def _write(path: Path, rows: list[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
