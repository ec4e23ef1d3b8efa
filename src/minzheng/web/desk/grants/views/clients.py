"""Systems that may come in (接入系统): entering one, its secret, letting it in no more."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from minzheng.foundation.access.rules import requires
from minzheng.foundation.accounts.terms import Role
from minzheng.sharing.grants import queries, services
from minzheng.sharing.grants.models import Client
from minzheng.sharing.grants.terms import GrantError
from minzheng.sharing.interfaces.credentials import issue_secret
from minzheng.web.desk.grants import shown
from minzheng.web.desk.requests import acting_user, or_404, scope_of

KEEPERS = (Role.DATA_OFFICER, Role.SECURITY)
TEXTS = ("code", "name", "office", "division_code", "certificate_sha256")


@requires(*KEEPERS)
@require_http_methods(["GET", "POST"])
def clients(request: HttpRequest) -> HttpResponse:
    """The systems, and the form that enters one (接入系统)."""
    scope, problem = scope_of(request), ""
    values = {name: request.POST.get(name, "") for name in TEXTS}
    values["division_code"] = values["division_code"] or scope.division_code
    if request.method == "POST":
        try:
            if not scope.covers(values["division_code"]):
                raise GrantError("单位区划应在您的数据范围内")
            made = services.register_client(
                code=values["code"], name=values["name"], office=values["office"],
                division_code=values["division_code"], certificate_sha256=values["certificate_sha256"],
                by=acting_user(request), at=timezone.now(),
            )  # fmt: skip
        except GrantError as refused:
            problem = f"{refused}。"
        else:
            messages.success(request, "接入系统已登记，请签发密钥并当面交给使用单位。")
            return redirect("desk:grants:client", made.code)
    context = {"clients": queries.clients(scope)[:200], "values": values, "problem": problem}
    return render(request, "desk/grants/clients.html", context, status=422 if problem else 200)


@requires(*KEEPERS)
@require_safe
def client(request: HttpRequest, code: str) -> HttpResponse:
    """One system and its grants (接入系统)."""
    return _page(request, _client(request, code))


@requires(*KEEPERS)
@require_POST
def secret(request: HttpRequest, code: str) -> HttpResponse:
    """A new secret, shown this once; the former ends (签发密钥)."""
    found = _client(request, code)
    made = issue_secret(client=found, by=acting_user(request), at=timezone.now())
    return _page(request, found, secret=made)


@requires(*KEEPERS)
@require_POST
def disable(request: HttpRequest, code: str) -> HttpResponse:
    """Let a system in no more (停用)."""
    services.disable_client(client=_client(request, code), by=acting_user(request), at=timezone.now())
    messages.success(request, "接入系统已停用。")
    return redirect("desk:grants:client", code)


def _client(request: HttpRequest, code: str) -> Client:
    return or_404(queries.client_in(scope_of(request), code))


def _page(request: HttpRequest, found: Client, *, secret: str = "") -> HttpResponse:
    now = timezone.now()
    granted = queries.grants(scope_of(request), at=now).filter(client=found)[:100]
    context = {
        "client": found, "secret": secret,
        "grants": [(one, shown.name_of(one.data_set), one.standing(now).label) for one in granted],
    }  # fmt: skip
    return render(request, "desk/grants/client.html", context)
