"""How the feeds are doing (接口监控): all of them, one, what runs just now."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from minzheng.exchange.models import Batch
from minzheng.exchange.queries import batches
from minzheng.foundation.access.rules import requires
from minzheng.foundation.accounts.terms import Role
from minzheng.stewardship.resources.queries import feeds as queries
from minzheng.stewardship.resources.queries import tallies
from minzheng.web.desk.batch_view import as_shown
from minzheng.web.desk.intakes.terms import MANAGERS
from minzheng.web.desk.requests import acting_user, scope_of
from minzheng.web.desk.resources.views.settings import may_set
from minzheng.web.desk.views.batches import READERS as BATCH_READERS

READERS = (*BATCH_READERS, Role.ADMINISTRATOR)
RECENT = 10


@requires(*READERS)
@require_safe
def feeds(request: HttpRequest) -> HttpResponse:
    """Every feed against its promise, the last thirty days, files given back, databases (接口监控)."""
    scope, now = scope_of(request), timezone.now()
    found = queries.watched_feeds(scope, at=now)
    sources = [source for feed in found for source in feed.sources]
    tally = sum((feed.tally for feed in found), tallies.Tally())
    context = {
        "feeds": found,
        "sees_any": bool(sources),
        "late": [source for source in sources if source.standing.state.is_late],
        "fetched": [source for source in sources if source.fetched],
        "may_manage": acting_user(request).has_role(*MANAGERS),
        "refused": [as_shown(batch) for batch in queries.refused_files(scope, at=now)],
        "running": [as_shown(batch) for batch in queries.running(scope)],
        "trend": tallies.trend(scope, None, at=now),
        "tally": tally,
        "now": now,
    }
    return render(request, "desk/resources/feeds.html", context)


@requires(*READERS)
@require_safe
def feed(request: HttpRequest, key: str) -> HttpResponse:
    """One feed: its sources, day by day, its latest batches and the files given back (数据集接口)."""
    scope, now = scope_of(request), timezone.now()
    found = next((one for one in queries.watched_feeds(scope, at=now) if one.key == key), None)
    if found is None:
        raise Http404
    context = {
        "feed": found,
        "trend": tallies.trend(scope, key, at=now),
        "refused": [as_shown(batch) for batch in queries.refused_files(scope, at=now, key=key)],
        "batches": _recent(request, key),
        "may_set": may_set(request),
    }
    return render(request, "desk/resources/feed.html", context)


def _recent(request: HttpRequest, key: str) -> list[Batch]:
    """The latest batches, where the user may open one."""
    if not acting_user(request).has_role(*BATCH_READERS):
        return []
    return [as_shown(batch) for batch in batches(scope_of(request), feed=key).defer("plan")[:RECENT]]


@requires(*READERS)
@require_safe
def running(request: HttpRequest) -> HttpResponse:
    """The batches under way; the part of the page that asks again (正在处理)."""
    found = [as_shown(batch) for batch in queries.running(scope_of(request))]
    return render(request, "desk/resources/running.html", {"running": found})
