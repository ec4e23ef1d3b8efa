"""Making the whole sample (造样例): world, five feeds, truth, summary."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from minzheng_sample.dirt import Dirt, Marks
from minzheng_sample.divisions import Divisions
from minzheng_sample.feeds.allowances import allowances_sheets, choose_rolls
from minzheng_sample.feeds.cremations import cremated, cremations_sheets
from minzheng_sample.feeds.marriages import marriages_sheets, registrations
from minzheng_sample.feeds.persons import persons_sheets
from minzheng_sample.feeds.societies import societies_sheets
from minzheng_sample.names import commonest
from minzheng_sample.streams import Ints
from minzheng_sample.text import dates, join, plain
from minzheng_sample.truth import Events, TruthFile, write_persons
from minzheng_sample.world import World, make_world
from minzheng_sample.writing import FileStyle, Sheet, row_places, write_csv, write_sheet

Say = Callable[[str], None]
Written = Iterator[tuple[FileStyle, Sheet, dict[str, Ints], Marks]]
_EPOCH = date(1970, 1, 1)


@dataclass
class Report:
    """What a run wrote (样例报告)."""

    persons: int
    seed: int
    today: str
    files: list[dict[str, object]] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    dirt: dict[str, dict[str, int]] = field(default_factory=dict)
    expected: dict[str, dict[str, int]] = field(default_factory=dict)
    events: dict[str, int] = field(default_factory=dict)
    population: dict[str, Any] = field(default_factory=dict)
    assumptions: dict[str, float] = field(default_factory=dict)


def _silent(line: str) -> None:
    """Progress nobody asked for."""
    del line


def make_sample(
    divisions: Divisions,
    out: Path,
    *,
    persons: int,
    seed: int,
    today: date,
    months: int = 12,
    single: bool = False,
    share: Dirt | None = None,
    say: Say = _silent,
) -> Report:
    """Write a sample into a folder (写样例).

    Same arguments, same bytes. Raises ValueError below 200 persons.
    """
    if persons < 200:
        raise ValueError("人数至少 200")
    share = share or Dirt()
    began = time.perf_counter()
    say(f"造人口 {persons:,} 人 …")
    world = make_world(divisions, persons, seed, (today - _EPOCH).days)
    report = Report(persons, seed, today.isoformat())
    events = Events.none()
    last_month = today.year * 12 + today.month - 1
    rolls = choose_rolls(world, last_month, months)
    paid_dead: list[Ints] = []
    feeds: dict[str, Written] = {
        "persons": persons_sheets(world, share, today.strftime("%Y%m%d"), single),
        "marriages": marriages_sheets(world, share, single),
        "allowances": _gather(allowances_sheets(world, share, months, single, rolls, last_month), paid_dead),
        "cremations": cremations_sheets(world, share, single),
        "societies": societies_sheets(world, share, single),
    }
    (out / "truth").mkdir(parents=True, exist_ok=True)
    for feed, sheets in feeds.items():
        say(f"写 {feed} …")
        _write_feed(out, feed, sheets, single, report, events)
        say(f"写 {feed} 完成: {report.rows[feed]:,} 行, 已用 {time.perf_counter() - began:.1f} 秒")
    _cross_business(world, rolls.household, rolls.card_of, paid_dead, events)
    events.write(out / "truth" / "events.csv")
    write_persons(out / "truth" / "persons.csv", world)
    report.events, report.population = events.counts(), _population(world)
    report.assumptions = dict(vars(share))
    text = json.dumps(vars(report), ensure_ascii=False, indent=2)
    (out / "truth" / "summary.json").write_text(text + "\n", encoding="utf-8")
    return report


def _gather(
    sheets: Iterator[tuple[FileStyle, Sheet, dict[str, Ints], Marks, dict[str, Ints]]], dead: list[Ints]
) -> Written:
    for style, sheet, roles, marks, events in sheets:
        dead.append(events["paid_after_death"])
        yield style, sheet, roles, marks


def _write_feed(out: Path, feed: str, sheets: Written, single: bool, report: Report, events: Events) -> None:
    truth = TruthFile(out / "truth" / f"rows_{feed}.csv")
    written = 0
    dirt: dict[str, int] = {}
    expected: dict[str, int] = {}
    for style, sheet, roles, marks in sheets:
        files, numbers = row_places(style, len(sheet))
        if single:
            write_csv(out / style.path, sheet, style, append=written > 0)
            numbers = numbers + written
        else:
            write_sheet(out, sheet, style)
            report.files.append(style.described(feed, len(sheet)))
        truth.add(files, numbers, roles, marks)
        written += len(sheet)
        for kind, count in marks.counts().items():
            dirt[kind] = dirt.get(kind, 0) + count
        for value in marks.expected().value_counts().to_pylist():
            expected[value["values"]] = expected.get(value["values"], 0) + value["counts"]
        if feed == "societies":
            _dead_representatives(roles["legal_representative"], sheet, events)
    if single:
        report.files.append(FileStyle(f"{feed}.csv").described(feed, written))
    report.rows[feed], report.dirt[feed], report.expected[feed] = (
        written,
        dirt,
        dict(sorted(expected.items())),
    )


def _dead_representatives(person: Ints, sheet: Sheet, events: Events) -> None:
    events.add("legal_representative", person, sheet.columns[0])


def _cross_business(
    world: World, household: Ints, card_of: Ints, paid_dead: list[Ints], events: Events
) -> None:
    """Name what later cross-business checks should find."""
    living = world.people.living
    for i, kind in enumerate(events.kinds):
        if kind == "legal_representative":
            gone = np.flatnonzero(~living[events.persons[i]])
            events.kinds[i] = "dead_legal_representative"
            events.persons[i] = events.persons[i][gone]
            events.details[i] = events.details[i].take(gone)
    dead, times = np.unique(np.concatenate(paid_dead), return_counts=True)
    events.add("paid_after_death", dead, join(plain(times), "个月"))
    person, day, second = cremated(world)
    events.add("cremated_twice", person[second], dates(day[second], "iso"))
    on_roll = np.zeros(len(world.homes.head), np.bool_)
    on_roll[household] = True
    kinds, man, woman, when = registrations(world)
    recent = when > world.today - 365
    for wanted, word in ((0, "allowance_newly_married"), (1, "allowance_newly_divorced")):
        for party in (man, woman):
            at = np.flatnonzero((kinds == wanted) & recent & on_roll[world.homes.household[party]])
            events.add(word, party[at], dates(when[at], "iso"))
    used, users = np.unique(card_of, return_counts=True)
    shared = np.isin(card_of, used[users > 1])
    events.add("shared_bank_account", world.homes.head[household[shared]], plain(card_of[shared]))


def _population(world: World) -> dict[str, Any]:
    """Figures to hold against the published ones."""
    people, living = world.people, world.people.living
    age = people.age[living]
    name, times = commonest(world.name)
    city = world.divisions.village_city[world.village[world.homes.household]]
    count = np.bincount(city, minlength=len(world.divisions.city_codes))
    return {
        "living": int(living.sum()),
        "dead_in_window": int((~living).sum()),
        "households": len(world.homes.head),
        "mean_household": round(len(world) / len(world.homes.head), 3),
        "male_share": _share(people.sex == 1),
        "age_60_share": _share(age >= 60),
        "age_65_share": _share(age >= 65),
        "age_80_share": _share(age >= 80),
        "age_100": int((age >= 100).sum()),
        "commonest_name": name,
        "commonest_name_times": times,
        "cities": dict(zip(world.divisions.city_names, count.tolist(), strict=True)),
    }


def _share(flags: np.ndarray) -> float:
    return round(float(flags.mean()), 5)
