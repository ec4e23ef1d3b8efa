"""低保发放: a row a member and month, one file a month; the household's amount stands in each of its rows."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from minzheng_sample import codes
from minzheng_sample.addresses import division_texts
from minzheng_sample.dirt import Dirt, Marks
from minzheng_sample.numbers import bank_cards
from minzheng_sample.soiling import Soiler
from minzheng_sample.streams import Flags, Ints, rank_within, stream
from minzheng_sample.text import Column, civil, fixed_width, join, months, padded, pick, rows, where
from minzheng_sample.world import World
from minzheng_sample.writing import FileStyle, Sheet

HEADINGS = [
    "低保证号",
    "户主姓名",
    "户主公民身份号码",
    "成员姓名",
    "成员公民身份号码",
    "与户主关系",
    "属地区划",
    "月保障金额(元)",
    "发放月份",
    "银行卡号",
]
RATE = 0.009  # [published] 592,600 persons of 65–66 million residents, end 2021
SIZES = (0.47, 0.34, 0.14, 0.05)  # households of 1…4; [published, nation] 1.70–1.80 persons a household
# So that 23–26 % are 60+ and 16 % minors, as published elsewhere [assumed].
ELDER_WEIGHT, MINOR_WEIGHT = 0.55, 2.6
# Yuan a month per person by year: [published] 2021 935; [to be checked] the others; held from 2024 on.
STANDARDS = {2017: 710, 2018: 771, 2019: 814, 2020: 875, 2021: 935, 2022: 1060, 2023: 1120, 2024: 1165}
CITY_FACTORS = (1.08, 1.06, 0.97, 1.0, 1.0, 1.0, 0.98, 0.95, 1.02, 0.97, 0.95)  # [assumed] by city
LATE_STOP = 0.15  # [assumed] dead members still paid for some months after death
SHARED_CARD = 0.004  # [assumed] households paid on another household's card
NEW_THIS_YEAR = 0.12  # [assumed] households that began within the window
_MONTH_STYLES = ("compact", "iso", "chinese", "dotted")


@dataclass(frozen=True)
class Rolls:
    """The allowance households (低保户).

    Household, its head, first month paid, income share; shape (households,).
    """

    household: Ints
    start: Ints
    granted_year: Ints
    income_share: np.ndarray
    card_of: Ints  # index of the roll whose card is used


def choose_rolls(world: World, last_month: int, window: int) -> Rolls:
    """Pick the households on allowance (定户).

    Whole households of one to four, up to the published rate of persons.
    """
    rng = world.rng("allowances.rolls")
    size = world.homes.size
    homes = len(size)
    elder = np.bincount(world.homes.household, weights=world.people.age >= 60, minlength=homes) > 0
    minor = np.bincount(world.homes.household, weights=world.people.age < 18, minlength=homes) > 0
    adult_head = world.people.age[world.homes.head] >= 18
    weight = np.where(elder, ELDER_WEIGHT, 1.0) * np.where(minor, MINOR_WEIGHT, 1.0)
    mean = sum((i + 1) * s for i, s in enumerate(SIZES))
    wanted = max(len(world) * RATE / mean, 4.0)
    chosen = []
    for i, part in enumerate(SIZES):
        pool = np.flatnonzero((size == i + 1) & adult_head)
        count = min(round(wanted * part), len(pool))
        keys = rng.random(len(pool)) ** (1.0 / weight[pool])
        chosen.append(pool[np.argsort(-keys, kind="stable")[:count]])
    household = np.unique(np.concatenate([*chosen, _shown(world, size)]))
    late = rng.random(len(household)) < NEW_THIS_YEAR
    start = np.where(late, last_month - rng.integers(0, window, len(household)), last_month - window)
    card_of = np.arange(len(household))
    sharing = rng.random(len(household)) < SHARED_CARD
    sharing[: min(2, len(household) // 2)] = True  # even the smallest sample shows it
    card_of[sharing] = len(household) - 1
    year = np.where(late, start // 12, rng.integers(2016, max(last_month // 12, 2017), len(household)))
    return Rolls(household, start, year, rng.random(len(household)) * 0.85, card_of)


def allowances_sheets(
    world: World, share: Dirt, window: int, single: bool, rolls: Rolls, last_month: int
) -> Iterator[tuple[FileStyle, Sheet, dict[str, Ints], Marks, dict[str, Ints]]]:
    """The monthly pay lists (发放名册).

    Style, sheet, persons by role, marks, and the persons of each event.
    """
    member, roll = _members(world, rolls)
    base = _fixed_columns(world, share, rolls, member, roll)
    stopped = _last_months(world, member)
    died_month = np.where(
        world.people.died[member] >= 0, _month_of(np.maximum(world.people.died[member], 0)), 10**6
    )
    for i, month in enumerate(range(last_month - window + 1, last_month + 1)):
        paid = (rolls.start[roll] <= month) & (month <= stopped)
        paid &= _anyone_left(roll, paid, len(rolls.household))[roll]
        at = np.flatnonzero(paid)
        if not len(at):
            continue
        style = FileStyle("allowances.csv") if single else _placed(i, month)
        marks = Marks(base.marks.mask[at].copy())
        dead = month > died_month[at]
        marks.add(dead, "paid_after_death")
        soiler = Soiler(stream(world.seed, f"allowances.{month}"), share, marks)
        fen = _amounts(world, rolls, month, np.bincount(roll[at], minlength=len(rolls.household)))
        label = style.codes == "label"
        columns = [rows(c, at) for c in base.columns]
        relation = pick(
            [codes.RELATIONS.get(r, "") if label else f"{r:02d}" for r in range(100)], base.relation[at]
        )
        amounts = soiler.amounts(fen[roll[at]])
        divisions = division_texts(world.divisions, base.village[at], np.full(len(at), style.division))
        when = months(np.full(len(at), month), style.months)
        sheet = Sheet(HEADINGS, [*columns[:5], relation, divisions, amounts, when, columns[5]])
        if style.form == "xlsx":
            sheet.amounts["月保障金额(元)"] = ~marks.has("amount_commas", "amount_yuan", "amount_full_width")
        yield (
            style,
            sheet,
            {"member": member[at], "head": base.head[at]},
            marks,
            {"paid_after_death": member[at][dead]},
        )


def _shown(world: World, size: Ints) -> Ints:
    """Households even the smallest sample has on its rolls: a member lately dead, married, divorced."""
    couples, year_ago = world.couples, world.today - 300
    died = np.flatnonzero((world.people.died > year_ago) & (world.people.died < world.today - 120))
    wed = couples.man[couples.married_on > year_ago]
    parted = couples.ex_woman[couples.divorced_on > year_ago]
    shown = []
    for persons in (died, wed, parted):
        homes = world.homes.household[persons]
        shown.append(homes[(size[homes] >= 2) & (size[homes] <= 4)][:1])
    return np.concatenate(shown)


@dataclass(frozen=True)
class _Fixed:
    """What does not change from month to month, shape (members,)."""

    columns: list[Column]
    relation: Ints
    village: Ints
    head: Ints
    marks: Marks


def _fixed_columns(world: World, share: Dirt, rolls: Rolls, member: Ints, roll: Ints) -> _Fixed:
    marks = Marks.of(len(member))
    soiler = Soiler(world.rng("allowances.members"), share, marks)
    head = world.homes.head[rolls.household][roll]
    is_head = head == member
    village = world.village[rolls.household]
    counties = np.array([int(code) for code in world.divisions.county_codes])[
        world.divisions.village_county[village]
    ]
    serial = rank_within(counties * 10_000 + rolls.granted_year) + 1
    certificate = join(padded(counties, 6), padded(rolls.granted_year, 4), padded(serial, 6))
    number = fixed_width(world.number[head])
    unknown = soiler.luck(share.required_missing)
    marks.add(unknown, "required_missing")
    own = soiler.numbers(
        world.number[member],
        civil(world.people.born[member])[0],
        np.where(is_head, 0.0, share.number_missing_member),
    )
    names = soiler.names(rows(world.name, member))
    cards = bank_cards(soiler.rng, len(rolls.household))
    columns = [
        rows(certificate, roll),
        rows(world.name, head),
        where(unknown, None, number),
        names,
        own,
        rows(rows(cards, rolls.card_of), roll),
    ]
    return _Fixed(columns, world.homes.relation[member], village[roll], head, marks)


def _members(world: World, rolls: Rolls) -> tuple[Ints, Ints]:
    """Members of the rolls in the order of household and relation."""
    roll_of = np.full(len(world.homes.head), -1, np.int64)
    roll_of[rolls.household] = np.arange(len(rolls.household))
    member = np.flatnonzero(roll_of[world.homes.household] >= 0)
    roll = roll_of[world.homes.household[member]]
    order = np.lexsort((world.homes.relation[member], roll))
    return member[order], roll[order]


def _month_of(days: Ints) -> Ints:
    year, month, _ = civil(days)
    return year * 12 + month - 1


def _last_months(world: World, member: Ints) -> Ints:
    """The last month a member is paid for: that of death, for some a few months more."""
    rng = world.rng("allowances.stops")
    died = world.people.died[member]
    careless = rng.random(len(member)) < LATE_STOP
    careless[np.flatnonzero((died > world.today - 300) & (died < world.today - 120))[:1]] = True
    late = np.where(careless, rng.integers(1, 9, len(member)), 0)
    return np.where(died >= 0, _month_of(np.maximum(died, 0)) + late, 10**6)


def _anyone_left(roll: Ints, paid: Flags, count: int) -> Flags:
    return np.bincount(roll, weights=paid, minlength=count) > 0


def _amounts(world: World, rolls: Rolls, month: int, persons: Ints) -> Ints:
    """Fen a month by household: standard × persons − income, at least one fen."""
    city = world.divisions.village_city[world.village[rolls.household]]
    factor = np.array([CITY_FACTORS[i % len(CITY_FACTORS)] for i in range(len(world.divisions.city_codes))])[
        city
    ]
    year = min(max(month // 12, min(STANDARDS)), max(STANDARDS))
    standard = np.round(STANDARDS[year] * factor / 5).astype(np.int64) * 500
    income = (rolls.income_share * standard * np.maximum(persons, 1)).astype(np.int64)
    rounded = np.where(np.arange(len(income)) % 3 == 0, income, income // 100 * 100)
    return np.maximum(standard * np.maximum(persons, 1) - rounded, 1)


def _placed(i: int, month: int) -> FileStyle:
    text = f"{month // 12}{month % 12 + 1:02d}"
    stem = f"低保发放_{text}"
    if i % 3 == 2:
        titles = (f"{month // 12}年{month % 12 + 1}月最低生活保障金发放名册", "单位：元")
        return FileStyle(
            f"allowances/{stem}.xlsx",
            "xlsx",
            months=_MONTH_STYLES[i % 4],
            codes="label",
            division=3,
            titles=titles,
        )
    encoding = "gb18030" if i % 3 == 0 else "utf-8-sig"
    return FileStyle(
        f"allowances/{stem}.csv",
        "csv",
        encoding,
        ",",
        months=_MONTH_STYLES[i % 4],
        codes="label" if i % 2 else "code",
        division=i % 3,
    )
