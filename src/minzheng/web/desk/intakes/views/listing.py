"""The sources there are, and one of them (接入来源列表与接入来源)."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from minzheng.exchange.declare import feeds
from minzheng.exchange.errors import IntakeError
from minzheng.exchange.intake import queries
from minzheng.exchange.intake.declare import Adapter, adapter_named
from minzheng.exchange.intake.sealed import given_secrets, opened
from minzheng.exchange.models import Intake
from minzheng.exchange.queries import batches
from minzheng.foundation.access.rules import requires
from minzheng.foundation.accounts.terms import Role
from minzheng.web.desk.batch_view import as_shown
from minzheng.web.desk.intakes.terms import MANAGERS, cycle_label
from minzheng.web.desk.requests import acting_user, or_404, scope_of
from minzheng.web.desk.views.batches import READERS as BATCH_READERS

RECENT = 10


@requires(*MANAGERS)
@require_safe
def intakes(request: HttpRequest) -> HttpResponse:
    """Every source the node fetches, with its cycle, its state and what is wrong (来源接入)."""
    scope = scope_of(request)
    context = {
        "intakes": [shown(one) for one in queries.intakes(scope)],
        "databases": [_labelled(one) for one in queries.databases(scope)],
        "may_add": covers_node(request),
    }
    return render(request, "desk/intakes/list.html", context)


@requires(*MANAGERS)
@require_safe
def intake(request: HttpRequest, intake_id: int) -> HttpResponse:
    """One source: its settings, its state, its files and batches, what can be done with it (接入来源)."""
    found = intake_of(request, intake_id)
    scope = scope_of(request)
    brought = batches(scope, feed=found.feed).filter(source_name=found.name).defer("plan")[:RECENT]
    context: dict[str, Any] = {
        "intake": shown(found),
        "settings": said_settings(found),
        "batches": [as_shown(b) for b in brought] if acting_user(request).has_role(*BATCH_READERS) else [],
        "files": queries.files(scope, found),
        "may_manage": covers_node(request),
        "confirmed": any(found.settings.get(f.name) for f in _fields(found) if f.kind == "confirmed"),
    }
    return render(request, "desk/intakes/intake.html", context)


def intake_of(request: HttpRequest, intake_id: int) -> Intake:
    """The source within the scope (取来源). Raises ``Http404``."""
    return or_404(queries.intake_in(scope_of(request), intake_id))


def covers_node(request: HttpRequest) -> bool:
    """Whether the user's division takes in the whole node (是否覆盖本节点)."""
    return scope_of(request).covers(settings.NODE_DIVISION_CODE)


def shown(one: Intake) -> Intake:
    """The source with what a page says of it besides (补充显示内容)."""
    one.cycle_label = cycle_label(one.cycle_minutes)  # type: ignore[attr-defined]
    adapter = _adapter(one)
    one.place = adapter.place(opened(one)) if adapter else ""  # type: ignore[attr-defined]
    _labelled(one)
    return one


def _labelled(one: Any) -> Any:
    feed = feeds().get(one.feed)
    one.feed_label = feed.label if feed else one.feed
    return one


def said_settings(one: Intake) -> list[tuple[str, str]]:
    """(label, value in words) of every setting that says something; of a secret only that it is kept (设置)."""
    kept, said = given_secrets(one), []
    for field in _fields(one):
        value = one.settings.get(field.name, "")
        if field.is_secret:
            text = "已加密保存" if field.name in kept else ""
        elif field.kind == "flag":
            text = "是" if value else "否"
        else:
            text = dict(field.choices).get(str(value), str(value))
        if text:
            said.append((field.label, text))
    return said


def _fields(one: Intake) -> Any:
    adapter = _adapter(one)
    return adapter.fields if adapter else ()


def _adapter(one: Intake) -> Adapter | None:
    """None where this node no longer has the adapter."""
    try:
        return adapter_named(one.adapter)
    except IntakeError:
        return None


def is_administrator(request: HttpRequest) -> bool:
    """Whether the user administers the whole node (是否系统管理员)."""
    return acting_user(request).has_role(Role.ADMINISTRATOR) and covers_node(request)
