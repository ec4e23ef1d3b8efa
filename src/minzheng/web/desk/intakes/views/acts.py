"""What is done to a source at one stroke (试连、立即取数、确认、停用、移除)."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from minzheng.exchange import jobs
from minzheng.exchange.errors import SourceError
from minzheng.exchange.intake import services
from minzheng.exchange.models import Intake
from minzheng.foundation.access.rules import requires
from minzheng.foundation.audit.services import record
from minzheng.web.desk.intakes.terms import MANAGERS
from minzheng.web.desk.intakes.views.listing import intake_of
from minzheng.web.desk.requests import acting_user


@requires(*MANAGERS)
@require_POST
def check(request: HttpRequest, intake_id: int) -> HttpResponse:
    """Try the road to the end and say in one sentence what was found (试连)."""
    return _done(request, intake_id, services.check)


@requires(*MANAGERS)
@require_POST
def run(request: HttpRequest, intake_id: int) -> HttpResponse:
    """Fetch now, by the worker (立即取数)."""

    def later(found: Intake, *, by: Any, at: Any) -> str:
        services.may_manage(by, found.feed)
        record(
            by=by,
            action="intake.run",
            object_kind="intake",
            object_id=found.pk,
            detail={"name": found.name},
            at=at,
        )
        jobs.fetch_later(found)
        return "已开始取数，结果见本页和接口监控"

    return _done(request, intake_id, later)


@requires(*MANAGERS)
@require_POST
def confirm(request: HttpRequest, intake_id: int) -> HttpResponse:
    """Hold the other side to the key whose fingerprint was compared (确认主机密钥)."""
    shown = request.POST.get("shown", "")

    def confirmed(found: Intake, *, by: Any, at: Any) -> str:
        services.confirm(found, shown=shown, by=by, at=at)
        return "主机密钥已确认，此后出示其他密钥的主机一律不登录"

    return _done(request, intake_id, confirmed)


@requires(*MANAGERS)
@require_POST
def unconfirm(request: HttpRequest, intake_id: int) -> HttpResponse:
    """Forget the key, where the other side has changed it (重新确认)."""
    return _done(request, intake_id, services.forget_confirmed, "原主机密钥已清除，请试连后重新确认")


@requires(*MANAGERS)
@require_POST
def pause(request: HttpRequest, intake_id: int) -> HttpResponse:
    """Stop fetching by itself, or go on (停用、启用)."""
    paused = request.POST.get("paused") == "1"

    def stopped(found: Intake, *, by: Any, at: Any) -> str:
        services.pause(found, paused=paused, by=by, at=at)
        return "已停用，不再自动取数" if paused else "已启用"

    return _done(request, intake_id, stopped)


@requires(*MANAGERS)
@require_POST
def remove(request: HttpRequest, intake_id: int) -> HttpResponse:
    """Forget a source; what it brought stays (移除)."""
    found = intake_of(request, intake_id)
    try:
        services.remove(found, by=acting_user(request), at=timezone.now())
    except SourceError as error:
        messages.error(request, f"{error}。")
        return redirect("desk:intakes:intake", intake_id)
    messages.success(request, f"来源“{found.name}”已移除，已导入的数据保留。")
    return redirect("desk:intakes:list")


def _done(request: HttpRequest, intake_id: int, act: Callable[..., Any], said: str = "") -> HttpResponse:
    found = intake_of(request, intake_id)
    try:
        told = act(found, by=acting_user(request), at=timezone.now())
    except SourceError as error:
        messages.error(request, f"{error}。")
    else:
        messages.success(request, f"{said or told}。")
    return redirect("desk:intakes:intake", intake_id)
