"""人口底册的行与文件: which rows the register has, and which file each city's rows go into."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from minzheng_sample.dirt import Dirt
from minzheng_sample.streams import Flags, Ints
from minzheng_sample.world import World
from minzheng_sample.writing import FileStyle

BASE, REENTERED, MOVED, DIFFERENT_NAME = range(4)
LARGE = 100_000  # from here on several cities share a file
WORKBOOK_ROWS = 20_000  # more go into a CSV
_SMALL_STYLES = (
    FileStyle("", "csv", "gb18030", ",", "iso", codes="label", division=2),
    FileStyle("", "xlsx", dates="iso", codes="label", division=0),
    FileStyle("", "csv", "utf-8-sig", ",", "compact", codes="code", division=0),
    FileStyle("", "csv", "utf-8", "\t", "dotted", codes="old", division=1),
    FileStyle("", "zip", "gb18030", ",", "chinese", codes="label", division=3),
    FileStyle("", "xlsx", dates="dotted", codes="code", division=1),
    FileStyle("", "csv", "gb18030", ";", "slash", codes="old", division=0),
    FileStyle("", "csv", "utf-8-sig", "|", "iso", codes="label", division=3),
    FileStyle("", "zip", "utf-8-sig", ",", "compact", codes="code", division=2),
    FileStyle("", "csv", "gb18030", ",", "chinese", codes="label", division=0),
    FileStyle("", "csv", "utf-8", ",", "iso", codes="code", division=1),
)
_LARGE_GROUPS = (("01",), ("02", "04", "05"), ("03", "10", "11"), ("06", "07", "08"), ("09",))
_LARGE_NAMES = ("省会", "浙北", "浙南", "浙中", "海岛")
_LARGE_STYLES = tuple(_SMALL_STYLES[i] for i in (0, 2, 3, 4, 1))


@dataclass(frozen=True)
class Register:
    """Which rows the register has (底册行), shape (rows,).

    Person, kind, village written, household order key.
    """

    person: Ints
    kind: Ints
    village: Ints
    order: np.ndarray
    repeated: Flags


def register(world: World, share: Dirt) -> Register:
    """Decide the rows (定行): listed persons, those entered again, moved, or under another's name."""
    rng = world.rng("persons.rows")
    luck = rng.random(len(world))
    listed = np.flatnonzero(np.where(world.people.living, luck >= share.unlisted, luck < share.dead_listed))
    extra = [
        listed[rng.random(len(listed)) < s] for s in (share.reentered, share.moved, share.different_name)
    ]
    person = np.concatenate([listed, *extra])
    kind = np.repeat([BASE, REENTERED, MOVED, DIFFERENT_NAME], [len(listed), *(len(e) for e in extra)])
    homes = len(world.homes.head)
    village = world.village[world.homes.household[person]]
    left = rng.integers(0, len(world.divisions.village_codes), len(person))
    village = np.where(kind == MOVED, left, village)
    order = np.where(
        kind == BASE, world.homes.household[person].astype(float), rng.random(len(person)) * homes + 0.5
    )
    order += np.where(kind == BASE, 0.0, 0.25)
    repeated = (kind == BASE) & (rng.random(len(person)) < share.repeated)
    return Register(person, kind, village, order, repeated)


def named(style: FileStyle, count: int) -> FileStyle:
    """A workbook too long becomes a CSV, as its owner would have had to do."""
    if style.form == "xlsx" and count > WORKBOOK_ROWS:
        return FileStyle(
            style.path[:-4] + "csv",
            "csv",
            "gb18030",
            ",",
            style.dates,
            codes=style.codes,
            division=style.division,
        )
    return style


def register_files(
    world: World, row_city: Ints, day_text: str, single: bool
) -> Iterator[tuple[list[int], FileStyle]]:
    numbers = [code[2:4] for code in world.divisions.city_codes]
    if single:
        for i in range(len(numbers)):
            yield [i], FileStyle("persons.csv")
    elif len(row_city) < LARGE:
        for i, number in enumerate(numbers):
            style = _SMALL_STYLES[(int(number) - 1) % len(_SMALL_STYLES)]
            yield [i], _placed(style, world.divisions.city_names[i], day_text)
    else:
        for group, label, style in zip(_LARGE_GROUPS, _LARGE_NAMES, _LARGE_STYLES, strict=True):
            yield [i for i, number in enumerate(numbers) if number in group], _placed(style, label, day_text)


def _placed(style: FileStyle, label: str, day_text: str) -> FileStyle:
    stem = f"人口底册_{label}_{day_text}"
    titles = (
        (f"{label}户籍人口基本情况登记表", f"填报单位：{label}民政局　　数据截止：{day_text}")
        if style.form == "xlsx"
        else ()
    )
    members = (f"{stem}_1.csv", f"{stem}_2.csv") if style.form == "zip" else ()
    path = f"persons/{stem}.{style.form}"
    return FileStyle(
        path,
        style.form,
        style.encoding,
        style.delimiter,
        style.dates,
        style.months,
        style.codes,
        style.division,
        titles,
        members,
    )
