"""What another node may ask (节点间问答): the next batch, taken; a batch handed up; the members' list; how things stand.

Every request is signed and so is every answer, which names the request it answers. A question for more is held until something is
there: one listener a process gives changes their places and wakes only those they are for.
"""

import json
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import anyio
from django.utils import timezone
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from minzheng import __version__
from minzheng.foundation.members.models import Member
from minzheng.foundation.members.services import MemberError, own_code
from minzheng.sharing.between import body, configuration, receiving, sending, signed
from minzheng.sharing.between.calling import ANSWER, PATH
from minzheng.sharing.between.head import SignedHead
from minzheng.sharing.between.models import Batch
from minzheng.sharing.between.routing import peers
from minzheng.web.between.asking import SHORT_BODY
from minzheng.web.between.asking import answer as _answer
from minzheng.web.between.asking import asked as _asked
from minzheng.web.between.asking import do as _do
from minzheng.web.between.asking import number as _number
from minzheng.web.between.asking import short as _short
from minzheng.web.between.completeness import routes as completeness_routes
from minzheng.web.between.waking import Waking

MOST_WAIT_S = 55


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
            Route(f"{PATH}/batches", next_batch),
            Route(f"{PATH}/batches/{{seq:int}}", put_batch, methods=["PUT"]),
            Route(f"{PATH}/taken", taken),
            Route(f"{PATH}/acks", acknowledge, methods=["POST"]),
            *completeness_routes(),
        ],
        lifespan=life,
        exception_handlers={
            MemberError: partial(_refused, status=403), receiving.RefusedError: partial(_refused, status=409),
            body.BodyError: partial(_refused, status=422), sending.StreamError: partial(_refused, status=409),
            ClientDisconnect: partial(_refused, status=400), 404: partial(_refused, status=404),
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
    """The members' list, if newer than the one the caller has."""
    asked = await _asked(request, b"")
    found = await _do(configuration.current)
    if found is None or found.version <= _number(request, "have"):
        return Response(status_code=204)
    return _answer(asked, {"document": found.document, "signature": found.signature})


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
        raise MemberError(f"{member} 不是本节点的下级, 不能上送")


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


async def _refused(_: Request, error: Exception, *, status: int) -> Response:
    detail = str(error) if isinstance(error, ValueError | RuntimeError) else "没有这个地址或连接中断"
    said = {"type": "about:blank", "status": status, "title": "未受理", "detail": detail}
    return JSONResponse(said, status_code=status, media_type="application/problem+json")
