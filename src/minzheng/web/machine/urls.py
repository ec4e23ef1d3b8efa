"""Where the calls stand (接口地址). Each carries the rule of its operation; one without a rule is refused by the gate to all."""

import base64
import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, re_path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from oauth2_provider.views import TokenView

from minzheng.foundation.access.rules import public
from minzheng.foundation.access.standing import as_node
from minzheng.foundation.audit.services import record
from minzheng.kernel.uuid7 import uuid7
from minzheng.sharing.interfaces.credentials import who_shows
from minzheng.sharing.interfaces.problems import ProblemError
from minzheng.sharing.interfaces.throttling import take_token_turn
from minzheng.web.machine import api as calls
from minzheng.web.machine import subscribing
from minzheng.web.machine.answering import logged, told
from minzheng.web.machine.api import api
from minzheng.web.machine.certificates import fingerprint
from minzheng.web.machine.gate import by_token, caller_of

app_name = "machine"


def _operations() -> list[URLPattern]:
    """Ninja's addresses, each with its operation's rule and each answer logged."""
    found = []
    for pattern in api.urls[0]:
        if not isinstance(pattern, URLPattern):
            continue
        named = [getattr(module, str(pattern.name), None) for module in (calls, subscribing)]
        operation = next((one for one in named if one is not None), None)
        if operation is not None:
            found.append(
                path(str(pattern.pattern), _answered(pattern.callback, operation), name=pattern.name)
            )
    return found


def _answered(view: Callable[..., Any], operation: Callable[..., Any]) -> Callable[..., HttpResponse]:
    @wraps(operation)
    def call(request: HttpRequest, **arguments: Any) -> HttpResponse:
        answer = view(request, **arguments)
        if answer.status_code == 405:
            headers = {"Allow": answer.headers.get("Allow", "")}
            answer = told(ProblemError("method-not-allowed", headers=headers), caller_of(request).id)
        return logged(request, answer)

    return csrf_exempt(call)  # a token is shown, no cookie


@public
@csrf_exempt
def token(request: HttpRequest) -> HttpResponse:
    """A token for a system that shows its secret, and its certificate where one is entered (取令牌)."""
    try:
        take_token_turn(_asking(request), request.META.get("REMOTE_ADDR"), at=timezone.now())
    except ProblemError as problem:
        return told(problem, uuid7())
    with as_node():
        answer = TokenView.as_view()(request)
        if answer.status_code != 200:
            return _no_store(answer)
        known = who_shows(json.loads(answer.content)["access_token"], at=timezone.now())
        if known is None:
            return told(ProblemError("token-invalid", "接入系统已停用"), uuid7())
        if known.certificate_sha256 and fingerprint(request) != known.certificate_sha256:
            return told(ProblemError("certificate-required", "出示的证书不是登记的那一张"), uuid7())
        record(
            by=known.client, action="interface.token", object_kind="client", object_id=known.client,
            ip=request.META.get("REMOTE_ADDR"), detail={"data_sets": sorted(known.data_sets)},
        )  # fmt: skip
    return _no_store(answer)


@csrf_exempt
@by_token
def nowhere(request: HttpRequest, **_: Any) -> HttpResponse:
    """An address that is none (没有这个地址)."""
    return told(ProblemError("not-found", "见接口说明中的地址"), caller_of(request).id)


def _asking(request: HttpRequest) -> str:
    """The system that says it asks, by either way in which a secret may be shown; nothing of it is believed here."""
    scheme, _, said = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(said, validate=True).decode().partition(":")[0]
        except ValueError:
            return "?"
    return str(request.POST.get("client_id", "?"))


def _no_store(answer: HttpResponse) -> HttpResponse:
    answer.headers["Cache-Control"] = "no-store"
    return answer


urlpatterns = [path("token", token, name="token"), *_operations(), re_path(r"^.*$", nowhere, name="nowhere")]
