"""婚姻登记: registrations of the last years, one file a year, certificates numbered by registry and year."""

from collections.abc import Iterator

import numpy as np

from minzheng_sample.dirt import Dirt, Marks
from minzheng_sample.soiling import Soiler
from minzheng_sample.streams import Ints, rank_within, stream
from minzheng_sample.text import Column, civil, join, padded, pick, rows
from minzheng_sample.world import World
from minzheng_sample.writing import FileStyle, Sheet

HEADINGS = [
    "登记类型",
    "登记证字号",
    "登记机关区划",
    "登记日期",
    "男方姓名",
    "男方公民身份号码",
    "女方姓名",
    "女方公民身份号码",
]
YEARS = 5  # how far back the registries' files go
REISSUED = 0.5  # [assumed] reissued certificates per marriage; Hangzhou 2022 had three for each, an odd year
OTHER_COUNTY = 0.08  # [assumed] registered elsewhere since the register opened province- and nationwide
WIFES_COUNTY = 0.3  # [assumed]
KINDS = ("结婚", "离婚", "补领结婚证", "补领离婚证")
PREFIXES = ("J", "L", "BJ", "BL")
_STYLES = (
    FileStyle("", "csv", "gb18030", ",", "iso", division=2),
    FileStyle("", "xlsx", dates="iso", division=2),
    FileStyle("", "csv", "utf-8-sig", ",", "chinese", division=2),
    FileStyle("", "csv", "gb18030", "\t", "compact", division=2),
    FileStyle("", "xlsx", dates="slash", division=2),
    FileStyle("", "zip", "gb18030", ",", "dotted", division=2),
)


def registrations(world: World) -> tuple[Ints, Ints, Ints, Ints]:
    """Every registration of the window, by day (登记事件): kind index, man, woman, day."""
    rng = world.rng("marriages.events")
    couples = world.couples
    first_day = world.today - 365 * YEARS
    wed, parted = couples.married_on >= first_day, couples.divorced_on >= first_day
    lost = rng.random(len(couples.man)) < REISSUED * wed.sum() / max(len(couples.man), 1)
    lost &= world.people.living[couples.man] & world.people.living[couples.woman]
    days = first_day + (rng.random(len(couples.man)) * 365 * YEARS).astype(np.int64)
    lost &= days > couples.married_on
    kind = np.repeat([0, 1, 2], [wed.sum(), parted.sum(), lost.sum()])
    man = np.r_[couples.man[wed], couples.ex_man[parted], couples.man[lost]]
    woman = np.r_[couples.woman[wed], couples.ex_woman[parted], couples.woman[lost]]
    day = np.r_[couples.married_on[wed], couples.divorced_on[parted], days[lost]]
    order = np.lexsort((man, kind, day))
    return kind[order], man[order], woman[order], day[order]


def certificate_numbers(kind: Ints, county: Ints, day: Ints) -> tuple[Ints, Ints]:
    """Year and gapless sequence by registry, year and kind (证号序号)."""
    year = civil(day)[0]
    return year, rank_within((year * 1_000_000 + county) * 10 + kind) + 1


def marriages_sheets(
    world: World, share: Dirt, single: bool
) -> Iterator[tuple[FileStyle, Sheet, dict[str, Ints], Marks]]:
    """The registries' files (婚姻登记文件), one a calendar year."""
    kind, man, woman, day = registrations(world)
    county = _registries(world, man, woman)
    year, sequence = certificate_numbers(kind, county, day)
    for i, one in enumerate(np.unique(year)):
        at = np.flatnonzero(year == one)
        style = FileStyle("marriages.csv") if single else _placed(_STYLES[i % len(_STYLES)], int(one))
        marks = Marks.of(len(at))
        soiler = Soiler(stream(world.seed, f"marriages.{one}"), share, marks)
        codes = padded(county[at], 6)
        columns = [
            pick(KINDS, kind[at]),
            join(pick(PREFIXES, kind[at]), codes, "-", padded(year[at], 4), "-", padded(sequence[at], 6)),
            codes,
            soiler.dates(day[at], style.dates, required=True),
            *_party(world, soiler, man[at]),
            *_party(world, soiler, woman[at]),
        ]
        sheet = Sheet(HEADINGS, columns)
        if style.form == "xlsx":
            sheet.days["登记日期"] = (day[at], ~marks.has("date_other_style", "date_impossible"))
        yield style, sheet, {"man": man[at], "woman": woman[at]}, marks


def _party(world: World, soiler: Soiler, person: Ints) -> tuple[Column, Column]:
    names = soiler.names(rows(world.name, person), soiler.share.name_typo / 2)
    born_year = civil(world.people.born[person])[0]
    return names, soiler.numbers(
        world.number[person], born_year, soiler.share.required_missing / 2, required=True
    )


def _registries(world: World, man: Ints, woman: Ints) -> Ints:
    rng = world.rng("marriages.registries")
    divisions, home = world.divisions, world.homes.household
    who = np.where(rng.random(len(man)) < WIFES_COUNTY, woman, man)
    county = divisions.village_county[world.village[home[who]]]
    anywhere = rng.integers(0, len(divisions.county_codes), len(man))
    county = np.where(rng.random(len(man)) < OTHER_COUNTY, anywhere, county)
    return np.array([int(code) for code in divisions.county_codes])[county]


def _placed(style: FileStyle, year: int) -> FileStyle:
    stem = f"婚姻登记_{year}"
    titles = (f"{year}年婚姻登记数据", "填报单位：婚姻登记处") if style.form == "xlsx" else ()
    members = (f"{stem}_上.csv", f"{stem}_下.csv") if style.form == "zip" else ()
    return FileStyle(
        f"marriages/{stem}.{style.form}",
        style.form,
        style.encoding,
        style.delimiter,
        style.dates,
        division=style.division,
        titles=titles,
        members=members,
    )
