"""人口底册: the base register of persons, by city, each city's file in its own habits."""

from collections.abc import Iterator

import numpy as np
import pyarrow.compute as pc

from minzheng_sample import codes
from minzheng_sample.addresses import division_texts, full_addresses, street_addresses
from minzheng_sample.dirt import Dirt, Marks
from minzheng_sample.feeds.register import (
    BASE,
    DIFFERENT_NAME,
    MOVED,
    REENTERED,
    Register,
    named,
    register,
    register_files,
)
from minzheng_sample.numbers import phones
from minzheng_sample.soiling import Soiler
from minzheng_sample.streams import Flags, Ints, stream
from minzheng_sample.text import Column, civil, fixed_width, pick, rows, where
from minzheng_sample.world import World
from minzheng_sample.writing import FileStyle, Sheet, concatenated

HEADINGS = [
    "姓名",
    "公民身份号码",
    "性别",
    "出生日期",
    "民族",
    "户籍区划",
    "户籍地址",
    "现居地址",
    "联系电话",
    "婚姻状况",
    "文化程度",
    "与户主关系",
    "户主公民身份号码",
]


def persons_sheets(
    world: World, share: Dirt, day_text: str, single: bool
) -> Iterator[tuple[FileStyle, Sheet, dict[str, Ints], Marks]]:
    """The register's files one after another (底册文件): style, rows, persons by role, marks."""
    book = register(world, share)
    row_city = world.divisions.village_city[book.village]
    for cities, style in register_files(world, row_city, day_text, single):
        parts = [_city(world, share, book, row_city, city, style) for city in cities]
        found = [part for part in parts if part is not None]
        if not found:
            continue
        sheet = concatenated([sheet for sheet, _, _ in found])
        person = np.concatenate([persons for _, persons, _ in found])
        marks = Marks(np.concatenate([marks.mask for _, _, marks in found]))
        yield named(style, len(sheet)), sheet, {"person": person}, marks


def _city(
    world: World, share: Dirt, book: Register, row_city: Ints, city: int, style: FileStyle
) -> tuple[Sheet, Ints, Marks] | None:
    """One city's rows by household, some written twice; the same whatever file they go into."""
    at = np.flatnonzero(row_city == city)
    if not len(at):
        return None
    at = at[np.lexsort((world.homes.relation[book.person[at]], book.order[at]))]
    name = world.divisions.city_codes[city]
    sheet, marks = _sheet(world, share, book, at, style, name)
    again = _with_repeats(world.rng(f"persons.repeat.{name}"), book.repeated[at])
    return _repeat(sheet, again), book.person[at][again], _marks(marks, again)


def _sheet(
    world: World, share: Dirt, book: Register, at: Ints, style: FileStyle, name: str
) -> tuple[Sheet, Marks]:
    person, kind = book.person[at], book.kind[at]
    marks = Marks.of(len(at))
    soiler = Soiler(stream(world.seed, f"persons.{name}"), share, marks)
    for code, word in ((REENTERED, "reentered"), (MOVED, "moved"), (DIFFERENT_NAME, "different_name")):
        marks.add(kind == code, word)
    people = world.people
    marks.add(~people.living[person], "dead_listed")
    spared = kind == DIFFERENT_NAME
    number = soiler.numbers(
        world.number[person], civil(people.born[person])[0], _missing(world, share, person, kind), spared
    )
    numbered = ~marks.has("number_missing")
    born, no_birth = soiler.births(people.born[person], numbered, spared)
    birth = where(no_birth, None, soiler.dates(born, style.dates))
    sex = people.sex[person]
    flipped = soiler.luck(share.sex_contradicts, numbered & ~spared)
    marks.add(flipped, "sex_contradicts")
    names = soiler.names(
        _names(world, soiler, person, spared), np.where(numbered, share.name_typo, share.name_typo_no_number)
    )
    unnamed = soiler.luck(share.required_missing)
    marks.add(unnamed, "required_missing")
    address, residence, runs = _addresses(world, soiler, book, at, name)
    columns = [
        where(unnamed, None, names),
        number,
        pick(_table(codes.SEX, style), np.where(flipped, 3 - sex, sex)),
        birth,
        pick(codes.ETHNIC_LABELS if style.codes == "label" else codes.ETHNIC, world.ethnic[person]),
        division_texts(world.divisions, book.village[at], np.full(len(at), style.division)),
        address,
        residence,
        _phones(world, soiler, person, kind),
        pick(_words(codes.MARITAL, codes.MARITAL_LABELS, style), world.marital[person]),
        _education(world, person, style),
        _relations(world, person, style),
        _head_numbers(world, person, marks.has("number_missing") & (kind == BASE)),
    ]
    sheet = Sheet(HEADINGS, columns)
    if style.form == "xlsx":
        sheet.days["出生日期"] = (born, ~marks.has("date_other_style") & ~no_birth)
        sheet.merge = ("户籍地址", runs)
    return sheet, marks


def _missing(world: World, share: Dirt, person: Ints, kind: Ints) -> np.ndarray:
    base = np.where(world.people.age[person] >= 80, share.number_missing_old, share.number_missing)
    return np.select(
        [kind == REENTERED, kind == MOVED], [share.number_missing_reentered, share.number_missing_moved], base
    )


def _names(world: World, soiler: Soiler, person: Ints, spared: Flags) -> Column:
    """True names; where a row stands under another's name, the name of a random person of the same sex."""
    swapped = person.copy()
    for i in np.flatnonzero(spared):
        alike = soiler.rng.integers(0, len(world), 50)
        fits = alike[world.people.sex[alike] == world.people.sex[person[i]]]
        names = rows(world.name, fits).to_pylist()
        own = set(world.name[int(person[i])].as_py())
        clear = [int(p) for p, name in zip(fits, names, strict=True) if not own & set(name)]
        swapped[i] = clear[0] if clear else person[i]
    return rows(world.name, swapped)


def _addresses(
    world: World, soiler: Soiler, book: Register, at: Ints, name: str
) -> tuple[Column, Column, Ints]:
    """Registered and present address, and run ids of equal neighbours for merged cells."""
    person, kind, village = book.person[at], book.kind[at], book.village[at]
    home = world.homes.household[person]
    own = rows(world.address, home)
    old = full_addresses(
        world.divisions, village, street_addresses(world.divisions, village, world.seed, f"old.{name}")
    )
    registered = where(kind == MOVED, old, own)
    written = soiler.addresses(
        registered, np.where(kind == REENTERED, soiler.share.address_rewritten * 5, 0.0)
    )
    elsewhere = soiler.rng.random(len(world.homes.head))[home] < soiler.share.lives_elsewhere
    soiler.marks.add(elsewhere, "lives_elsewhere")
    other = _present_addresses(world, home, name)
    residence = where(elsewhere, other, where(kind == MOVED, own, registered))
    plain_text = np.asarray(pc.equal(written, registered).fill_null(False))
    starts = np.r_[True, (home[1:] != home[:-1]) | ~plain_text[1:] | ~plain_text[:-1] | (kind[1:] != BASE)]
    return written, residence, np.cumsum(starts)


def _present_addresses(world: World, home: Ints, name: str) -> Column:
    """Where a household that lives elsewhere lives: another village, the same for all its members."""
    village = (home * 7919 + 13) % len(world.divisions.village_codes)
    unique, index = np.unique(home, return_inverse=True)
    where_to = village[np.unique(index, return_index=True)[1]] if len(unique) else village
    street = street_addresses(world.divisions, where_to, world.seed, f"present.{name}")
    return rows(full_addresses(world.divisions, where_to, street), index)


def _phones(world: World, soiler: Soiler, person: Ints, kind: Ints) -> Column:
    changed = soiler.luck(soiler.share.phone_changed, (kind == REENTERED) | (kind == MOVED))
    soiler.marks.add(changed, "phone_changed")
    own = where(changed, phones(soiler.rng, len(person)), rows(world.phone, person))
    young = world.people.age[person] < 12
    return soiler.phones(own, np.where(young, 1.0, soiler.share.phone_missing))


def _table(words: dict[str, dict[int, str]], style: FileStyle) -> list[str]:
    chosen = words["label" if style.codes == "label" else "code"]
    return ["", chosen[1], chosen[2]]


def _words(code: list[str], label: list[str], style: FileStyle) -> list[str]:
    return label if style.codes == "label" else code


def _education(world: World, person: Ints, style: FileStyle) -> Column:
    level = world.education[person]
    words = {"code": codes.EDUCATION, "label": codes.EDUCATION_LABELS, "old": codes.EDUCATION_1984}[
        style.codes
    ]
    return pick([*words, None], np.where(level < 0, len(words), level))


def _relations(world: World, person: Ints, style: FileStyle) -> Column:
    table = [codes.RELATIONS.get(i, "") if style.codes == "label" else f"{i:02d}" for i in range(100)]
    return pick(table, world.homes.relation[person])


def _head_numbers(world: World, person: Ints, numberless: Flags) -> Column:
    """The head's number, unknown in all the household's rows where the head's own row lacks it."""
    head = world.homes.head[world.homes.household[person]]
    unknown = np.isin(head, person[numberless & (head == person)])
    return where(unknown, None, fixed_width(world.number[head]))


def _with_repeats(rng: np.random.Generator, repeated: Flags) -> Ints:
    """Row order with some rows written a second time somewhere in the file."""
    count = len(repeated)
    twice = np.flatnonzero(repeated)
    place = np.r_[np.arange(count, dtype=float), rng.random(len(twice)) * count]
    again: Ints = np.r_[np.arange(count), twice][np.argsort(place, kind="stable")]
    return again


def _repeat(sheet: Sheet, again: Ints) -> Sheet:
    merge = None
    if sheet.merge:
        runs = sheet.merge[1][again]
        merge = (sheet.merge[0], runs)
    days = {heading: (day[again], flags[again]) for heading, (day, flags) in sheet.days.items()}
    return Sheet(sheet.headings, [rows(c, again) for c in sheet.columns], days, {}, merge)


def _marks(marks: Marks, again: Ints) -> Marks:
    new = Marks(marks.mask[again].copy())
    seen = np.zeros(len(marks.mask), np.int64)
    np.add.at(seen, again, 1)
    new.add(seen[again] > 1, "repeated")
    return new
