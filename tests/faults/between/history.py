"""What was committed where, and what every node that should have it holds: lost, duplicated, reordered (in the manner of Jepsen).

Every key is a person, every change a new telephone number that is never used again, so that each statement says which change
it is. One writer a key; persons may move between the two counties. After the fault everything is healed and left to calm
down; then what each node holds is compared, statement by statement, with what the node of origin has committed.
"""

import itertools
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import psycopg
from tests.exchange.numbers import number, people, person
from tests.faults.between.land import Land, Node, SaidNoError, until

DIVISIONS = ("330106", "330105")
_values = itertools.count(1)
_names = itertools.count(0)
SURNAMES, GIVEN = "王李张刘陈杨黄赵周吴徐孙", "安邦昌德恩芳刚海佳凯岚明宁平琴荣山涛文秀雅泽"


@dataclass
class Key:
    """A person: where the statements are made, where the person is registered, which values were acknowledged."""

    name: str
    serial: int
    origin: str
    division: str
    said: list[str] = field(default_factory=list)
    unsure: set[str] = field(default_factory=set)  # the writer did not hear how it ended

    def row(self, value: str) -> list[str]:
        place = number(self.serial % 1000, born=f"19{60 + self.serial // 1000}0307")
        born = f"19{60 + self.serial // 1000}-03-07"
        return person(
            self.name,
            self.serial % 1000,
            公民身份号码=place,
            出生日期=born,
            户籍区划=self.division,
            联系电话=value,
        )


@dataclass
class Counts:
    """What the checker found."""

    changes: int = 0
    lost: list[str] = field(default_factory=list)
    duplicated: list[str] = field(default_factory=list)
    reordered: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return not (self.lost or self.duplicated or self.reordered)


class History:
    """Writers, observer and checker of one fault."""

    def __init__(self, land: Land, *, keys: int = 4) -> None:
        self.land = land
        origins = [code for code in land.nodes if code in ("330000", "330106")]
        self.keys = [_key(origin) for origin in origins for _ in range(keys)]
        self.since = {node.code: time.time() for node in land}
        self._watch: threading.Thread | None = None
        self._stop = threading.Event()
        self._seen: dict[tuple[str, str], Any] = {}
        self._watching, self._unwatched = threading.Lock(), ""
        self.witnessed = Counts()

    def __enter__(self) -> "History":
        self._watch = threading.Thread(target=self._look_on, daemon=True)
        self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        assert self._watch
        self._watch.join(10)

    def write(self, origin: str, *, moving: bool = False, later: bool = False, options: Any = None) -> None:
        """One more change of every key of a node; with ``moving`` half of the province's persons go to the other county."""
        mine = [key for key in self.keys if key.origin == origin]
        values = [f"139{next(_values):08d}" for _ in mine]
        if moving and origin == "330000":
            for key in mine[::2]:
                key.division = DIVISIONS[1 - DIVISIONS.index(key.division)]
        for key, value in zip(mine, values, strict=True):
            key.unsure.add(value)
        text = people(*(key.row(value) for key, value in zip(mine, values, strict=True)))
        source = f"来源{origin}"
        batch = self.land[origin].do("bring", text=text, source=source, later=later, options=options)
        if later:
            until(lambda: _finished(self.land[origin], batch), f"batch {batch} finished", 90, self.land.told)
        for key, value in zip(mine, values, strict=True):
            key.unsure.discard(value)
            key.said.append(value)

    def check(self) -> Counts:
        """Compare everything, once all is calm."""
        found = Counts(
            sum(len(key.said) for key in self.keys), duplicated=list(self.witnessed.duplicated),
            reordered=list(self.witnessed.reordered),
        )  # fmt: skip
        held = {node.code: _by_name(node.do("held")) for node in self.land}
        golden = {node.code: _by_name(node.do("persons")) for node in self.land}
        for key in self.keys:
            truth = held[key.origin].get(key.name, [])
            _as_said(key, truth, found)
            for node in self.land:
                wanted = truth if node.code == key.origin else _theirs(truth, node.code)
                _compare(node.code, key.name, wanted, held[node.code].get(key.name, []), found)
                _golden(node.code, key.name, wanted, golden[node.code].get(key.name, []), found)
        return found

    def _look_on(self) -> None:
        """Read the open statement of every key everywhere: it never goes back, and there is never more than one."""
        names = ", ".join(f"'{key.name}'" for key in self.keys)
        query = (
            "SELECT name, count(*), max(recorded_from) FROM registry_personclaim WHERE recorded_to IS NULL "
            f"AND name IN ({names}) GROUP BY name"
        )
        while not self._stop.wait(0.15):
            for node in self.land:
                with self._watching, suppress(psycopg.Error):
                    if node.code != self._unwatched:
                        for name, count, since in node.rows(query):
                            self._witness(node.code, name, count, since)

    def _witness(self, code: str, name: str, count: int, since: Any) -> None:
        before = self._seen.get((code, name))
        self._seen[code, name] = since
        if count != 1:
            self.witnessed.duplicated.append(f"{code} {name}: {count} open statements at once")
        if before is not None and since < before:
            self.witnessed.reordered.append(f"{code} {name}: from {before} back to {since}")

    @contextmanager
    def not_watched(self, code: str) -> Iterator[None]:
        """Within the block a node goes back to its backup and catches up: what it shows may go back, once; no other's may."""
        with self._watching:
            self._unwatched = code
        yield
        with self._watching:
            self._seen = {key: since for key, since in self._seen.items() if key[0] != code}
            self._unwatched = ""


def _as_said(key: Key, truth: Sequence[dict[str, Any]], found: Counts) -> None:
    """What the writer was told is done stands at the node of origin, in the order in which it was said."""
    values = [one["value"] for one in truth if one["value"] not in key.unsure]
    found.lost += [
        f"{key.origin} {key.name}: {value} was committed" for value in key.said if value not in values
    ]
    here = [value for value in values if value in set(key.said)]
    if here != [value for value in key.said if value in set(values)]:
        found.reordered.append(f"{key.origin} {key.name}: {here} instead of {key.said}")


def _theirs(truth: Sequence[dict[str, Any]], code: str) -> list[dict[str, Any]]:
    """What a node should have of a person: all up to the last statement of its own, and the one by which the person left."""
    prefix = code.rstrip("0") if code.endswith("00") else code
    prefix = "33" if code == "330000" else prefix
    mine = [at for at, one in enumerate(truth) if str(one["division"]).startswith(prefix)]
    return list(truth[: max(mine) + 2]) if mine else []


def _compare(
    code: str, name: str, wanted: Sequence[dict[str, Any]], here: Sequence[dict[str, Any]], found: Counts
) -> None:
    values = [one["value"] for one in here]
    found.lost += [f"{code} {name}: {one['value']}" for one in wanted if one["value"] not in values]
    found.duplicated += [f"{code} {name}: {value}" for value in set(values) if values.count(value) > 1]
    order = [one["value"] for one in wanted]
    if [value for value in values if value in order] != [value for value in order if value in values]:
        found.reordered.append(f"{code} {name}: {values} instead of {order}")
    by_id = {one["id"]: one for one in here}
    for at, one in enumerate(wanted):
        other = by_id.get(one["id"])
        last = (
            at == len(wanted) - 1
        )  # the one by which a person left may be closed later, out of this node's sight
        if other is None:
            found.lost.append(f"{code} {name}: {one['value']} under its identity")
        elif (one["since"], one["person"]) != (other["since"], other["person"]) or (
            not last and one["until"] != other["until"]
        ):
            found.reordered.append(f"{code} {name}: {other} instead of {one}")
    if sum(1 for one in here if one["until"] is None) > 1:
        found.duplicated.append(f"{code} {name}: several open statements")


def _golden(
    code: str, name: str, wanted: Sequence[dict[str, Any]], here: Sequence[dict[str, Any]], found: Counts
) -> None:
    if not wanted:
        return
    if not here:
        found.lost.append(f"{code} {name}: the person")
    elif len(here) > 1:
        found.duplicated.append(f"{code} {name}: {len(here)} persons")
    elif (here[0]["value"], here[0]["division"]) != (wanted[-1]["value"], wanted[-1]["division"]):
        found.reordered.append(f"{code} {name}: shows {here[0]} instead of {wanted[-1]}")


def _by_name(rows: Sequence[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        found[row["name"]].append(row)
    return found


def _finished(node: Node, batch: str) -> bool:
    with suppress(SaidNoError):
        return bool(node.value(f"SELECT stage = 'finished' FROM exchange_batch WHERE id = '{batch}'"))
    return False


def _key(origin: str) -> Key:
    at = next(_names)
    name = SURNAMES[at % len(SURNAMES)] + GIVEN[at // len(SURNAMES) % len(GIVEN)] + GIVEN[at % len(GIVEN)]
    return Key(name, at + 1, origin, DIVISIONS[0])
