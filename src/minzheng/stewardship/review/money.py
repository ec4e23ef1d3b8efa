"""Whether money hangs on it (涉及发放): feeds declare an amount; what touches such a record takes two officials.

Asked for the node, not for the page: an account that may not see the payments does not get round the second official.
"""

from collections.abc import Iterable
from uuid import UUID

from minzheng.exchange.declare import feeds
from minzheng.foundation.database.arrow import bulk


def paying_feeds() -> set[str]:
    """Feeds whose records are payments."""
    return {feed.key for feed in feeds().values() if feed.amount is not None}


def is_paid(persons: Iterable[UUID]) -> bool:
    """Whether any record of money paid speaks of one of these persons now."""
    ids = ", ".join(f"'{UUID(str(one))}'" for one in persons) or "NULL"
    paying = ", ".join(f"'{key}'" for key in sorted(paying_feeds())) or "NULL"
    claims = "registry_personclaim c JOIN registry_source s ON s.id = c.source_id"
    current = f"c.person_id IN ({ids}) AND c.recorded_to IS NULL AND s.feed IN ({paying})"
    with bulk() as work:
        return bool(work.scalar(f"SELECT EXISTS (SELECT 1 FROM {claims} WHERE {current}) AS paid"))  # noqa: S608
