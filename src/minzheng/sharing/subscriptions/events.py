"""Events of a subscription (事件): the changes after a place, as CloudEvents 1.0, with what the grant gives as it is now.

The order is that of ``changes``. What a filter leaves out is left out by queries: places and kinds of the log, rows and
codes of the register, and whether what is told differs from what was last given. Nothing is kept of what was said but a
keyed digest.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection

from minzheng.foundation.access.standing import as_node
from minzheng.foundation.crypto.fields import blind
from minzheng.sharing.grants.changes import Change, Cursor, changes_since, end_of_changes, place_committed
from minzheng.sharing.grants.granted.reading import by_ids, shown
from minzheng.sharing.grants.granted.sample import FIRST_DAY, rows
from minzheng.sharing.grants.models import Grant
from minzheng.sharing.subscriptions.filtering import Filter
from minzheng.sharing.subscriptions.models import Subscription
from minzheng.sharing.subscriptions.terms import CLOUD_EVENTS, MOST_EVENTS

# One subject is told once a batch: what it is now takes in all its changes. A row that is not (or no longer) shown is told
# as withdrawn where the change says so, or where the subscriber was given it; not to who never heard of it.
TOLD = """
SELECT n, kind FROM (
    SELECT DISTINCT ON (c.id) c.n, c.kind FROM (
        SELECT *, CASE WHEN digest IS NULL THEN 'withdrawn' WHEN operation = 'created' THEN 'created' ELSE 'updated' END AS kind
        FROM unnest(%(n)s::int[], %(id)s::uuid[], %(digest)s::uuid[], %(operation)s::text[], %(left)s::bool[])
            r (n, id, digest, operation, has_left)) c
    LEFT JOIN subscriptions_given g ON g.subscription_id = %(subscription)s AND g.subject_id = c.id
    WHERE c.kind = ANY (%(kinds)s) AND CASE
        WHEN c.digest IS NOT NULL THEN g.id IS NULL OR g.digest IS DISTINCT FROM c.digest OR g.position > %(since)s
        WHEN g.id IS NULL THEN c.has_left
        ELSE g.digest IS NOT NULL OR g.position > %(since)s END
    ORDER BY c.id, c.n) t
ORDER BY n
"""
GIVE = """
INSERT INTO subscriptions_given (subscription_id, subject_id, digest, position)
SELECT %(subscription)s, * FROM unnest(%(id)s::uuid[], %(digest)s::uuid[], %(position)s::bigint[])
ON CONFLICT (subscription_id, subject_id) DO UPDATE SET digest = excluded.digest, position = excluded.position
"""


@dataclass(frozen=True, slots=True)
class Batch:
    """Events in order (一批事件): ``after`` is behind the last of them and all that was left out; ``more`` may follow at once."""

    events: list[dict[str, Any]]
    after: Cursor
    more: bool
    given: dict[UUID, UUID | None]


def read(subscription: Subscription, grant: Grant, since: Cursor, *, limit: int = MOST_EVENTS) -> Batch:
    """What is to be told after a place (取事件); nothing is written."""
    if grant.client.is_test:
        return _sample(subscription, grant, since, limit)
    wanted = Filter.kept(subscription.filter)
    scope = wanted.scope(grant)
    place_committed()
    end = end_of_changes()
    changed = changes_since(scope, subscription.data_set, since, limit=limit)
    more = len(changed) == limit
    after = changed[-1].after if more else max(since, end, *(one.after for one in changed[-1:]))
    if not changed:
        return Batch([], after, more, {})
    ids = list(dict.fromkeys(one.subject_id for one in changed))
    now = by_ids(scope, grant, ids, wanted.fields or None, wanted.codes)
    data = {row.id: shown(grant, row) for row in now.values()}
    digests = {one: blind("digest", json.dumps(said, sort_keys=True)) for one, said in data.items()}
    told = _told(subscription, wanted, since, changed, digests)
    events = [event(subscription, changed[n], kind, data.get(changed[n].subject_id)) for n, kind in told]
    given = {changed[n].subject_id: digests.get(changed[n].subject_id) for n, _ in told}
    return Batch(events, after, more, given)


def give(subscription: Subscription, batch: Batch) -> None:
    """Remember what was given (记已给)."""
    if batch.given:
        with as_node(), connection.cursor() as cursor:
            cursor.execute(GIVE, {
                "subscription": subscription.pk, "id": list(batch.given), "digest": list(batch.given.values()),
                "position": [batch.after.position] * len(batch.given),
            })  # fmt: skip


def event(
    subscription: Subscription, change: Change, kind: str, data: Mapping[str, Any] | None
) -> dict[str, Any]:
    """One CloudEvent (事件): its id is its place in the order, the same whenever it is told."""
    return _event(subscription.data_set, change.subject_id, change.at, kind, change.after, data)


def as_json(said: Any) -> bytes:
    """As it goes out (序列化)."""
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def _told(
    subscription: Subscription,
    wanted: Filter,
    since: Cursor,
    changed: Sequence[Change],
    digests: Mapping[UUID, UUID],
) -> list[tuple[int, str]]:
    with as_node(), connection.cursor() as cursor:
        cursor.execute(TOLD, {
            "subscription": subscription.pk, "since": since.position, "kinds": list(wanted.kinds),
            "n": list(range(len(changed))), "id": [one.subject_id for one in changed],
            "digest": [digests.get(one.subject_id) for one in changed],
            "operation": [one.operation for one in changed],
            "left": [one.moved or one.operation == "withdrawn" for one in changed],
        })  # fmt: skip
        return [(int(n), str(kind)) for n, kind in cursor.fetchall()]


def _event(
    data_set: str, subject: UUID, at: datetime, kind: str, place: Cursor, data: Mapping[str, Any] | None
) -> dict[str, Any]:
    return {
        "specversion": CLOUD_EVENTS, "id": str(place), "source": f"urn:minzheng:{settings.NODE_DIVISION_CODE}:{data_set}",
        "type": f"minzheng.{data_set}.{kind}", "subject": str(subject), "time": at.isoformat(),
        "datacontenttype": "application/json", "dataschema": f"urn:minzheng:data-set:{data_set}",
        "sequence": f"{place.position:019d}.{place.within:07d}", "data": {"id": str(subject), **(data or {})},
    }  # fmt: skip


def _sample(subscription: Subscription, grant: Grant, since: Cursor, limit: int) -> Batch:
    """A test system is told of the sample and of nothing else."""
    wanted = Filter.kept(subscription.filter)
    found = [row for row in rows(grant) if row.id.int > since.position][:limit]
    at = datetime.fromisoformat(f"{FIRST_DAY.isoformat()}T08:00:00+08:00")
    said = [
        _event(subscription.data_set, row.id, at, "created", Cursor(row.id.int, 1), {
            name: value for name, value in shown(grant, row).items() if not wanted.fields or name in wanted.fields})
        for row in found
    ]  # fmt: skip
    return Batch(said, Cursor(found[-1].id.int, 1) if found else since, False, {})
