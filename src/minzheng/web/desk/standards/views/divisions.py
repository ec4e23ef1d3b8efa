"""The division tree: browse, history, mapping between days (行政区划)."""

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from minzheng.foundation.access.rules import authenticated
from minzheng.standards import queries
from minzheng.standards.errors import UnknownStandardError
from minzheng.standards.terms import DIVISION_LEVELS
from minzheng.web.desk.standards.asked import day_of, missing


@authenticated
@require_safe
def divisions(request: HttpRequest) -> HttpResponse:
    """The top of the tree (行政区划)."""
    on, problem = day_of(request, "on")
    tops = queries.divisions(level="province", on=on)
    context = {"children": [(s, DIVISION_LEVELS[s.level]) for s in tops], "on": on, "problem": problem}
    return render(request, "desk/standards/divisions.html", context)


@authenticated
@require_safe
def division(request: HttpRequest, code: str) -> HttpResponse:
    """One division: path, what stands below, history, and what it was or became (区划)."""
    tree = queries.division_tree()
    on, problem = day_of(request, "on")
    try:
        spec, path = tree.get(code, on=on), tree.path(code, on=on)
    except UnknownStandardError as error:
        raise missing(error) from error
    context = {
        "spec": spec,
        "level": DIVISION_LEVELS[spec.level],
        "valid": spec.valid_on(on or timezone.localdate()),
        "path": path[:-1],
        "full_name": "".join(step.name for step in path),
        "children": [(child, DIVISION_LEVELS[child.level]) for child in tree.children(code, on=on)],
        "spans": tree.spans(code),
        "changes": [c for c in tree.changes if code in (c.from_code, c.to_code)],
        "on": on,
        "problem": problem,
    }
    return render(request, "desk/standards/division.html", context | _mapping(request, code))


def _mapping(request: HttpRequest, code: str) -> dict[str, object]:
    from_on, wrong_from = day_of(request, "from")
    to_on, wrong_to = day_of(request, "to")
    asked: dict[str, object] = {"from_on": from_on, "to_on": to_on, "mapping_problem": wrong_from or wrong_to}
    if from_on or to_on:
        start, end = from_on or date(2013, 1, 1), to_on or timezone.localdate()
        asked |= {
            "mapped": queries.map_division(code, from_on=start, to_on=end),
            "from_on": start,
            "to_on": end,
        }
    return asked


@authenticated
@require_safe
def changes(request: HttpRequest) -> HttpResponse:
    """Every change of the tree, newest first (区划变更)."""
    found = list(reversed(queries.division_tree().changes))
    return render(request, "desk/standards/division_changes.html", {"changes": found})


@authenticated
@require_safe
def options(request: HttpRequest) -> HttpResponse:
    """The next choice of a cascade (下级区划选项); a level the division does not have is left out."""
    chosen = [code for code in request.GET.getlist("division") if code]
    below: list[queries.DivisionSpec] = []
    if chosen:
        try:
            below = queries.division_tree().children(chosen[-1])
        except UnknownStandardError as error:
            raise missing(error) from error
    level = DIVISION_LEVELS[below[0].level] if below else ""
    return render(request, "desk/standards/cascade.html", {"options": below, "level": level})
