"""What a request asks of the worklist (清单条件): filters, and where in the list one stands."""

from datetime import date
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict

from minzheng.foundation.access.scope import Scope
from minzheng.kernel.division import normalise
from minzheng.stewardship.signals.queries import Wanted, kinds_in
from minzheng.stewardship.signals.terms import State

ALL = "all"


def wanted_of(scope: Scope, said: QueryDict) -> Wanted:
    """The filters as said; without any, what is still to be looked at. What cannot be is left out."""
    kind = said.get("kind", "")
    state = said.get("state", State.NEW.value)
    return Wanted(
        kind=kind if kind in kinds_in(scope) else None,
        state=state if state in State.values else None,
        division=_division(scope, said.get("division", "")),
        overdue=said.get("overdue") == "1",
    )


def query_of(wanted: Wanted) -> str:
    """The filters as a query string, for links that keep them (保留条件)."""
    said = {"state": wanted.state or ALL}
    if wanted.kind:
        said["kind"] = wanted.kind
    if wanted.division:
        said["division"] = wanted.division
    if wanted.overdue:
        said["overdue"] = "1"
    return urlencode(said)


def place_in_list(request: HttpRequest, name: str) -> tuple[date, int] | None:
    """``2026-03-05_123`` as (day, id); None where it is no place (清单位置)."""
    day, _, number = request.GET.get(name, "").partition("_")
    try:
        return date.fromisoformat(day), int(number)
    except ValueError:
        return None


def written(place: tuple[date, int] | None) -> str:
    """A place in the list as a link carries it (写法)."""
    return f"{place[0].isoformat()}_{place[1]}" if place else ""


def _division(scope: Scope, code: str) -> str | None:
    try:
        found = normalise(code)
    except ValueError:
        return None
    return found if scope.covers(found) else None
