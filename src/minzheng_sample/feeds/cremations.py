"""火化登记: what the funeral homes hand over, by year; some without a number, a few twice."""

from collections.abc import Iterator

import numpy as np

from minzheng_sample import codes
from minzheng_sample.dirt import Dirt, Marks
from minzheng_sample.soiling import Soiler
from minzheng_sample.streams import Flags, Ints, rank_within, stream
from minzheng_sample.text import Column, civil, join, padded, pick, rows, where
from minzheng_sample.world import World
from minzheng_sample.writing import FileStyle, Sheet

HEADINGS = [
    "火化证号",
    "殡仪馆",
    "逝者姓名",
    "逝者公民身份号码",
    "性别",
    "死亡日期",
    "火化日期",
    "户籍地址",
    "经办人姓名",
    "经办人联系电话",
]
CREMATED = 0.985  # [published] above 98 %
TWICE = 0.0015  # [assumed] cremated twice on paper: the same person under two certificates
_STYLES = (
    FileStyle("", "csv", "gb18030", ",", "dotted", codes="label"),
    FileStyle("", "xlsx", dates="iso", codes="label"),
    FileStyle("", "csv", "utf-8-sig", ";", "chinese", codes="label"),
    FileStyle("", "csv", "gb18030", ",", "compact", codes="code"),
)


def cremated(world: World) -> tuple[Ints, Ints, Flags]:
    """Who was cremated and when (火化事件): person, day, and whether this is a second certificate; by day."""
    rng = world.rng("cremations.events")
    dead = np.flatnonzero(~world.people.living)
    gone = dead[rng.random(len(dead)) < CREMATED]
    again = gone[rng.random(len(gone)) < TWICE]
    if not len(again):
        again = gone[:1]  # even the smallest sample shows it
    day = np.r_[
        world.people.died[gone] + 1 + rng.poisson(1.6, len(gone)),
        world.people.died[again] + rng.integers(5, 60, len(again)),
    ]
    person, second = np.r_[gone, again], np.repeat([False, True], [len(gone), len(again)])
    inside = day < world.today
    order = np.argsort(day[inside], kind="stable")
    return person[inside][order], day[inside][order], second[inside][order]


def cremations_sheets(
    world: World, share: Dirt, single: bool
) -> Iterator[tuple[FileStyle, Sheet, dict[str, Ints], Marks]]:
    """The funeral homes' files (火化登记文件), one a year."""
    person, day, second = cremated(world)
    home_code, home_name = _funeral_homes(world, person)
    year = civil(day)[0]
    serial = rank_within(home_code * 10_000 + year) + 1
    handler = _handlers(world, person)
    for i, one in enumerate(np.unique(year)):
        at = np.flatnonzero(year == one)
        style = FileStyle("cremations.csv") if single else _placed(_STYLES[i % len(_STYLES)], int(one))
        marks = Marks.of(len(at))
        marks.add(second[at], "cremated_twice")
        soiler = Soiler(stream(world.seed, f"cremations.{one}"), share, marks)
        certificate = join(padded(home_code[at], 8), padded(year[at], 4), padded(serial[at], 6))
        body = _deceased(world, soiler, style, person[at], day[at])
        who = handler[at]
        columns = [
            certificate,
            rows(home_name, at),
            *body,
            where(who >= 0, rows(world.name, np.maximum(who, 0)), None),
            where(who >= 0, soiler.phones(rows(world.phone, np.maximum(who, 0)), 0.1), None),
        ]
        sheet = Sheet(HEADINGS, columns)
        if style.form == "xlsx":
            sheet.days["火化日期"] = (
                day[at],
                ~marks.has("date_other_style", "date_impossible", "cremated_before_death"),
            )
        yield style, sheet, {"deceased": person[at], "handler": who}, marks


def _deceased(world: World, soiler: Soiler, style: FileStyle, person: Ints, day: Ints) -> list[Column]:
    people, share = world.people, soiler.share
    missing = np.where(people.age[person] >= 85, share.number_missing_dead_old, share.number_missing_dead)
    number = soiler.numbers(world.number[person], civil(people.born[person])[0], missing)
    sex = people.sex[person]
    flipped = soiler.luck(share.sex_contradicts, ~soiler.marks.has("number_missing"))
    soiler.marks.add(flipped, "sex_contradicts")
    died = people.died[person]
    swapped = soiler.luck(share.cremated_before_death, day > died)
    soiler.marks.add(swapped, "cremated_before_death")
    typo = np.where(soiler.marks.has("number_missing"), share.name_typo_no_number, share.name_typo)
    words = codes.SEX["label" if style.codes == "label" else "code"]
    return [
        soiler.names(rows(world.name, person), typo),
        number,
        pick(["", words[1], words[2]], np.where(flipped, 3 - sex, sex)),
        soiler.dates(np.where(swapped, day, died), style.dates, required=True),
        soiler.dates(np.where(swapped, died, day), style.dates),
        soiler.addresses(rows(world.address, world.homes.household[person]), share.address_rewritten),
    ]


def _funeral_homes(world: World, person: Ints) -> tuple[Ints, Column]:
    """Districts share their city's funeral home, counties have their own: 8-digit code and name."""
    divisions = world.divisions
    county = divisions.village_county[world.village[world.homes.household[person]]]
    own = [not name.endswith("区") for name in divisions.county_names]
    table = [
        (int(code) if alone else int(divisions.city_codes[city])) * 100 + 1
        for code, city, alone in zip(divisions.county_codes, divisions.county_city, own, strict=True)
    ]
    names = [
        (name if alone else divisions.city_names[city]) + "殡仪馆"
        for name, city, alone in zip(divisions.county_names, divisions.county_city, own, strict=True)
    ]
    return np.array(table)[county], pick(names, county)


def _handlers(world: World, person: Ints) -> Ints:
    """A living adult of the same household, else nobody known (−1)."""
    fit = world.people.living & (world.people.age >= 20)
    best = np.full(len(world.homes.head), -1, np.int64)
    best[world.homes.household[fit]] = np.flatnonzero(fit)
    return best[world.homes.household[person]]


def _placed(style: FileStyle, year: int) -> FileStyle:
    stem = f"火化登记_{year}"
    titles = (f"{year}年遗体火化登记表", "填报单位：各殡仪馆") if style.form == "xlsx" else ()
    return FileStyle(
        f"cremations/{stem}.{style.form}",
        style.form,
        style.encoding,
        style.delimiter,
        style.dates,
        codes=style.codes,
        titles=titles,
    )
