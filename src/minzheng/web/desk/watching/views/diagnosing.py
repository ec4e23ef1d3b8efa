"""Testing the road to every peer (链路诊断)."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from minzheng.foundation.access.rules import requires
from minzheng.foundation.access.standing import as_node
from minzheng.foundation.accounts.terms import Role
from minzheng.foundation.audit.services import record
from minzheng.sharing.watching.diagnosing import road
from minzheng.web.desk.requests import acting_user, address, scope_of


@requires(Role.DATA_OFFICER, Role.ADMINISTRATOR)
@require_http_methods(["GET", "HEAD", "POST"])
def diagnose(request: HttpRequest) -> HttpResponse:
    """The peers next to this node; asked by POST, the road to one or all of them is tested, as the node (链路诊断)."""
    scope = scope_of(request)
    near = [(one, above) for one, above in road.neighbours() if above or scope.covers(one.division_code)]
    results = []
    if request.method == "POST":
        code = request.POST.get("peer", "")[:32]
        chosen = [(one, above) for one, above in near if code in ("", one.code)]
        if code and not chosen:
            raise Http404
        with as_node():
            results = [road.diagnose(one, above=above) for one, above in chosen]
        for found in results:
            record(
                by=acting_user(request), action="road.diagnose", object_kind="member", object_id=found.code,
                result="ok" if found.tone != "bad" else "failed", ip=address(request), at=timezone.now(),
            )  # fmt: skip
    context = {"near": near, "results": results, "now": timezone.now()}
    return render(request, "desk/watching/diagnose.html", context)
