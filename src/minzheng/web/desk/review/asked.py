"""What the list may be narrowed by, and how it travels from page to page (筛选)."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, QueryDict

from minzheng.exchange.queries import declared_in
from minzheng.foundation.access.scope import Scope
from minzheng.stewardship.review.terms import REASONS, State
from minzheng.web.desk.requests import acting_user, scope_of

KEPT = ("division", "feed", "reason", "state", "mine")


class Filters(forms.Form):
    """Division, feed, reason, state, mine (筛选)."""

    division = forms.RegexField(r"^\d{2,12}$", label="区划代码", required=False)
    feed = forms.ChoiceField(label="数据集", required=False)
    reason = forms.ChoiceField(label="原因", required=False, choices=[("", "全部"), *REASONS.items()])
    state = forms.ChoiceField(
        label="状态",
        required=False,
        choices=[("", "全部"), *[c for c in State.choices if c[0] != State.DECIDED]],
    )
    mine = forms.BooleanField(label="只看我认领的", required=False)

    def __init__(self, scope: Scope, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = [("", "全部"), *((feed.key, feed.label) for feed in declared_in(scope))]
        self.fields["feed"] = forms.ChoiceField(label="数据集", required=False, choices=known)
        for field in self.fields.values():
            choice, box = isinstance(field, forms.ChoiceField), isinstance(field, forms.BooleanField)
            field.widget.attrs["class"] = (
                "form-check-input" if box else "form-select" if choice else "form-control"
            )


def narrowed(request: HttpRequest, query: QueryDict) -> dict[str, Any]:
    """The narrowing as ``queries.waiting`` takes it; what makes no sense is left out (筛选条件)."""
    form = Filters(scope_of(request), query)
    form.is_valid()
    said = {name: value for name, value in form.cleaned_data.items() if value and name != "mine"}
    if form.cleaned_data.get("mine"):
        said["assigned_to"] = acting_user(request).pk
    return said


def carried(query: QueryDict) -> str:
    """The same narrowing for the next address, with its question mark (筛选延续)."""
    said = {name: query[name] for name in KEPT if query.get(name)}
    return f"?{urlencode(said)}" if said else ""
