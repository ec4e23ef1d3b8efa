"""Changes of divisions take effect (区划变更落实): what is kept goes with the land, by a few statements however many rows.

A code that ended and whose territory went to one division as a whole is put right everywhere: golden rows, records, households
and what floors above name (``moves_with_land``). What a source stated stays: in the claims, and beside a record's division. Where
the territory went to several, what has only the county's code keeps it, and lies with the city, until its township tells or
someone says (``assigning``). Whoever holds a copy hears of it by the outbox: the new place gets all, the old one hears of it.
"""

from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Max
from django.utils import timezone

from minzheng.foundation.database.arrow import Statements
from minzheng.foundation.database.within import within
from minzheng.registry.models import BusinessRecord, DivisionNow, DivisionSplit
from minzheng.standards.errors import UnknownStandardError
from minzheng.standards.models import Pack
from minzheng.standards.queries import division_tree
from minzheng.standards.queries.tree import DivisionTree

SLICE = 20_000  # subjects of one outbox entry
PERSONS, RECORD = "persons", "record"


@dataclass(frozen=True, slots=True)
class Land:
    """A table whose rows lie in a division (随区划的表).

    ``told``: what the outbox calls its rows, ``record`` for the feed of the row's source, empty where nobody is told.
    ``stated``: the column that keeps what the source said. ``renamed``: it goes only where the division was renamed as a whole.
    """

    table: str
    column: str = "division_code"
    told: str = ""
    stated: str = ""
    renamed: bool = False


@dataclass
class Enacted:
    """What taking effect came to (落实结果): table → (former, new code) → rows."""

    counts: dict[str, dict[tuple[str, str], int]] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Of all tables."""
        return sum(sum(found.values()) for found in self.counts.values())


_above: dict[str, Land] = {}


def moves_with_land(table: str, column: str = "division_code", *, renamed: bool = False) -> None:
    """Have a table's rows go with their division (随区划); said once at start by the floor that has the table."""
    _above[table] = Land(table, column, renamed=renamed)


def enact(at: datetime) -> Enacted:
    """Let every change that has come into force by now take effect (落实); again changes nothing."""
    done = Enacted()
    with within() as work:
        work.run("SELECT pg_advisory_xact_lock(7031)")
        lands = _lands()
        _learn(work, lands)
        _learn_splits(at)
        if not DivisionNow.objects.exists():
            return done
        for land in lands:
            found = _move(work, land, f"'{at.isoformat()}'::timestamptz")
            if found:
                done.counts[land.table] = found
    return done


def today(code: str) -> str:
    """The division that stands for a code today: what is kept of an ended one is found there (现行代码)."""
    found = DivisionNow.objects.filter(code=code).values_list("now_code", flat=True).first()
    return found or code


def divided_on(tree: DivisionTree, code: str) -> date | None:
    """The last day on which part of a county went elsewhere while it had this code; None where none ever did (分割日期)."""
    days = [
        one.changed_on
        for one in tree.changes
        if one.from_code == code != one.to_code
        and one.share not in ("", "全部")
        and one.changed_on <= timezone.localdate()
    ]
    return max(days, default=None)


def _lands() -> list[Land]:
    own = [
        Land("registry_person", "hukou_division_code", told=PERSONS),
        Land("registry_organisation"),
        Land("registry_household"),
        *(
            Land(model._meta.db_table, told=RECORD, stated="stated_division_code")
            for model in BusinessRecord.__subclasses__()
        ),
        Land("foundation_user", renamed=True),
    ]
    return [*own, *_above.values()]


def _learn(work: Statements, lands: list[Land]) -> None:
    """What every ended code means today, those of townships the tree does not know as well where rows have them."""
    tree, today = division_tree(), timezone.localdate()
    ended = tree.ended()
    codes = set(ended)
    counties = [code for code in ended if len(code) == 6]
    if counties:
        begins = " OR ".join(f"{{c}} ~>=~ '{code}' AND {{c}} ~<~ '{code}:'" for code in counties)
        for land in lands:
            where = begins.format(c=land.column)
            codes |= {
                row["code"]
                for row in work.rows(f"SELECT DISTINCT {land.column} AS code FROM {land.table} WHERE {where}")
            }
    found = []
    for code in sorted(codes):
        try:
            parts = tree.map(code, from_on=today, to_on=today)
        except UnknownStandardError:
            continue
        if len(parts) == 1 and parts[0].code != code:
            renamed = _is_renamed(tree, code[:6], parts[0].code[:6])
            found.append(DivisionNow(code=code, now_code=parts[0].code, is_renamed=renamed))
    DivisionNow.objects.exclude(code__in=[one.code for one in found]).delete()
    DivisionNow.objects.bulk_create(
        found, update_conflicts=True, unique_fields=["code"], update_fields=["now_code", "is_renamed"]
    )


def _learn_splits(at: datetime) -> None:
    """Which counties were divided, and since when this node knows: since the edition in force was published."""
    tree = division_tree()
    newest = Pack.objects.aggregate(at=Max("published__published_at"))["at"] or at
    for code in sorted({one.from_code for one in tree.changes}):
        day = divided_on(tree, code)
        known = DivisionSplit.objects.filter(code=code).first()
        if day is not None and (known is None or known.divided_on != day):
            DivisionSplit.objects.update_or_create(
                code=code, defaults={"divided_on": day, "known_at": newest}
            )


def _is_renamed(tree: DivisionTree, old: str, new: str) -> bool:
    """Whether the county of the new code is the old one whole, and did not stand beside it before."""
    whole = [one for one in tree.changes if one.to_code == new and one.share in ("", "全部")]
    return [one.from_code for one in whole] == [old]


def _move(work: Statements, land: Land, at: str) -> dict[tuple[str, str], int]:
    """The rows of one table; tells where each went."""
    work.run(
        "CREATE TEMP TABLE moved_land (id uuid, source_id integer, former varchar, now varchar) ON COMMIT DROP"
    )
    also = f", {land.stated} = coalesce(t.{land.stated}, t.{land.column})" if land.stated else ""
    if land.table == "registry_person":
        also += f", updated_at = {at}"
    given = ("t.id" if land.told else "NULL::uuid", "t.source_id" if land.told == RECORD else "NULL::integer")
    only = " AND n.is_renamed" if land.renamed else ""
    with work.by_index():
        work.run(
            f"""WITH done AS (
                UPDATE {land.table} t SET {land.column} = n.now_code{also} FROM registry_divisionnow n
                WHERE t.{land.column} = n.code{only} RETURNING {", ".join(given)}, n.code AS former, n.now_code AS now
            ) INSERT INTO moved_land SELECT * FROM done"""
        )
    rows = work.rows("SELECT former, now, count(*) AS n FROM moved_land GROUP BY 1, 2 ORDER BY 1, 2")
    if rows:
        work.run(
            f"""INSERT INTO registry_divisionmove (at, "table", from_code, to_code, count)
            SELECT {at}, '{land.table}', former, now, count(*) FROM moved_land GROUP BY former, now"""
        )
        if land.told:
            _tell(work, land.told, at)
    work.run("DROP TABLE moved_land")
    return {(row["former"], row["now"]): int(row["n"]) for row in rows}


def _tell(work: Statements, told: str, at: str) -> None:
    """Whoever is next to this node (换了属地): one entry for so many subjects."""
    feed, join = (
        (f"'{told}'", "") if told != RECORD else ("s.feed", "JOIN registry_source s ON s.id = m.source_id")
    )
    work.run(
        f"""INSERT INTO foundation_outboxentry (at, data_set, division_code, former_code, operation, subject_ids)
        SELECT {at}, feed, now, former, 'moved', array_agg(id) FROM (
            SELECT m.id, {feed} AS feed, left(m.now, 6) AS now, left(m.former, 6) AS former,
                (row_number() OVER (PARTITION BY {feed}, left(m.now, 6), left(m.former, 6) ORDER BY m.id) - 1) / {SLICE} AS n
            FROM moved_land m {join} WHERE left(m.now, 6) <> left(m.former, 6)) q
        GROUP BY feed, now, former, n ORDER BY feed, now, former, n"""
    )
