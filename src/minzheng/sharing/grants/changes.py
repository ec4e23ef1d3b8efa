"""What has changed in a data set, in one order that can be read again from any place (变更)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from minzheng.foundation.access.scope import Scope
from minzheng.foundation.access.standing import as_node

LOCK = 7041
SETTLES_AFTER = timedelta(seconds=60)
PLACE = """
INSERT INTO grants_changeplace (entry_id)
SELECT o.id FROM foundation_outboxentry o LEFT JOIN grants_changeplace p ON p.entry_id = o.id
WHERE o.id > %s AND p.entry_id IS NULL ORDER BY o.id
"""
# Whose change it is: of where the subjects are now, and of where they were, who is to hear that they have left.
OF_DIVISION = "(o.division_code LIKE %(within)s OR o.former_code LIKE %(within)s OR (o.division_code = '' AND %(whole)s))"
KIND = "CASE WHEN o.operation IN ('created', 'withdrawn') THEN o.operation ELSE 'updated' END"
READ = f"""
SELECT p.position, u.n, o.at, {KIND}, o.operation = 'moved', u.id
FROM grants_changeplace p JOIN foundation_outboxentry o ON o.id = p.entry_id
CROSS JOIN LATERAL unnest(o.subject_ids) WITH ORDINALITY u (id, n)
WHERE p.position >= %(position)s AND (p.position > %(position)s OR u.n > %(within_entry)s)
  AND o.data_set = %(data_set)s AND {OF_DIVISION}
ORDER BY p.position, u.n LIMIT %(limit)s
"""  # noqa: S608 - constants
WAITING = f"""
SELECT coalesce(sum(n), 0) FROM (
    SELECT cardinality(o.subject_ids) AS n FROM grants_changeplace p JOIN foundation_outboxentry o ON o.id = p.entry_id
    WHERE p.position >= %(position)s AND o.data_set = %(data_set)s AND {OF_DIVISION} ORDER BY p.position LIMIT %(limit)s
) w
"""  # noqa: S608 - constants
FIRST_AT = """
SELECT p.position FROM grants_changeplace p JOIN foundation_outboxentry o ON o.id = p.entry_id
WHERE o.at < %s ORDER BY p.position DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True, order=True)
class Cursor:
    """A place in the changes (游标): an entry's position, and how many of its subjects have been read."""

    position: int = 0
    within: int = 0

    def __str__(self) -> str:
        return f"{self.position}.{self.within}"

    @classmethod
    def of(cls, text: str) -> "Cursor":
        """From its text; empty is the beginning. Raises ``ValueError``."""
        if not text:
            return cls()
        position, _, within = text.partition(".")
        if not (position.isascii() and position.isdigit() and within.isascii() and within.isdigit()):
            raise ValueError("游标应照接口返回的原样填写")
        return cls(int(position), int(within))


@dataclass(frozen=True, slots=True)
class Change:
    """Something that changed (变更): ``operation`` created, updated or withdrawn; ``moved`` to another county."""

    subject_id: UUID
    at: datetime
    operation: str
    after: Cursor
    moved: bool = False


def changes_since(scope: Scope, data_set: str, since: Cursor, *, limit: int) -> Sequence[Change]:
    """At most ``limit`` changes after a cursor within the scope's divisions, in their order (取变更).

    Read as the node, by the scope's divisions: the outbox holds identities only, and
    what changed is read as the scope. However many subjects an entry names, no more than asked for are taken out of it.
    """
    place_committed()
    asked = _asked(scope, data_set, since, limit) | {"within_entry": since.within}
    with as_node(), connection.cursor() as cursor:
        cursor.execute(READ, asked)
        return [
            Change(subject, at, operation, Cursor(position, n), moved)
            for position, n, at, operation, moved, subject in cursor.fetchall()
        ]


def waiting_after(scope: Scope, data_set: str, since: Cursor, *, most: int) -> int:
    """About how many changes wait after a cursor, of at most ``most`` entries (积压)."""
    with as_node(), connection.cursor() as cursor:
        cursor.execute(WAITING, _asked(scope, data_set, since, most))
        return int(cursor.fetchone()[0])


def end_of_changes() -> Cursor:
    """Behind everything that has its place by now (现在); nothing is ever placed before it."""
    with as_node(), connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(position), 0) FROM grants_changeplace")
        return Cursor(int(cursor.fetchone()[0]) + 1)


def cursor_at(moment: datetime) -> Cursor:
    """Before the first change that was made at a moment or later (某时起的游标); what it costs grows with what follows."""
    with as_node(), connection.cursor() as cursor:
        cursor.execute(FIRST_AT, [moment])
        found = cursor.fetchone()
    return Cursor(int(found[0]) + 1) if found else Cursor()


def _asked(scope: Scope, data_set: str, since: Cursor, limit: int) -> dict[str, str | int]:
    # What belongs to no known division is the province's.
    return {
        "position": since.position, "data_set": data_set, "within": f"{scope.prefix}%", "whole": len(scope.prefix) <= 2,
        "limit": limit,
    }  # fmt: skip


def place_committed() -> None:
    """Give what has been committed its place (排定次序); if someone else is at it, theirs will do."""
    with as_node(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return
        cursor.execute("SELECT floor, seen, seen_xmax, now() - seen_at FROM grants_changefloor WHERE id = 1")
        known = cursor.fetchone()
        cursor.execute(PLACE, [known[0] if known else 0])
        if known is None or known[3] >= SETTLES_AFTER:
            _settle(cursor, known)


def _settle(cursor: CursorWrapper, known: tuple[int, int, int, timedelta] | None) -> None:
    """Whoever wrote before a minute has ended: up to what was seen then nothing more can come, and it is not looked at again."""
    cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
    (oldest,) = cursor.fetchone()
    if known is not None and oldest < known[2]:
        return
    cursor.execute(
        """INSERT INTO grants_changefloor (id, floor, seen, seen_xmax, seen_at)
        SELECT 1, %s, coalesce(max(id), 0), pg_snapshot_xmax(pg_current_snapshot())::text::bigint, now()
        FROM foundation_outboxentry ON CONFLICT (id) DO UPDATE SET floor = excluded.floor, seen = excluded.seen,
            seen_xmax = excluded.seen_xmax, seen_at = excluded.seen_at""",
        [known[1] if known else 0],
    )
