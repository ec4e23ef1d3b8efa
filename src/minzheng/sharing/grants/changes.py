"""What has changed in a data set, in one order that can be read again from any place (变更)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from minzheng.foundation.access.scope import Scope
from minzheng.foundation.access.standing import as_node

LOCK = 7041
SETTLES_AFTER = timedelta(seconds=60)
PLACE = """
INSERT INTO grants_changeplace (entry_id)
SELECT o.id FROM foundation_outboxentry o LEFT JOIN grants_changeplace p ON p.entry_id = o.id
WHERE o.id > %s AND p.entry_id IS NULL ORDER BY o.id
"""
READ = """
SELECT p.position, o.at, o.operation, o.subject_ids
FROM grants_changeplace p JOIN foundation_outboxentry o ON o.id = p.entry_id
WHERE p.position >= %s AND o.data_set = %s AND (o.division_code LIKE %s OR (o.division_code = '' AND %s))
ORDER BY p.position LIMIT %s
"""


@dataclass(frozen=True, slots=True)
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
    """Something that changed (变更): ``operation`` created, updated or withdrawn."""

    subject_id: UUID
    at: datetime
    operation: str
    after: Cursor


def changes_since(scope: Scope, data_set: str, since: Cursor, *, limit: int) -> Sequence[Change]:
    """At most ``limit`` changes after a cursor within the scope's divisions, in their order (取变更).

    Read as the node, by the scope's divisions: the outbox holds identities only, and what changed is read as the scope.
    """
    place_committed()
    whole = len(scope.prefix) <= 2  # what belongs to no known division is the province's
    found: list[Change] = []
    with as_node(), connection.cursor() as cursor:
        cursor.execute(READ, [since.position, data_set, f"{scope.prefix}%", whole, limit + 1])
        for position, at, operation, subjects in cursor.fetchall():
            start = since.within if position == since.position else 0
            for n, subject in enumerate(subjects[start : start + limit - len(found)], start + 1):
                found.append(Change(subject, at, operation, Cursor(position, n)))
            if len(found) >= limit:
                break
    return found


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


def _settle(cursor: object, known: tuple[int, int, int, timedelta] | None) -> None:
    """Whoever wrote before a minute has ended: up to what was seen then nothing more can come, and it is not looked at again."""
    cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")  # type: ignore[attr-defined]
    (oldest,) = cursor.fetchone()  # type: ignore[attr-defined]
    if known is not None and oldest < known[2]:
        return
    cursor.execute(  # type: ignore[attr-defined]
        """INSERT INTO grants_changefloor (id, floor, seen, seen_xmax, seen_at)
        SELECT 1, %s, coalesce(max(id), 0), pg_snapshot_xmax(pg_current_snapshot())::text::bigint, now()
        FROM foundation_outboxentry ON CONFLICT (id) DO UPDATE SET floor = excluded.floor, seen = excluded.seen,
            seen_xmax = excluded.seen_xmax, seen_at = excluded.seen_at""",
        [known[1] if known else 0],
    )
