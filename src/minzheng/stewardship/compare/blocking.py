"""Which pairs are looked at (候选对规则): rules derived from the columns, so many that the work stays in proportion to the rows.

Every column offers keys: its whole value, and for some kinds a part or the sound. A key's pairs are counted; keys that give few
enough are rules of their own, those that give too many are joined two by two. What is counted is exact for single keys; of
two together a share of the keys is counted, chosen by hash.
"""

from dataclasses import dataclass
from itertools import combinations

import duckdb

from minzheng.stewardship.compare.prepare import Feature
from minzheng.stewardship.compare.terms import Kind
from minzheng.stewardship.compare.workbench import scalar

PAIRS_A_ROW = 4  # of one rule; all rules together look at three times as many
FLOOR = 100_000  # pairs a rule may always give: small lists are looked at from every side
MAX_RULES = 12
MAX_TRIED = 16
SHARE = 8  # one in so many keys is counted where two columns are joined
COUNT_ALL_BELOW = 200_000


@dataclass(frozen=True, slots=True)
class Key:
    """Something two records may agree on (键): SQL over one side, ``{t}`` the table; ``whole`` if it is the whole value."""

    feature: Feature
    sql: str
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """Pairs that agree on every key (规则), and about how many there are."""

    keys: tuple[Key, ...]
    pairs: float

    @property
    def columns(self) -> frozenset[int]:
        """The columns it asks about, by place (列)."""
        return frozenset(key.feature.at for key in self.keys)

    @property
    def sql(self) -> str:
        """As Splink takes it."""
        return " AND ".join(f"{key.sql.format(t='l')} = {key.sql.format(t='r')}" for key in self.keys)


def keys_of(feature: Feature) -> list[Key]:
    """The keys a column offers, the whole value first (键)."""
    name = f"{{t}}.{feature.name}"
    parts = []
    if feature.kind == Kind.NAME:
        parts = [f"{name}_s", f"substr({name}, 1, 1)"] if feature.han else [f"substr({name}, 1, 3)"]
    elif feature.kind == Kind.DATE:
        parts = [f"substr({name}, 1, 7)", f"substr({name}, 6, 5)"]
    elif feature.kind == Kind.ADDRESS:
        parts = [f"{name}_n"] if feature.han else [f"substr({name}, 1, 6)"]
    elif feature.kind == Kind.TEXT and not feature.han:
        parts = [f"substr({name}, 1, 5)"]
    return [Key(feature, name, whole=True), *(Key(feature, part) for part in parts)]


def choose(db: duckdb.DuckDBPyConnection, features: tuple[Feature, ...], *, two_lists: bool) -> list[Rule]:
    """The rules, fewest pairs first; none where no column tells records apart enough (选定规则)."""
    counter = _Counter(db, two_lists)
    budget = max(FLOOR, PAIRS_A_ROW * counter.rows)
    keys = [key for feature in features for key in keys_of(feature)]
    counted = {key.sql: counter.pairs((key,)) for key in keys}
    chosen: list[Rule] = []
    left = 3.0 * budget
    for key in sorted(keys, key=lambda k: (not k.whole, counted[k.sql])):
        pairs = counted[key.sql]
        if 0 < pairs <= min(budget, left) and len(chosen) < MAX_RULES - 2:
            chosen.append(Rule((key,), pairs))
            left -= pairs
    taken = {key.sql for rule in chosen for key in rule.keys}
    for rule in _joined(
        counter, [k for k in keys if k.sql not in taken and counted[k.sql]], counted, chosen, budget
    ):
        if rule.pairs <= left and len(chosen) < MAX_RULES:
            chosen.append(rule)
            left -= rule.pairs
    return sorted(chosen, key=lambda rule: rule.pairs)


def _joined(
    counter: "_Counter", keys: list[Key], counted: dict[str, float], chosen: list[Rule], budget: float
) -> list[Rule]:
    """Two keys together, those that cover columns no rule covers first."""
    covered = {at for rule in chosen for at in rule.columns}
    likely = []
    for one, two in combinations(keys, 2):
        if one.feature.at == two.feature.at:
            continue
        expected = counted[one.sql] * counted[two.sql] / max(counter.all_pairs, 1.0)
        if expected <= budget:
            fresh = len({one.feature.at, two.feature.at} - covered)
            likely.append((-fresh, -(one.whole + two.whole), -expected, (one, two)))
    likely.sort(key=lambda item: item[:3])
    found = [Rule(pair, counter.pairs(pair)) for *_, pair in likely[:MAX_TRIED]]
    return [rule for rule in found if 0 < rule.pairs <= budget]


class _Counter:
    """How many pairs agree on some keys."""

    def __init__(self, db: duckdb.DuckDBPyConnection, two_lists: bool) -> None:
        self._db = db
        self._two_lists = two_lists
        left = scalar(db, "SELECT count(*) FROM left_side")
        right = scalar(db, "SELECT count(*) FROM right_side") if two_lists else 0.0
        self.rows = int(left + right)
        self.all_pairs = left * right if two_lists else left * (left - 1) / 2

    def pairs(self, keys: tuple[Key, ...]) -> float:
        """Pairs that agree on all of ``keys``."""
        share = SHARE if len(keys) > 1 and self.rows > COUNT_ALL_BELOW else 1
        left = self._groups("left_side", keys, share)
        if not self._two_lists:
            return share * scalar(self._db, f"SELECT sum(n * (n - 1) / 2) FROM ({left})")
        right = self._groups("right_side", keys, share)
        on = " AND ".join(f"a.k{i} = b.k{i}" for i in range(len(keys)))
        return share * scalar(self._db, f"SELECT sum(a.n * b.n) FROM ({left}) a JOIN ({right}) b ON {on}")

    @staticmethod
    def _groups(table: str, keys: tuple[Key, ...], share: int) -> str:
        values = [key.sql.format(t="t") for key in keys]
        columns = ", ".join(f"{value} AS k{i}" for i, value in enumerate(values))
        said = " AND ".join(f"{value} IS NOT NULL" for value in values)
        some = f" AND hash({', '.join(values)}) % {share} = 0" if share > 1 else ""
        return f"SELECT {columns}, count(*)::DOUBLE AS n FROM {table} t WHERE {said}{some} GROUP BY ALL"
