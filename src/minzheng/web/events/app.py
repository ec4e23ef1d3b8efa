"""A stream of events (事件流): Server-Sent Events, one CloudEvent each, from any place on; held open as long as the grant stands.

Never more than one batch is held for a reader: the next is read once the socket has taken this one, and a reader that takes
nothing for a minute is let go. Where he goes on he says himself (``Last-Event-ID``), or the place he confirmed last.
"""

import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import anyio
from django.db import close_old_connections
from django.utils import timezone
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from minzheng.foundation.access.standing import as_node
from minzheng.kernel.uuid7 import uuid7
from minzheng.sharing.grants.changes import Cursor
from minzheng.sharing.grants.models import Grant
from minzheng.sharing.grants.terms import Method
from minzheng.sharing.grants.using import open_grants, take_quota
from minzheng.sharing.interfaces.credentials import who_shows
from minzheng.sharing.interfaces.problems import ProblemError
from minzheng.sharing.subscriptions.events import Batch, as_json, read
from minzheng.sharing.subscriptions.models import Subscription
from minzheng.sharing.subscriptions.services import acknowledge
from minzheng.sharing.subscriptions.services.outcome import sent
from minzheng.sharing.subscriptions.terms import State, Way
from minzheng.web.events.waking import Stream, Waking
from minzheng.web.machine.certificates import named

PLACE = "/api/v1/subscriptions/{subscription_id:uuid}/events"
HEARTBEAT_S, STALLED_S, RETRY_MS = 15.0, 60.0, 2000
MOST_STREAMS = 1000
Found = TypeVar("Found")
_threads = anyio.CapacityLimiter(8)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads what from where (读者)."""

    subscription: Subscription
    since: Cursor
    ip: str | None


def application() -> Starlette:
    """The door (应用)."""
    waking = Waking()

    @asynccontextmanager
    async def life(_: Starlette) -> AsyncIterator[None]:
        async with waking:
            yield

    door = Starlette(
        routes=[Route(PLACE, events)], lifespan=life,
        exception_handlers={ProblemError: _refused, 404: _nowhere, 405: _nowhere},
    )  # fmt: skip
    door.state.waking = waking
    return door


async def events(request: Request) -> Response:
    """The events of one subscription of the caller's own."""
    waking: Waking = request.app.state.waking
    if waking.count >= MOST_STREAMS:
        raise ProblemError("too-many-requests", "事件流连接已满", headers={"Retry-After": "10"})
    ip = request.client.host if request.client else None
    place = request.headers.get("last-event-id") or request.query_params.get("after", "")
    token = request.headers.get("authorization", "")
    shown = named(request.headers)
    reader = await _do(_admitted, token, shown, request.path_params["subscription_id"], place, ip)
    return EventStream(reader, waking)


class EventStream(Response):
    """The answer that does not end by itself (事件流应答)."""

    media_type = "text/event-stream"

    def __init__(self, reader: Reader, waking: Waking) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._reader, self._waking = reader, waking

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - as ASGI calls it
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        subscription = self._reader.subscription
        with self._waking.streaming(subscription.pk, subscription.data_set) as stream:
            async with anyio.create_task_group() as group:
                group.start_soon(_until_gone, receive, group.cancel_scope)
                with suppress(
                    TimeoutError
                ):  # he takes nothing: what is unsent is read again when he comes back
                    await self._stream(stream, send)
                group.cancel_scope.cancel()

    async def _stream(self, stream: Stream, send: Send) -> None:
        await _say(send, f"retry: {RETRY_MS}\n\n".encode())
        since, said_at = self._reader.since, time.monotonic()
        while True:
            stream.news.clear()
            batch, wait_s = await _do(_next, self._reader, since) if not stream.over else (None, 0.0)
            if batch is None and not wait_s:
                await _say(send, ENDED, more=False)
                return
            if batch is not None and batch.events:
                await _say(send, b"".join(_lines(one) for one in batch.events))
                said_at = time.monotonic()
            if batch is not None:
                since = batch.after
                if batch.more:
                    continue
            left = HEARTBEAT_S - (time.monotonic() - said_at)
            if left <= 0:  # an id without data is remembered and not told
                await _say(send, f": 心跳\nid: {since}\n\n".encode())
                said_at, left = time.monotonic(), HEARTBEAT_S
            with anyio.move_on_after(min(left, wait_s or left)):
                await stream.news.wait()


ENDED = (
    b"event: end\ndata: "
    + as_json({"code": "not-granted", "title": "订阅已结束、暂停或授权已失效"})
    + b"\n\n"
)


def _lines(one: dict[str, Any]) -> bytes:
    return f"id: {one['id']}\nevent: {one['type']}\ndata: ".encode() + as_json(one) + b"\n\n"


async def _say(send: Send, body: bytes, *, more: bool = True) -> None:
    with anyio.fail_after(STALLED_S):
        await send({"type": "http.response.body", "body": body, "more_body": more})


async def _until_gone(receive: Receive, scope: anyio.CancelScope) -> None:
    while True:
        if (await receive())["type"] == "http.disconnect":
            scope.cancel()
            return


def _admitted(authorization: str, shown: str, subscription_id: UUID, place: str, ip: str | None) -> Reader:
    scheme, _, token = authorization.partition(" ")
    bearer = {"WWW-Authenticate": "Bearer"}
    if scheme.lower() != "bearer" or not token:
        raise ProblemError("token-missing", "请在 Authorization 中出示令牌", headers=bearer)
    now = timezone.now()
    known = who_shows(token.strip(), at=now)
    if known is None:
        raise ProblemError(
            "token-invalid", "请重新取令牌", headers={"WWW-Authenticate": 'Bearer error="invalid_token"'}
        )
    if known.certificate_sha256 and shown != known.certificate_sha256:
        raise ProblemError("certificate-required", "出示的证书不是登记的那一张")
    with as_node():
        found = (
            Subscription.objects.select_related("client")
            .filter(pk=subscription_id, client_id=known.client)
            .first()
        )
    if found is None or found.way != Way.STREAM:
        raise ProblemError("not-found", "没有这个事件流订阅")
    if found.data_set not in known.data_sets or _grant_of(found) is None or found.state != State.OPEN:
        raise ProblemError("not-granted", f"订阅{found.get_state_display()}, 或授权已失效")
    try:
        since = Cursor.of(place) if place else Cursor(found.position, found.within)
    except ValueError as error:
        raise ProblemError("invalid-value", str(error)) from None
    if not found.moved:
        acknowledge(subscription=found, after=since, at=now)
    return Reader(found, since, ip)


def _grant_of(subscription: Subscription) -> Grant | None:
    return open_grants([subscription.grant_id], Method.PUSH, at=timezone.now()).get(subscription.grant_id)


def _next(reader: Reader, since: Cursor) -> tuple[Batch | None, float]:
    """The next batch, counted; (None, 0) where the stream is over, (None, seconds) where its quota is used up."""
    now = timezone.now()
    with as_node():
        found = Subscription.objects.select_related("client").get(pk=reader.subscription.pk)
    grant = _grant_of(found)
    if grant is None or found.state != State.OPEN:
        return None, 0.0
    batch = read(found, grant, Cursor(found.position, found.within) if found.moved else since)
    over = take_quota(grant, at=now) if batch.events else None
    if over is not None:
        return None, float(over.again_in_s)
    if batch.events or batch.after.position > found.sent_position or found.moved:
        sent(found, grant, batch, body=as_json(batch.events), at=now, ip=reader.ip)
    return batch, 0.0


async def _refused(_: Request, error: Exception) -> Response:
    problem = error if isinstance(error, ProblemError) else ProblemError("failed")
    return Response(
        json.dumps(problem.as_dict(str(uuid7())), ensure_ascii=False), status_code=problem.status,
        headers={"Cache-Control": "no-store", **problem.headers}, media_type="application/problem+json",
    )  # fmt: skip


async def _nowhere(request: Request, _: Exception) -> Response:
    return await _refused(request, ProblemError("not-found", "这里只有事件流, 其他接口见接口说明"))


async def _do(what: Callable[..., Found], *given: Any) -> Found:
    """In a thread with a database connection of its own."""
    return await anyio.to_thread.run_sync(partial(_with_connection, what, given), limiter=_threads)


def _with_connection(what: Callable[..., Found], given: tuple[Any, ...]) -> Found:
    close_old_connections()
    return what(*given)
