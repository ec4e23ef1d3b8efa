"""Entering a source and changing it (新增与修改接入来源)."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from minzheng.exchange.errors import IntakeError, SourceError
from minzheng.exchange.intake import services
from minzheng.exchange.intake.declare import Adapter, adapter_named, adapters
from minzheng.exchange.intake.sealed import given_secrets
from minzheng.exchange.queries import declared_in
from minzheng.foundation.access.rules import requires
from minzheng.web.desk.intakes.forms import PREFIX, IntakeForm
from minzheng.web.desk.intakes.terms import MANAGERS
from minzheng.web.desk.intakes.views.listing import covers_node, intake_of
from minzheng.web.desk.requests import acting_user, scope_of


@requires(*MANAGERS)
@require_safe
def choose(request: HttpRequest) -> HttpResponse:
    """By which way a source is to be fetched (选择接入方式)."""
    return render(request, "desk/intakes/choose.html", {"adapters": adapters()})


@requires(*MANAGERS)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, adapter: str) -> HttpResponse:
    """Enter a source; its road is tried on its own page (新增来源)."""
    kind = _adapter(adapter)
    _only_whole_node(request)
    form = IntakeForm(
        kind, request.POST or None, feeds=declared_in(scope_of(request)), initial={"cycle_minutes": 1440}
    )
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = services.add(
                given["name"], feed=given["feed"], adapter=kind.key, values=form.values(),
                cycle_minutes=given["cycle_minutes"], by=acting_user(request), at=timezone.now(),
            )  # fmt: skip
        except (SourceError, ValueError) as error:
            form.add_error(None, f"{error}。")
        else:
            messages.success(request, "来源已登记，请试连。")
            return redirect("desk:intakes:intake", made.pk)
    return _form(request, form, title=f"新增来源：{kind.label}", adapter=kind)


@requires(*MANAGERS)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, intake_id: int) -> HttpResponse:
    """Other settings or another cycle (修改来源)."""
    found = intake_of(request, intake_id)
    _only_whole_node(request)
    kind = _adapter(found.adapter)
    initial: dict[str, Any] = {PREFIX + name: value for name, value in found.settings.items()}
    form = IntakeForm(
        kind, request.POST or None, kept=given_secrets(found), cycle=found.cycle_minutes,
        initial=initial | {"cycle_minutes": found.cycle_minutes},
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        try:
            changed = services.change(
                found, values=form.values(), cycle_minutes=form.cleaned_data["cycle_minutes"],
                by=acting_user(request), at=timezone.now(),
            )  # fmt: skip
        except SourceError as error:
            form.add_error(None, f"{error}。")
        else:
            messages.success(request, "来源已修改，请试连。" if changed else "没有改动。")
            return redirect("desk:intakes:intake", found.pk)
    return _form(request, form, title=f"修改来源：{found.name}", adapter=kind, intake=found)


def _adapter(key: str) -> Adapter:
    try:
        return adapter_named(key)
    except IntakeError:
        raise Http404 from None


def _only_whole_node(request: HttpRequest) -> None:
    if not covers_node(request):
        raise PermissionDenied("接入来源由本节点的数据管理员和系统管理员办理")


def _form(request: HttpRequest, form: IntakeForm, **context: Any) -> HttpResponse:
    return render(
        request, "desk/intakes/form.html", {"form": form} | context, status=422 if form.errors else 200
    )
