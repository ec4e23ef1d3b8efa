"""Which way a change goes (分发): committed outbox entries get their place in the stream of every member they belong to.

Down the one road that leads to the division (a city's node keeps its counties' changes too, unless they have a node below it),
up the one road there is, never back where the change came from. Who has moved goes whole to the new place, and the old one
is told. The place is given by one
process at a time, after the commit: numbers the writers drew themselves would become visible out of order.
"""

from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache

from django.conf import settings
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from minzheng.foundation.members.models import Member
from minzheng.foundation.outbox.models import OutboxEntry
from minzheng.kernel.division import PREFIX_LENGTHS, covers, prefix
from minzheng.sharing.between import disputes
from minzheng.sharing.between.carried import going, record_feeds
from minzheng.sharing.between.terms import DISPUTES, GONE, HOME, MOVED, PERSONS, WHOLE
from minzheng.standards.errors import UnknownStandardError
from minzheng.standards.queries import division_tree, map_division
from minzheng.standards.queries.tree import DivisionTree

ROUTER_LOCK = 7023  # one router at a time
CHANNEL = "minzheng_dispatch"  # whoever routes says for whom, so that those who wait for it elsewhere wake
ENTRIES, SLICE = 2_000, 2_000
PREFIXES = sorted(set(PREFIX_LENGTHS.values()))


@dataclass(frozen=True)
class Peers:
    """Who is next to this node (邻接成员): ``below`` those whose upper it is, ``above`` its own upper or None."""

    below: tuple[Member, ...]
    above: Member | None
    me: Member | None = None

    def roads(self, division: str, former: str, origin: str, operation: str) -> list[tuple[str, str]]:
        """(member, operation) of the peers a change goes to. The upper node notices moves by itself.

        A member in whose division both places lie has all there is already, and hears of the change itself.
        """
        if operation == HOME:  # it goes to whoever has a part of the subjects
            return []
        here = self.bearing(current(division))
        if operation == MOVED:
            there = self.bearing(former)
            found = [(code, WHOLE) for code in here if code not in there]
            found += [(code, GONE) for code in there if code not in here]
        else:
            found = [(code, operation) for code in here]
        if operation != MOVED and self.above is not None:
            found.append((self.above.code, operation))
        return [(code, what) for code, what in found if code != origin]

    def bearing(self, division: str) -> list[str]:
        """The members below in whose division one lies (辖区成员): asked by the division's beginnings, not member by member."""
        return [
            code
            for length in PREFIXES
            for code in self._lands.get(division[:length], ())
            if len(division) >= length
        ]

    @cached_property
    def _lands(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for one in self.below:
            found.setdefault(prefix(one.division_code), []).append(one.code)
        return found


def _left(member: Member) -> bool:
    """Whether a member is believed no more: what it would be given waits for whoever takes its place."""
    return member.revoked_at is not None and member.revoked_at <= timezone.now()


def peers() -> Peers:
    """The members next to this node (邻接成员)."""
    own = settings.NODE_DIVISION_CODE
    nodes = {one.code: one for one in Member.objects.filter(kind=Member.NODE) if not _left(one)}
    me = nodes.get(own)
    below = tuple(sorted((one for one in nodes.values() if one.upper_code == own), key=lambda one: one.code))
    return Peers(below, nodes.get(me.upper_code) if me is not None else None, me)


def current(code: str) -> str:
    """The division that a code's territory belongs to today (现属区划): where a county was merged, the one it went to.

    A county that was divided stays what it was: its records lie with the city until their townships tell.
    """
    if not code:
        return ""
    today = timezone.localdate()
    try:
        parts = map_division(code, from_on=today, to_on=today)
    except UnknownStandardError:
        return code
    return parts[0].code if len(parts) == 1 else code


def route_all() -> set[str]:
    """Give all waiting entries their places; returns the members for whom something is new (分发)."""
    told: set[str] = set()
    if disputes.waiting():
        around = peers()
        told |= disputes.place(around.below, around.above)
    while (found := _route()) is not None:
        told |= found
    return told


def _route() -> set[str] | None:
    """Some of them, in one transaction; None where none waits."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ROUTER_LOCK])
        waiting = OutboxEntry.objects.filter(routed=False).order_by("id")[:ENTRIES]
        ids = list(waiting.values_list("id", flat=True))
        if not ids:
            return None
        chosen = OutboxEntry.objects.filter(id__in=ids)
        kinds = chosen.values_list("division_code", "former_code", "origin", "operation").distinct()
        around = peers()
        roads = [(*kind, *road) for kind in kinds for road in around.roads(*kind)]
        if roads:
            cursor.execute(_PLACES, [*map(list, zip(*roads, strict=True)), ids])
        cursor.execute(_PARTLY, [ids])
        told = {code for (code,) in cursor.fetchall()}
        OutboxEntry.objects.filter(id__in=ids).update(routed=True)
        told |= {code for *_, code, _ in roads}
        cursor.execute("SELECT pg_notify(%s, code) FROM unnest(%s::text[]) code", [CHANNEL, sorted(told)])
        return told


_PLACES = f"""INSERT INTO between_dispatch
    (peer_code, data_set, operation, division_code, former_code, subject_ids, changed_by, changed_at)
    SELECT r.peer, e.data_set, r.what, e.division_code, e.former_code,
        e.subject_ids[n * {SLICE} + 1:(n + 1) * {SLICE}], e.batch_id, e.at
    FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[])
        r (division_code, former_code, origin, operation, peer, what)
    JOIN foundation_outboxentry e USING (division_code, former_code, origin, operation)
    CROSS JOIN LATERAL generate_series(0, (cardinality(e.subject_ids) - 1) / {SLICE}) n
    WHERE e.id = ANY(%s) ORDER BY e.id, n"""


# Where someone is registered concerns whoever has a part of him; the entry names him, and who he turned out to be.
_PARTLY = f"""INSERT INTO between_dispatch (peer_code, data_set, operation, division_code, subject_ids, changed_at)
    SELECT h.peer_code, '{PERSONS}', '{HOME}', e.division_code, array_agg(DISTINCT h.person_id), e.at
    FROM foundation_outboxentry e CROSS JOIN LATERAL unnest(e.subject_ids) q (id) JOIN between_partly h ON h.person_id = q.id
    WHERE e.id = ANY(%s) AND e.operation IN ('{MOVED}', '{HOME}') AND e.origin <> h.peer_code
    GROUP BY e.id, h.peer_code, e.division_code, e.at RETURNING peer_code"""


_LEAVE_OUT = "DELETE FROM between_dispatch WHERE peer_code = %s AND batch_seq IS NULL AND data_set <> %s"


def everything(peer: Member) -> int:
    """Place all that belongs to a member in its stream, for one who has nothing yet or lost what it had (全量下发).

    What was waiting for others is routed first, so that nothing is placed twice. Returns the number of subjects.
    """
    route_all()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ROUTER_LOCK])
        cursor.execute(_LEAVE_OUT, [peer.code, DISPUTES])
        return sum(_place_all(cursor, peer, data_set, ids) for data_set, ids in _all_of(peer).items())


def territory(peer: Member) -> str:
    """SQL, true of a column ``{c}`` whose division lies with a member now (辖区条件): its codes and those merged into them."""
    return _land(peer.division_code, division_tree(), timezone.localdate())


@lru_cache(maxsize=256)
def _land(division: str, tree: DivisionTree, _on: date) -> str:
    """Worked out once a day and edition: every batch asks."""
    own, changed = prefix(division), {change.from_code for change in tree.changes}
    merged = sorted(code for code in changed if not code.startswith(own) and covers(division, current(code)))
    left = sorted(code for code in changed if code.startswith(own) and not covers(division, current(code)))
    said = f"{{c}} LIKE '{own}%%'" + "".join(f" OR {{c}} LIKE '{code}%%'" for code in merged)
    return f"(({said})" + "".join(f" AND {{c}} NOT LIKE '{code}%%'" for code in left) + ")"


def territory_of(code: str) -> str:
    """The same of a member by its code; of one that is not in the list, nothing (成员辖区)."""
    member = Member.objects.filter(code=code).first()
    return territory(member) if member is not None else "(false AND {c} IS NULL)"


def _all_of(peer: Member) -> dict[str, str]:
    """Data set → query of all ids that belong to a member: what lies in its division, or for the upper one, everything."""
    below = peer.upper_code == settings.NODE_DIVISION_CODE
    where = territory(peer) if below else "true"
    found = {
        PERSONS: f"SELECT id FROM registry_person WHERE superseded_by IS NULL AND {where.format(c='hukou_division_code')}"
    }
    for data_set, model in record_feeds().items():
        found[data_set] = (
            f"SELECT t.id FROM {model._meta.db_table} t JOIN registry_source s ON s.id = t.source_id AND s.feed = '{data_set}' "
            f"WHERE t.recorded_to IS NULL AND {where.format(c='t.division_code')} AND NOT EXISTS ("
            "SELECT 1 FROM registry_personclaim c JOIN registry_person p ON p.id = c.person_id WHERE c.record_id = t.id "
            f"AND p.superseded_by IS NULL AND {where.format(c='p.hukou_division_code')} "
            f"AND {going('c')})"  # those go with their persons
        )
    return found


def _place_all(cursor: CursorWrapper, peer: Member, data_set: str, ids: str) -> int:
    """In slices, each entry as one of the outbox would be."""
    cursor.execute(
        f"""WITH numbered AS (SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM ({ids}) q)
        INSERT INTO between_dispatch (peer_code, data_set, operation, division_code, subject_ids, changed_at)
        SELECT %s, %s, '{WHOLE}', %s, array_agg(id ORDER BY n), now() FROM numbered GROUP BY n / {SLICE} ORDER BY n / {SLICE}
        RETURNING cardinality(subject_ids)""",
        [peer.code, data_set, peer.division_code],
    )
    return sum(count for (count,) in cursor.fetchall())
