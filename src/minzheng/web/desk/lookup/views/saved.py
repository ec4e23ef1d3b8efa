"""Searches kept, run again, deleted (常用查询)."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from minzheng.foundation.access.rules import requires
from minzheng.stewardship.lookup import services
from minzheng.stewardship.lookup.queries import saved_search
from minzheng.stewardship.lookup.services import SavingRefusedError
from minzheng.web.desk.lookup.last import READERS, keep, last
from minzheng.web.desk.requests import acting_user, scope_of


@requires(*READERS)
@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Keep the session's question (保存查询)."""
    name = request.POST.get("name", "")
    try:
        kept = services.save_search(last(request), name=name, by=acting_user(request), at=timezone.now())
        messages.success(request, f"已保存为常用查询“{kept.name}”。")
    except SavingRefusedError as refused:
        messages.error(request, str(refused))
    return redirect("desk:lookup:search")


@requires(*READERS)
@require_POST
def run(request: HttpRequest, saved_id: int) -> HttpResponse:
    """Ask it again (再次查询)."""
    kept = saved_search(scope_of(request), saved_id)
    if kept is None:
        raise Http404
    keep(request, kept.asked)
    return redirect("desk:lookup:search")


@requires(*READERS)
@require_POST
def forget(request: HttpRequest, saved_id: int) -> HttpResponse:
    """Delete it (删除常用查询)."""
    if not services.forget_search(saved_id, by=acting_user(request), at=timezone.now()):
        raise Http404
    messages.success(request, "已删除常用查询。")
    return redirect("desk:lookup:search")
