"""Whether everything of one's own has come down (数据回流): what there should be, what is there, what is missing; sent again."""

from itertools import groupby

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from minzheng.foundation.access.rules import requires
from minzheng.foundation.access.standing import as_node
from minzheng.foundation.accounts.terms import Role
from minzheng.sharing.between import jobs, queries, routing
from minzheng.sharing.between.models import Completeness
from minzheng.web.desk.places import division_name
from minzheng.web.desk.quality.shown import feed_label
from minzheng.web.desk.requests import acting_user, or_404, scope_of

READERS = (Role.DATA_OFFICER, Role.REVIEWER)


@requires(*READERS)
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """By node, division and data set: the last check (数据回流)."""
    scope = scope_of(request)
    with as_node():  # the members' list and the queue are the node's
        around, state = routing.peers(), jobs.state()
        roads = queries.roads(at=timezone.now())
    names = {one.code: one.name for one in (*around.below, *([around.me] if around.me else []))}
    own = str(settings.NODE_DIVISION_CODE)
    rows = queries.completeness(scope, [own, *(one.code for one in around.below)])
    nodes = [
        (
            names.get(code) or division_name(code),
            code == own,
            queries.in_all(found),
            found[0].checked_at,
            [_shown(one) for one in found],
        )
        for code, found in ((code, list(some)) for code, some in groupby(rows, key=lambda one: one.peer_code))
    ]
    context = {
        "nodes": nodes, "above": around.above, "state": state, "own": queries.in_all(r for r in rows if r.peer_code == own),
        "stuck": [(one["name"], one["stuck"]) for one in roads if one["stuck"]],
        "unchecked": [one.name for one in around.below if one.code not in {row.peer_code for row in rows}],
        "may_act": acting_user(request).has_role(Role.DATA_OFFICER) and around.above is not None,
    }  # fmt: skip
    return render(request, "desk/returning/overview.html", context)


@requires(*READERS)
@require_safe
def gaps(request: HttpRequest, row_id: int) -> HttpResponse:
    """What differs in one line (差异项)."""
    row, found = or_404(queries.gaps(scope_of(request), row_id))
    return render(
        request,
        "desk/returning/gaps.html",
        {"row": _shown(row), "gaps": found, "more": row.missing + row.extra - len(found)},
    )


@requires(Role.DATA_OFFICER)
@require_POST
def check(request: HttpRequest) -> HttpResponse:
    """Ask the upper node now (立即核对)."""
    return _later(request, make_good=False, said="已开始与上级核对，完成后刷新本页即可看到。")


@requires(Role.DATA_OFFICER)
@require_POST
def again(request: HttpRequest) -> HttpResponse:
    """Have what is missing sent again (补发)."""
    return _later(request, make_good=True, said="已请上级补发缺少的数据，到达后请再核对一次。")


def _later(request: HttpRequest, *, make_good: bool, said: str) -> HttpResponse:
    user = acting_user(request)
    with as_node():
        queued = jobs.check_later(user, make_good=make_good)
    messages.success(request, said) if queued else messages.info(request, "已有一次核对在排队，请稍候。")
    return redirect("desk:returning:overview")


def _shown(row: Completeness) -> Completeness:
    row.label = feed_label(row.data_set)  # type: ignore[attr-defined]
    row.share = queries.in_all([row])  # type: ignore[attr-defined]
    return row
