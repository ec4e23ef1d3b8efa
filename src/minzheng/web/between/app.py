"""What another node may ask (节点间问答): the next batch, taken; a batch handed up; the members' list; how things stand.

Every request is signed and so is every answer, which names the request it answers. A question for more is held until something is
there: one listener a process gives changes their places and wakes only those they are for.
"""

import json
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import anyio
from django.db import close_old_connections
from django.utils import timezone
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from minzheng import __version__
from minzheng.foundation.members.models import Member
from minzheng.foundation.members.services import MemberError, own_code
from minzheng.sharing.between import body, configuration, control, hosting, moving, receiving, sending, signed
from minzheng.sharing.between.calling import ANSWER, PATH
from minzheng.sharing.between.head import SignedHead
from minzheng.sharing.between.models import Batch
from minzheng.sharing.between.routing import peers
from minzheng.standards.errors import StandardsError
from minzheng.web.between.waking import Waking

MOST_WAIT_S, SHORT_BODY, LONG_BODY = 55, 1 << 20, 16 << 20
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks what (来问)."""

    member: Member
    request: signed.Request


def application(waking: Waking) -> Starlette:
    """The door, with the waking that holds questions (应用)."""

    @asynccontextmanager
    async def life(_: Starlette) -> AsyncIterator[None]:
        async with waking:
            yield

    door = Starlette(
        routes=[
            Route(f"{PATH}/about", about),
            Route(f"{PATH}/configuration", members),
            Route(f"{PATH}/control", talk, methods=["POST"]),
            Route(f"{PATH}/standards", standard),
            Route(f"{PATH}/moving", moving_rows),
            Route(f"{PATH}/moving/file", moving_file),
            Route(f"{PATH}/moving/done", moving_done, methods=["POST"]),
            Route(f"{PATH}/batches", next_batch),
            Route(f"{PATH}/batches/{{seq:int}}", put_batch, methods=["PUT"]),
            Route(f"{PATH}/taken", taken),
            Route(f"{PATH}/acks", acknowledge, methods=["POST"]),
        ],
        lifespan=life,
        exception_handlers={
            MemberError: partial(_refused, status=403), receiving.RefusedError: partial(_refused, status=409),
            body.BodyError: partial(_refused, status=422), sending.StreamError: partial(_refused, status=409),
            StandardsError: partial(_refused, status=404), ClientDisconnect: partial(_refused, status=400),
            404: partial(_refused, status=404),
        },
    )  # fmt: skip
    door.state.waking = waking
    return door


async def about(request: Request) -> Response:
    """Which node this is, what it runs and what its clock says."""
    asked = await _asked(request, b"")
    version = await _do(configuration.current)
    said = {
        "code": own_code(), "version": __version__, "time": timezone.now().isoformat(),
        "configuration": version.version if version else 0,
    }  # fmt: skip
    return _answer(asked, said)


async def members(request: Request) -> Response:
    """The province's configuration, if newer than the one the caller has."""
    asked = await _asked(request, b"")
    found = await _do(configuration.current)
    if found is None or found.version <= _number(request, "have"):
        return Response(status_code=204)
    return _answer(asked, {"document": found.document, "signature": found.signature})


async def talk(request: Request) -> Response:
    """Standards and catalogues, both ways."""
    content = await _short(request, most=LONG_BODY)
    asked = await _asked(request, content)
    await _do(_must_be_below, asked.member)
    said = json.loads(content)
    return _answer(asked, await _do(partial(control.answered, asked.member, said, at=timezone.now())))


async def standard(request: Request) -> Response:
    """A layer of the standard that was published here."""
    asked = await _asked(request, b"")
    await _do(_must_be_below, asked.member)
    said = request.query_params
    return _answer(asked, await _do(control.edition, said.get("pack", ""), said.get("version", "")))


async def moving_rows(request: Request) -> Response:
    """Rows of a county that moves out, to its own node."""
    asked = await _asked(request, b"")
    table = request.query_params.get("table", "")
    return _answer(asked, await _do(_moving_rows, asked.member, table, _number(request, "after")))


def _moving_rows(member: Member, table: str, after: int) -> dict[str, Any]:
    move = hosting.leaving(member)
    return moving.page(move.county_code, table, after, with_accounts=move.with_accounts)


async def moving_file(request: Request) -> Response:
    """A piece of a file that goes with a county."""
    asked = await _asked(request, b"")
    sm3 = request.query_params.get("sm3", "")
    return _answer(asked, await _do(_moving_file, asked.member, sm3, _number(request, "offset")))


def _moving_file(member: Member, sm3: str, offset: int) -> dict[str, Any]:
    if not moving.goes_along(hosting.leaving(member).county_code, sm3):
        raise MemberError("这个文件不属于该县")
    return moving.piece(sm3, offset)


async def moving_done(request: Request) -> Response:
    """The county has everything."""
    content = await _short(request)
    asked = await _asked(request, content)
    await _do(partial(_moving_done, asked.member, json.loads(content)))
    return _answer(asked, {"done": True})


def _moving_done(member: Member, counts: dict[str, int]) -> None:
    hosting.finish(hosting.leaving(member).county_code, counts, at=timezone.now())


async def next_batch(request: Request) -> Response:
    """The batch after the one named; held while there is none, at most as long as asked."""
    asked = await _asked(request, b"")
    after, wait = _number(request, "after"), min(_number(request, "wait"), MOST_WAIT_S)
    waking: Waking = request.app.state.waking
    until = time.monotonic() + wait
    while True:
        with waking.waiting(asked.member.code) as woken:
            batch = await _do(_next_for, asked.member, after)
            if batch is not None:
                break
            left = until - time.monotonic()
            if left <= 0 or not await woken(left):
                return Response(status_code=204)
    head = SignedHead.read(json.dumps({"head": batch.head, "signature": batch.signature})).json()
    headers = {signed.BATCH: head, ANSWER: signed.answer(asked.request, head.encode())}
    return StreamingResponse(
        body.packed(body.read(sending.path_of(batch))),
        headers=headers,
        media_type="application/x-ndjson+zstd",
    )


def _next_for(member: Member, after: int) -> Batch | None:
    if member.code not in {one.code for one in peers().below}:
        raise MemberError(f"{member} 不是本节点的下级")
    return sending.next_batch(member, after=after, at=timezone.now())


async def acknowledge(request: Request) -> Response:
    """The caller has a batch in its register."""
    content = await _short(request)
    asked = await _asked(request, content)
    said = json.loads(content)
    await _do(
        partial(
            sending.acknowledge, asked.member, seq=int(said["seq"]), root=str(said["root"]), at=timezone.now()
        )
    )
    return _answer(asked, {"acknowledged": said["seq"]})


async def taken(request: Request) -> Response:
    """Up to which batch of the caller's this node has everything."""
    asked = await _asked(request, b"")
    seq, root = await _do(receiving.last_taken, asked.member)
    return _answer(asked, {"seq": seq, "root": root})


async def put_batch(request: Request) -> Response:
    """A batch handed up by a lower node: kept, checked and entered before the answer."""
    text = request.headers.get(signed.BATCH, "")
    asked = await _asked(request, text.encode())
    head = SignedHead.read(text)
    await _do(_must_be_below, asked.member)
    before = await _do(partial(receiving.expected, asked.member, head, at=timezone.now()))
    if before is None:
        with tempfile.TemporaryDirectory(dir=sending.folder(), prefix=".coming-") as spool:
            path = Path(spool) / "body"
            await _spool(request, path, most=head.head.size)
            before = await _do(partial(_take, asked.member, head, path))
    return _answer(asked, {"taken": before.seq, "root": before.root})


def _must_be_below(member: Member) -> None:
    if member.code not in {one.code for one in peers().below}:
        raise MemberError(f"{member} 不是本节点的下级")


def _take(member: Member, head: SignedHead, path: Path) -> Batch:
    with path.open("rb") as file:
        pieces = body.unpacked(iter(lambda: file.read(body.PIECE), b""))
        return receiving.take(member, head, pieces, above=False, at=timezone.now())


async def _spool(request: Request, path: Path, *, most: int) -> None:
    """The body as it comes, compressed, into a file; more than the head says is cut off."""
    came = 0
    async with await anyio.open_file(path, "wb") as file:
        async for piece in request.stream():
            came += len(piece)
            if came > most + SHORT_BODY:
                raise body.BodyError("批体比批头所说的长")
            await file.write(piece)


async def _short(request: Request, *, most: int = SHORT_BODY) -> bytes:
    came = b""
    async for piece in request.stream():
        came += piece
        if len(came) > most:
            raise body.BodyError("请求过长")
    return came


async def _asked(request: Request, content: bytes) -> Asked:
    target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    headers = {name: value for name, value in request.headers.items() if name.startswith("x-")}
    member, said = await _do(
        partial(signed.asked, request.method, target, headers, content, at=timezone.now())
    )
    return Asked(member, said)


def _answer(asked: Asked, said: dict[str, Any]) -> Response:
    response = JSONResponse(said)
    response.headers[ANSWER] = signed.answer(asked.request, bytes(response.body))
    return response


def _number(request: Request, name: str) -> int:
    text = request.query_params.get(name, "0")
    return int(text) if text.isdigit() and len(text) < 19 else 0


async def _refused(_: Request, error: Exception, *, status: int) -> Response:
    detail = (
        str(error)
        if isinstance(error, ValueError | RuntimeError | StandardsError)
        else "没有这个地址或连接中断"
    )
    said = {"type": "about:blank", "status": status, "title": "未受理", "detail": detail}
    return JSONResponse(said, status_code=status, media_type="application/problem+json")


async def _do(what: Callable[..., Found], *given: Any) -> Found:
    """In a thread with a database connection of its own."""
    return await anyio.to_thread.run_sync(partial(_with_connection, what, given))


def _with_connection(what: Callable[..., Found], given: tuple[Any, ...]) -> Found:
    close_old_connections()
    return what(*given)
