"""Who comes in by token, and under which grant (接口准入). What no grant allows is refused."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from minzheng.foundation.access.rules import Rule
from minzheng.foundation.access.standing import as_node, of, stand
from minzheng.foundation.audit.services import record
from minzheng.kernel.uuid7 import uuid7
from minzheng.sharing.grants.granted.reading import scope_of
from minzheng.sharing.grants.models import Grant
from minzheng.sharing.grants.using import grant_for, take_quota
from minzheng.sharing.interfaces.credentials import Known, who_shows
from minzheng.sharing.interfaces.problems import ProblemError
from minzheng.web.machine.answering import logged, told
from minzheng.web.machine.certificates import fingerprint

logger = logging.getLogger(__name__)
View = TypeVar("View", bound=Callable[..., Any])


@dataclass
class Caller:
    """Who calls, under which grant, and what comes of it (调用方); ``units`` and ``hits`` are told by the operation."""

    id: UUID
    at: datetime
    began: float
    known: Known
    grant: Grant | None = None
    method: str = ""
    units: int = 1
    hits: int = 0
    subjects: tuple[UUID, ...] = ()


def by_grant(method: str) -> Callable[[View], View]:
    """Systems that hold a grant of the addressed data set for this method may (须有授权)."""
    return _marked(method)


def by_token(view: View) -> View:
    """Any system with a token may; it is told of nothing but its own (须有令牌)."""
    return _marked("")(view)


def caller_of(request: HttpRequest) -> Caller:
    """Who calls, as the gate found (当前调用方)."""
    found = getattr(request, "caller", None)
    if not isinstance(found, Caller):
        raise ProblemError("token-missing")
    return found


def grant_of(request: HttpRequest) -> Grant:
    """Under which grant (当前授权)."""
    grant = caller_of(request).grant
    if grant is None:
        raise ProblemError("not-granted")
    return grant


def admit(method: str, request: HttpRequest, arguments: dict[str, Any]) -> HttpResponse | None:
    """Let the call through (None), or answer why not (准入); also where something here fails, systems are answered as such."""
    now = timezone.now()
    number = uuid7(now)
    try:
        return _admit(method, request, arguments, now, number)
    except ProblemError as problem:
        return told(problem, number)
    except Exception:
        logger.exception("call %s failed at the gate", number)
        return told(ProblemError("failed", "请凭请求标识与本节点联系"), number)


def _admit(
    method: str, request: HttpRequest, arguments: dict[str, Any], now: datetime, number: UUID
) -> HttpResponse | None:
    known = _known(request, now)
    caller = Caller(number, now, time.perf_counter(), known)
    request.caller = caller  # type: ignore[attr-defined]
    if not method:
        return None
    key = str(arguments.get("key", ""))
    caller.grant = grant_for(known.client, key, method, at=now) if key in known.data_sets else None
    if caller.grant is None:
        with as_node():  # a system is no account of any division
            record(
                by=known.client, action="interface.refused", object_kind="data_set", object_id=key[:40], result="refused",
                detail={"method": method}, ip=request.META.get("REMOTE_ADDR"), at=now,
            )  # fmt: skip
        return told(ProblemError("not-granted", "没有这个数据集和方式的有效授权, 或令牌不含它"), caller.id)
    caller.method = method
    scope = scope_of(caller.grant)
    over = take_quota(caller.grant, at=now)
    request.scope = scope  # type: ignore[attr-defined]
    stand(of(scope))
    if over is not None:
        said = f"每{over.per}限 {over.limit} 次, {over.again_in_s} 秒后再试"
        caller.units = 0
        exceeded = ProblemError("quota-exceeded", said, headers={"Retry-After": str(over.again_in_s)})
        return logged(request, told(exceeded, caller.id))
    return None


def _known(request: HttpRequest, now: datetime) -> Known:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise ProblemError(
            "token-missing", "请在 Authorization 中出示令牌", headers={"WWW-Authenticate": "Bearer"}
        )
    known = who_shows(token.strip(), at=now)
    if known is None:
        refused = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
        raise ProblemError("token-invalid", "请重新取令牌", headers=refused)
    if known.certificate_sha256 and fingerprint(request) != known.certificate_sha256:
        raise ProblemError("certificate-required", "出示的证书不是登记的那一张")
    return known


def _marked(method: str) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.access_rule = Rule(login=True, gate=partial(admit, method))  # type: ignore[attr-defined]
        return view

    return mark
