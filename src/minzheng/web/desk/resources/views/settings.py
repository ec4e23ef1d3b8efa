"""This node's own settings of a data set and of its sources (目录设置)."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from minzheng.foundation.access.rules import requires
from minzheng.foundation.accounts.terms import Role
from minzheng.standards.queries import code_book
from minzheng.stewardship.resources import services
from minzheng.stewardship.resources.queries import catalogue as queries
from minzheng.stewardship.resources.queries.settings import current_settings
from minzheng.stewardship.resources.terms import CYCLE_TABLE
from minzheng.web.desk.requests import acting_user, scope_of


def may_set(request: HttpRequest) -> bool:
    """Whether the user administers this whole node (是否可设定)."""
    user = acting_user(request)
    return user.has_role(Role.ADMINISTRATOR) and scope_of(request).covers(settings.NODE_DIVISION_CODE)


@requires(Role.ADMINISTRATOR)
@require_http_methods(["GET", "POST"])
def setting(request: HttpRequest, key: str) -> HttpResponse:
    """Who answers for a data set here, and its cycle (数据集设置)."""
    return _form(request, key, "")


@requires(Role.ADMINISTRATOR)
@require_http_methods(["GET", "POST"])
def source_setting(request: HttpRequest, key: str) -> HttpResponse:
    """The cycle of one source, and whether it is waited for (来源设置)."""
    source = (request.POST.get("source") or request.GET.get("source", "")).strip()[:100]
    if not source:
        raise Http404
    return _form(request, key, source)


def _form(request: HttpRequest, key: str, source: str) -> HttpResponse:
    scope = scope_of(request)
    found = queries.resource(scope, key, at=timezone.now())
    if found is None:
        raise Http404
    if not may_set(request):
        raise PermissionDenied("只有本节点的系统管理员可以修改目录设置")
    current = current_settings(scope).get((key, source))
    values: dict[str, Any] = {name: getattr(current, name, "") for name in services.TEXTS}
    values["expected"] = current.expected if current else True
    problem = ""
    if request.method == "POST":
        values = {name: request.POST.get(name, "") for name in services.TEXTS}
        values["expected"] = request.POST.get("expected") == "1"
        problem = _keep(request, key, source, values)
        if not problem:
            return redirect("desk:resources:data_set", key)
    context = {
        "resource": found,
        "source": source,
        "values": values,
        "problem": problem,
        "cycles": [(code.code, code.name) for code in code_book().codes(CYCLE_TABLE)],
    }
    return render(request, "desk/resources/setting.html", context, status=422 if problem else 200)


def _keep(request: HttpRequest, key: str, source: str, values: dict[str, Any]) -> str:
    texts = {name: values[name] for name in services.TEXTS}
    try:
        kept = services.set_resource(
            key=key,
            source=source,
            values=texts,
            expected=values["expected"],
            by=acting_user(request),
            at=timezone.now(),
        )
    except services.SettingError as error:
        return f"{error}。"
    messages.success(request, "设置已保存，原设置留在历史中。" if kept else "没有改动。")
    return ""
