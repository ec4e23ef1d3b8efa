"""What the pages of quality are narrowed by (筛选): data set, source, division, months."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.http import HttpRequest
from django.utils import timezone

from minzheng.exchange.declare import feeds
from minzheng.foundation.access.scope import Scope
from minzheng.stewardship.quality import queries
from minzheng.stewardship.quality.terms import STATE_LABELS
from minzheng.web.desk.places import division_path

EACH_COUNTY = "each"  # one ticket a county
MONTHS = 6  # shown unless a period is chosen


class Filters(forms.Form):
    """Data set, source, division and period, each within the user's scope (筛选)."""

    feed = forms.ChoiceField(label="数据集", required=False)
    source = forms.ChoiceField(label="来源", required=False)
    division = forms.ChoiceField(label="区划", required=False)
    since = forms.CharField(label="起始月份", required=False)
    until = forms.CharField(label="截止月份", required=False)

    def __init__(self, scope: Scope, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = {key: feed.label for key, feed in feeds().items()}
        sources = queries.sources(scope)
        here = sorted({key for _, key, _ in sources}, key=lambda key: labels.get(key, key))
        self._choose("feed", "数据集", [(key, labels.get(key, key)) for key in here])
        names = [(str(n), f"{name}（{labels.get(key, key)}）") for n, key, name in sources]
        self._choose("source", "来源", names)
        self._choose("division", "区划", [(code, division_path(code)) for code in _divisions(scope)])
        for name in ("since", "until"):
            self.fields[name].widget = forms.TextInput(attrs={"type": "month", "class": "form-control"})

    def _choose(self, name: str, label: str, choices: list[tuple[str, str]]) -> None:
        self.fields[name] = forms.ChoiceField(label=label, required=False, choices=[("", "全部"), *choices])
        self.fields[name].widget.attrs["class"] = "form-select"

    def clean_since(self) -> datetime.date | None:
        """The first day of the month."""
        return _month(self.cleaned_data["since"])

    def clean_until(self) -> datetime.date | None:
        """The last day of the month."""
        first = _month(self.cleaned_data["until"])
        return first and (first.replace(day=28) + datetime.timedelta(days=4)).replace(
            day=1
        ) - datetime.timedelta(days=1)


class TicketFilters(forms.Form):
    """State, data set, source and division of tickets, each within the user's scope (工单筛选)."""

    state = forms.ChoiceField(
        label="状态", required=False, choices=[("", "全部"), ("under_way", "在办"), *STATE_LABELS.items()]
    )
    feed = forms.ChoiceField(label="数据集", required=False)
    source_id = forms.TypedChoiceField(label="来源", required=False, coerce=int, empty_value=None)
    division = forms.ChoiceField(label="区划", required=False)

    def __init__(self, scope: Scope, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        there, labels = queries.tickets_there(scope), {key: feed.label for key, feed in feeds().items()}
        keys = sorted({feed for feed, _, _, _ in there})
        sources = {number: f"{name}（{labels.get(key, key)}）" for key, number, name, _ in there}
        codes = {code for *_, code in there}
        codes |= {f"{code[:4]}00" for code in codes if code[2:4] != "00" and scope.covers(f"{code[:4]}00")}
        self._choose("feed", [(key, labels.get(key, key)) for key in keys])
        self._choose("source_id", sorted(sources.items(), key=lambda one: one[1]))
        self._choose("division", [(code, division_path(code)) for code in sorted(codes)])
        for one in self.fields.values():
            one.widget.attrs["class"] = "form-select"

    def _choose(self, name: str, choices: Sequence[tuple[str | int, str]]) -> None:
        cast("forms.ChoiceField", self.fields[name]).choices = [("", "全部"), *choices]


def _month(text: str) -> datetime.date | None:
    if not text:
        return None
    try:
        return datetime.date.fromisoformat(f"{text}-01")
    except ValueError:
        raise forms.ValidationError("月份应写作 2026-03") from None


def _divisions(scope: Scope) -> list[str]:
    """The divisions that have figures, and the cities these lie in."""
    codes = set(queries.division_codes(scope))
    cities = {f"{code[:4]}00" for code in codes if code[2:4] != "00"}
    return sorted(code for code in codes | cities if scope.covers(code))


@dataclass
class Narrowed:
    """The filters as given (筛选条件), and the same as a query for links."""

    form: Filters
    asked: queries.Asked
    chosen: dict[str, str] = field(default_factory=dict)

    @property
    def query(self) -> str:
        """For links that keep the filters (链接参数)."""
        return urlencode(self.chosen)

    @property
    def is_filtered(self) -> bool:
        """Whether anything was chosen (是否筛选)."""
        return bool(self.chosen)


def narrowed(request: HttpRequest, scope: Scope, *, months: int = MONTHS) -> Narrowed:
    """The filters of a request; without a period the last months (筛选条件)."""
    given = {name: request.GET[name] for name in Filters.base_fields if request.GET.get(name)}
    form = Filters(scope, given)
    clean = form.cleaned_data if form.is_valid() else {}
    asked: queries.Asked = {}
    if clean.get("feed"):
        asked["feed"] = clean["feed"]
    if clean.get("source"):
        asked["source_id"] = int(clean["source"])
    if clean.get("division"):
        asked["division"] = clean["division"]
    if clean.get("until"):
        asked["until"] = clean["until"]
    batch = _batch(request.GET.get("batch", ""))
    if batch is not None:
        asked["batch_id"] = batch
        given["batch"] = str(batch)
    else:
        asked["since"] = clean.get("since") or _earlier(
            asked.get("until") or timezone.localdate(), months - 1
        )
    return Narrowed(form, asked, given)


def _batch(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def _earlier(day: datetime.date, months: int) -> datetime.date:
    """The first day of the month so many months before."""
    number = day.year * 12 + day.month - 1 - months
    return datetime.date(number // 12, number % 12 + 1, 1)
