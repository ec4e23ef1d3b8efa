"""What claims that move from person to person leave to be settled (拆分合并之后): whose marriage was revoked."""

from collections.abc import Sequence
from uuid import UUID

from minzheng.exchange.declare import feeds
from minzheng.exchange.load import revoking
from minzheng.foundation.database.arrow import Statements
from minzheng.registry.following import when_moved


def _revocations(work: Statements, *, records: str, persons: str, at: str) -> Sequence[UUID]:
    """A revocation means a record of the very persons: who is another now may have one less to be taken back, or one more."""
    found: list[UUID] = []
    for feed in feeds().values():
        if feed.revocation is not None:
            revoking.settle(work, feed, at=at, records=records, persons=persons)
            found += [UUID(row["id"]) for row in work.rows("SELECT id::text AS id FROM settled_person")]
    return found


when_moved("revocations", _revocations)
