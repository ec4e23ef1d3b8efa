"""From two files to a comparison under way (名单比对)."""

from typing import Any, BinaryIO, cast
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from minzheng.exchange.errors import FileRefusedError
from minzheng.foundation.access.rules import requires
from minzheng.foundation.accounts.terms import Role
from minzheng.stewardship.compare import jobs, queries, services
from minzheng.stewardship.compare.models import CompareRun
from minzheng.stewardship.compare.spec import SpecError
from minzheng.stewardship.compare.terms import State
from minzheng.web.desk.compare.mapping import KINDS, document_of, rows_of
from minzheng.web.desk.compare.views.result import result_context
from minzheng.web.desk.requests import acting_user, is_fragment, scope_of

READERS = (Role.CLERK, Role.REVIEWER, Role.DATA_OFFICER)
SUFFIXES = (".csv", ".txt", ".tsv", ".xlsx")
LISTED = 50


@requires(*READERS)
@require_http_methods(["GET", "POST"])
def home(request: HttpRequest) -> HttpResponse:
    """One's own comparisons, and the form that takes lists (名单比对)."""
    if request.method == "POST":
        return _take(request)
    return _home(request)


@requires(*READERS)
@require_safe
def run(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """A comparison: columns to be said, progress, or the result (比对任务)."""
    found = own_run(request, run_id)
    if found.state == State.FINISHED:
        return render(request, "desk/compare/result.html", result_context(request, found))
    if found.under_way:
        return render(request, "desk/compare/run.html", _state(found))
    return render(request, "desk/compare/columns.html", _columns(found))


@requires(*READERS)
@require_POST
def start(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Take the mapping and let the comparison begin (开始比对)."""
    found = own_run(request, run_id)
    try:
        services.start(
            found, document_of(found, request.POST.dict()), one_to_one=bool(request.POST.get("one_to_one")),
            purpose=request.POST.get("purpose", ""), by=acting_user(request), at=timezone.now(),
        )  # fmt: skip
    except (SpecError, services.CompareRefusedError) as refused:
        context = _columns(found, request) | {"problem": f"{refused}。"}
        return render(request, "desk/compare/columns.html", context, status=422)
    jobs.run_later(found.id)
    return redirect("desk:compare:run", found.id)


@requires(*READERS)
@require_safe
def state(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """The part that asks again every second; once the run is over, the whole page (进度)."""
    found = own_run(request, run_id)
    if not found.under_way:
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return render(request, "desk/compare/parts/state.html", _state(found))


@requires(*READERS)
@require_POST
def again(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Let a comparison that was interrupted wait for a worker once more (重新开始)."""
    try:
        found = services.take_again(own_run(request, run_id), at=timezone.now())
    except services.CompareRefusedError as refused:
        messages.error(request, f"{refused}。")
    else:
        jobs.run_later(found.id)
        messages.success(request, "已重新开始。")
    return redirect("desk:compare:run", run_id)


@requires(*READERS)
@require_POST
def delete(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Delete lists and results before their time (删除)."""
    services.delete(own_run(request, run_id), by=acting_user(request), at=timezone.now())
    messages.success(request, "名单和比对结果已删除。")
    return redirect("desk:compare:home")


def own_run(request: HttpRequest, run_id: UUID) -> CompareRun:
    """A comparison of the user's own; anyone else's is not there (本人的比对)."""
    found = queries.run_in(scope_of(request), run_id)
    if found is None:
        raise Http404
    return found


def _take(request: HttpRequest) -> HttpResponse:
    left, right = request.FILES.get("left"), request.FILES.get("right")
    problem = "" if left else "请选择左表文件。"
    for file in (left, right):
        problem = problem or _problem(file)
    if not problem and left is not None:
        names = [file.name or "" for file in (left, right) if file is not None]
        try:
            found = services.receive_lists(
                cast("BinaryIO", left), cast("BinaryIO", right) if right else None,
                names=names, by=acting_user(request), at=timezone.now(),
            )  # fmt: skip
        except FileRefusedError as refused:
            problem = f"{refused}。"
        else:
            place = reverse("desk:compare:run", args=[found.id])
            if is_fragment(request):
                return HttpResponse(status=204, headers={"HX-Redirect": place})
            return redirect(place)
    if is_fragment(request):
        return render(request, "desk/parts/problem.html", {"problem": problem})
    return _home(request, problem)


def _problem(file: Any) -> str:
    if file is None:
        return ""
    if not (file.name or "").lower().endswith(SUFFIXES):
        return f"不认识“{file.name}”这种文件, 请交 CSV 或 XLSX。"
    return "" if file.size else f"“{file.name}”是空文件。"


def _home(request: HttpRequest, problem: str = "") -> HttpResponse:
    context = {
        "runs": queries.runs(scope_of(request))[:LISTED],
        "limit": settings.UPLOAD_LIMIT_BYTES,
        "days": services.KEPT_FOR.days,
        "problem": problem,
    }
    return render(request, "desk/compare/home.html", context, status=422 if problem else 200)


def _columns(found: CompareRun, request: HttpRequest | None = None) -> dict[str, Any]:
    said = request.POST.dict() if request else None
    return {
        "run": found,
        "rows": rows_of(found, said),
        "kinds": KINDS,
        "others": [heading for heading in found.headings.get("right", []) if heading],
        "lefts": [heading for heading in found.headings["left"] if heading],
        "key_left": said.get("key-left", "") if said else found.guessed["key"].get("left", ""),
        "key_right": said.get("key-right", "") if said else found.guessed["key"].get("right", ""),
        "purpose": said.get("purpose", "") if said else found.purpose,
        "one_to_one": bool(said.get("one_to_one")) if said else bool(found.right_name),
        "problem": found.problem,
    }


def _state(found: CompareRun) -> dict[str, Any]:
    return {"run": found, "lost": services.is_lost(found, at=timezone.now())}
