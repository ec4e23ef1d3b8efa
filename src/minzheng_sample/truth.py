"""What was written, row by row (真值): person, dirt and expected outcome of every row of every file.

``truth/persons.csv`` holds the true persons; ``truth/rows_<feed>.csv`` one line a written row and role:
``file`` as below
the folder (a zip's member after its archive), ``row`` counted from 1 after the header, ``role``,
``person_id`` (empty:
nobody among the true persons), ``dirt`` kinds joined by ``;`` and ``expected`` of the whole row: ``refuse``
(quarantined),
``review`` (taken in, but changes nothing until decided) or ``accept`` (taken in, whichever way it is then
matched);
``truth/events.csv`` what cross-business checks should find; ``truth/summary.json`` files, counts and shares.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from minzheng_sample import codes
from minzheng_sample.dirt import Marks
from minzheng_sample.streams import Ints
from minzheng_sample.text import Column, constant, dates, fixed_width, pick, plain, rows, where
from minzheng_sample.world import World, person_ids
from minzheng_sample.writing import Sheet, write_csv

ROW_HEADINGS = ["file", "row", "role", "person_id", "dirt", "expected"]
PERSON_HEADINGS = [
    "person_id",
    "name",
    "number",
    "sex",
    "born_on",
    "died_on",
    "ethnic",
    "division",
    "address",
    "phone",
    "marital",
    "education",
    "household_id",
    "relation",
]


@dataclass
class TruthFile:
    """One feed's truth, written as its files are (真值文件)."""

    path: Path
    started: bool = False

    def add(self, files: Column, row_numbers: Ints, roles: dict[str, Ints], marks: Marks) -> None:
        """Add the rows of one file (记行).

        One line a row and role; person −1 = nobody of the truth's persons.
        """
        count = len(row_numbers)
        index = np.repeat(np.arange(count), len(roles))
        role = np.tile(np.arange(len(roles)), count)
        persons = np.stack(list(roles.values()), axis=1).ravel() if roles else np.zeros(0, np.int64)
        known = where(persons >= 0, person_ids(np.maximum(persons, 0)), None)
        columns = [
            rows(files, index),
            plain(row_numbers[index]),
            pick(list(roles), role),
            known,
            rows(marks.texts(), index),
            rows(marks.expected(), index),
        ]
        write_csv(self.path, Sheet(ROW_HEADINGS, columns), append=self.started)
        self.started = True


def write_persons(path: Path, world: World) -> None:
    """The true persons, clean (真实人员): codes national, dates ISO, division 12-digit."""
    count = len(world)
    step = 200_000
    for start in range(0, count, step):
        at = np.arange(start, min(start + step, count))
        write_csv(path, Sheet(PERSON_HEADINGS, _person_columns(world, at)), append=start > 0)


def _person_columns(world: World, at: Ints) -> list[Column]:
    people, home = world.people, world.homes.household[at]
    died = people.died[at]
    education = np.where(world.education[at] < 0, len(codes.EDUCATION), world.education[at])
    return [
        person_ids(at),
        rows(world.name, at),
        fixed_width(world.number[at]),
        plain(people.sex[at]),
        dates(people.born[at], "iso"),
        where(died >= 0, dates(np.maximum(died, 0), "iso"), None),
        pick(codes.ETHNIC, world.ethnic[at]),
        pick(world.divisions.village_codes, world.village[home]),
        rows(world.address, home),
        rows(world.phone, at),
        pick(codes.MARITAL, world.marital[at]),
        pick([*codes.EDUCATION, None], education),
        plain(home),
        plain(world.homes.relation[at]),
    ]


@dataclass
class Events:
    """Named shares that cross business lines (跨业务事件), gathered for ``truth/events.csv``."""

    kinds: list[str]
    persons: list[Ints]
    details: list[Column]

    @classmethod
    def none(cls) -> "Events":
        """No events yet (无)."""
        return cls([], [], [])

    def add(self, kind: str, persons: Ints, details: Column | None = None) -> None:
        """Note persons of one kind of event (记事件)."""
        self.kinds.append(kind)
        self.persons.append(persons)
        self.details.append(constant(None, len(persons)) if details is None else details)

    def counts(self) -> dict[str, int]:
        """Events by kind (件数)."""
        found = dict.fromkeys(self.kinds, 0)
        for kind, persons in zip(self.kinds, self.persons, strict=True):
            found[kind] += len(persons)
        return found

    def write(self, path: Path) -> None:
        """Write the file (写出)."""
        which = np.repeat(np.arange(len(self.kinds)), [len(p) for p in self.persons])
        columns = [
            pick(self.kinds, which),
            person_ids(np.concatenate(self.persons)),
            pa.concat_arrays(self.details),
        ]
        write_csv(path, Sheet(["kind", "person_id", "detail"], columns))
