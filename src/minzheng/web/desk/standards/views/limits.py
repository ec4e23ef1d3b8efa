"""Parameters, time limits and when one ends (参数、时限、期限计算)."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from minzheng.foundation.access.rules import authenticated
from minzheng.standards import queries
from minzheng.standards.due import Due, due
from minzheng.standards.errors import UnknownStandardError
from minzheng.standards.terms import LIMIT_UNITS
from minzheng.web.desk.standards.asked import day_of, last_division


@authenticated
@require_safe
def parameters(request: HttpRequest) -> HttpResponse:
    """All parameters by key, place and time (参数)."""
    text = request.GET.get("q", "").strip()
    found = [p for p in queries.rulebook().parameters() if text in f"{p.key} {p.name}"]
    found.sort(key=lambda p: (p.key, p.division_code, str(p.effective_from or "")))
    return render(request, "desk/standards/parameters.html", {"q": text, "parameters": found})


@authenticated
@require_safe
def time_limits(request: HttpRequest) -> HttpResponse:
    """All limits, and the calculator (时限)."""
    text = request.GET.get("q", "").strip()
    every = queries.rulebook().time_limits()
    found = [(limit, LIMIT_UNITS[limit.unit]) for limit in every if text in limit.step]
    context = {
        "q": text,
        "limits": found,
        "steps": sorted({limit.step for limit in every}),
        "options": queries.division_tree().children(settings.NODE_DIVISION_CODE),
        "node": settings.NODE_DIVISION_CODE,
        "today": timezone.localdate(),
    }
    return render(request, "desk/standards/time_limits.html", context | _counted(request))


def _counted(request: HttpRequest) -> dict[str, Due | str | None]:
    step = request.GET.get("step", "").strip()
    if not step:
        return {}
    start, problem = day_of(request, "start")
    asked: dict[str, Due | str | None] = {"step": step, "start": request.GET.get("start", "")}
    if start is None:
        return asked | {"problem": problem or "请填写起始日期"}
    try:
        place = last_division(request) or settings.NODE_DIVISION_CODE
        return asked | {"due": due(step, start=start, division_code=place)}
    except UnknownStandardError as error:
        return asked | {"problem": str(error)}
