"""The worklist of signals (线索清单)."""

from datetime import date
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from minzheng.foundation.access.rules import requires
from minzheng.foundation.access.scope import Scope
from minzheng.foundation.accounts.terms import Role
from minzheng.foundation.audit.services import record
from minzheng.stewardship.signals import queries
from minzheng.stewardship.signals.queries import KindCounts, Wanted
from minzheng.stewardship.signals.terms import DECISION_LABELS, DECISIONS, State
from minzheng.web.desk.places import division_name
from minzheng.web.desk.requests import acting_user, address, scope_of
from minzheng.web.desk.signals.asked import ALL, place_in_list, query_of, wanted_of, written
from minzheng.web.desk.signals.shown import shown_signals

READERS = (Role.CLERK, Role.REVIEWER, Role.DATA_OFFICER)
PER_PAGE = 50


class Filters(forms.Form):
    """What the list may be narrowed by (筛选)."""

    state = forms.ChoiceField(label="状态", required=False, choices=[(ALL, "全部"), *State.choices])
    kind = forms.ChoiceField(label="类别", required=False)
    division = forms.ChoiceField(label="主办区划", required=False)
    overdue = forms.BooleanField(label="只看逾期", required=False)

    def __init__(self, scope: Scope, wanted: Wanted, *, today: date) -> None:
        super().__init__(
            initial={
                "state": wanted.state or ALL, "kind": wanted.kind or "", "division": wanted.division or "",
                "overdue": wanted.overdue,
            }
        )  # fmt: skip
        kinds = [(key, kind.label) for key, kind in queries.kinds_in(scope).items()]
        places = [
            (code, f"{division_name(code)}（{n}）") for code, n, _ in queries.divisions(scope, today=today)
        ]
        if wanted.division and wanted.division not in dict(places):
            places.append((wanted.division, division_name(wanted.division)))
        self.fields["kind"] = forms.ChoiceField(label="类别", required=False, choices=[("", "全部"), *kinds])
        self.fields["division"] = forms.ChoiceField(
            label="主办区划", required=False, choices=[("", "全部"), *places]
        )
        for name, field in self.fields.items():
            field.widget.attrs["class"] = "form-check-input" if name == "overdue" else "form-select"
        self.fields["overdue"].widget.attrs["value"] = "1"


@requires(*READERS)
@require_safe
def worklist(request: HttpRequest) -> HttpResponse:
    """Figures, filters, the most urgent first, and what can be done with those chosen (线索清单)."""
    scope, today = scope_of(request), timezone.localdate()
    wanted = wanted_of(scope, request.GET)
    after, before = place_in_list(request, "after"), place_in_list(request, "before")
    found = queries.worklist(
        scope, wanted, today=today, limit=PER_PAGE + 1, after=before or after, backwards=before is not None
    )
    more = len(found) > PER_PAGE
    rows = (found[1:] if before else found[:PER_PAGE]) if more else found
    lines = queries.counts(scope, wanted, today=today)
    context: dict[str, Any] = {
        "signals": shown_signals(scope, rows, today=today),
        "form": Filters(scope, wanted, today=today),
        "wanted": wanted,
        "query": query_of(wanted),
        "filtered": bool(wanted.kind or wanted.division or wanted.overdue or wanted.state != State.NEW),
        "lines": lines,
        "figures": _figures(lines),
        "total": total(lines, wanted),
        "decisions": decisions_for(wanted.state),
        "next": written(queries.place_of(scope, rows[-1])) if rows and (more or before) else "",
        "previous": written(queries.place_of(scope, rows[0]))
        if rows and (after or (before and more))
        else "",
    }
    if rows:
        record(
            by=acting_user(request), action="signals.view", object_kind="signals", object_id="",
            detail={"rows": len(rows)}, ip=address(request),
        )  # fmt: skip
    return render(request, "desk/signals/worklist.html", context)


def decisions_for(state: str | None) -> list[tuple[str, str]]:
    """(state, label) of what can be done with signals of a state; with a mixed list, what may hold for any (处理方式)."""
    ends = DECISIONS[state] if state else (State.CONFIRMED, State.DISCARDED, State.CLOSED)
    return [(str(end), DECISION_LABELS[end]) for end in ends]


def total(lines: list[KindCounts], wanted: Wanted) -> int:
    """How many signals the filters leave, from the figures (共几条)."""
    if wanted.overdue:
        return sum(line.overdue for line in lines) if wanted.state in (None, State.NEW) else 0
    states = [State(wanted.state)] if wanted.state else list(State)
    return sum(int(getattr(line, state.value)) for line in lines for state in states)


def _figures(lines: list[KindCounts]) -> list[dict[str, Any]]:
    late = sum(line.overdue for line in lines)
    return [
        {"name": "待核查", "value": sum(line.new for line in lines)},
        {"name": "已逾期", "value": late, "tone": "bad" if late else ""},
        {"name": "已确认", "value": sum(line.confirmed for line in lines)},
        {"name": "已排除", "value": sum(line.discarded for line in lines)},
        {"name": "已办结", "value": sum(line.closed for line in lines)},
        {"name": "未办结涉及金额", "money": sum(line.amount_fen for line in lines)},
    ]
