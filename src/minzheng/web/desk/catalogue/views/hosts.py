"""Which hosts may be harvested (采集主机): said by the administrator."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from minzheng.foundation.access.rules import requires
from minzheng.foundation.accounts.terms import Role
from minzheng.sharing.catalogue.queries import received as queries
from minzheng.sharing.catalogue.services import hosts as services
from minzheng.sharing.catalogue.terms import CatalogueError
from minzheng.web.desk.requests import acting_user, scope_of


@requires(Role.ADMINISTRATOR)
@require_http_methods(["GET", "POST"])
def hosts(request: HttpRequest) -> HttpResponse:
    """Those that may, and one more (可采集主机)."""
    problem = host = ""
    if request.method == "POST":
        host = request.POST.get("host", "")[:253]
        try:
            made = services.allow_host(
                host=host,
                internal=request.POST.get("internal") == "1",
                by=acting_user(request),
                at=timezone.now(),
            )
        except CatalogueError as error:
            problem = f"{error}。"
        else:
            messages.success(request, f"已许可采集 {made.host}。")
            return redirect("desk:catalogue:hosts")
    context = {"hosts": queries.hosts(scope_of(request)), "problem": problem, "host": host}
    return render(request, "desk/catalogue/hosts.html", context, status=422 if problem else 200)


@requires(Role.ADMINISTRATOR)
@require_POST
def end(request: HttpRequest, host_id: int) -> HttpResponse:
    """No more (停用)."""
    try:
        ended = services.end_host(host_id=host_id, by=acting_user(request), at=timezone.now())
        messages.success(request, f"已停用 {ended.host}。")
    except CatalogueError as error:
        messages.error(request, f"{error}。")
    return redirect("desk:catalogue:hosts")
