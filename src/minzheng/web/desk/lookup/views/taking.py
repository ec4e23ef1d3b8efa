"""Results taken away as a file (导出查询结果): asks for the purpose; audited before the file leaves."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods

from minzheng.foundation.access.rules import requires
from minzheng.stewardship.lookup.exporting import FORMS, ROWS_AT_MOST
from minzheng.stewardship.lookup.services import LONGEST_PURPOSE, SHORTEST_PURPOSE, take_away
from minzheng.stewardship.lookup.terms import LEADS_TO, Kind
from minzheng.web.desk.lookup.last import READERS, last
from minzheng.web.desk.requests import acting_user, address, is_fragment, scope_of


@requires(*READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def take(request: HttpRequest) -> HttpResponse:
    """The question for the purpose, then the file (导出)."""
    asked, given = last(request), request.POST if request.method == "POST" else request.GET
    kind = given.get("kind", "")
    if not asked.text or kind not in LEADS_TO[asked.recognised.kind]:
        return redirect("desk:lookup:search")
    purpose, form = (
        request.POST.get("purpose", "").strip()[:LONGEST_PURPOSE],
        request.POST.get("form", "xlsx"),
    )
    if request.method != "POST" or len(purpose) < SHORTEST_PURPOSE or form not in FORMS:
        return _question(request, kind, "请写明用途。" if request.method == "POST" else "")
    file = take_away(
        scope_of(request), asked.of(kind), form=form, purpose=purpose,
        by=acting_user(request), at=timezone.now(), ip=address(request),
    )  # fmt: skip
    answer = HttpResponse(file.content, content_type=file.content_type)
    answer.headers["Content-Disposition"] = content_disposition_header(True, file.name) or ""
    return answer


def _question(request: HttpRequest, kind: str, problem: str) -> HttpResponse:
    context = {
        "kind": Kind(kind),
        "problem": problem,
        "at_most": ROWS_AT_MOST,
        "in_dialog": is_fragment(request),
    }
    if is_fragment(request):
        answer = render(request, "desk/lookup/export_form.html", context)
        answer.headers["HX-Retarget"], answer.headers["HX-Reswap"] = "#dialog", "innerHTML"
        return answer
    return render(request, "desk/lookup/export.html", context, status=422 if problem else 200)
