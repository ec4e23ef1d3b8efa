"""How the feeds are doing, as plain data for commands (接口情况报告)."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from minzheng.foundation.access.scope import Scope
from minzheng.standards.queries import data_set
from minzheng.stewardship.resources.queries.feeds import WatchedSource, watched_feeds
from minzheng.stewardship.resources.queries.tallies import Tally


def feed_report(scope: Scope, *, at: datetime) -> list[dict[str, Any]]:
    """Every feed with its columns, its sources against their promise and the last thirty days (接口情况)."""
    return [
        {
            "feed": feed.key,
            "name": feed.label,
            "cycle": feed.cycle,
            "state": str(feed.state),
            "state_label": feed.state.label,
            "last_arrival": timezone.localtime(feed.last_at) if feed.last_at else None,
            **_tally(feed.tally),
            "sources": [_source(source) for source in feed.sources],
            "columns": [{"heading": f.heading, "required": f.required} for f in data_set(feed.key).fields],
        }
        for feed in watched_feeds(scope, at=at)
    ]


def _source(source: WatchedSource) -> dict[str, Any]:
    fetched = source.fetched
    return {
        "source": source.name,
        "cycle": source.cycle,
        "expected": source.expected,
        "last_arrival": timezone.localtime(source.last_at) if source.last_at else None,
        "batch": str(source.last_batch.id) if source.last_batch else None,
        "due_on": source.standing.due_on,
        "workdays_late": source.standing.workdays_late,
        "state": str(source.standing.state),
        "state_label": source.standing.state.label,
        **_tally(source.tally),
        "fetched": {"by": fetched.get_kind_display(), "state": fetched.state, "problem": fetched.problem}
        if fetched
        else None,
    }


def _tally(tally: Tally) -> dict[str, Any]:
    return {
        "batches": tally.batches,
        "refused": tally.refused,
        "read": tally.read,
        "accepted": tally.accepted,
        "quarantined": tally.quarantined,
        "review": tally.review,
        "seconds": round(tally.seconds, 3),
        "rows_per_s": tally.rows_per_s,
    }
