"""What another node may ask (节点间问答): the next batch, taken; a batch handed up; the members' list; how things stand.

Every request is signed and so is every answer, which names the request it answers. A question for more is held until something is
there: one listener a process gives changes their places and wakes only those they are for.
"""

import json
import time
import uuid
from collections.abc import AsyncIterator, Callable
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
from minzheng.foundation import tracing
from minzheng.foundation.members.models import Member
from minzheng.foundation.members.services import MemberError, own_code
from minzheng.sharing.between import (
    body,
    configuration,
    control,
    receiving,
    recovering,
    sending,
    signed,
)
from minzheng.sharing.between.calling import ANSWER, FORGOTTEN, PATH
from minzheng.sharing.between.head import SignedHead
from minzheng.sharing.between.models import Batch
from minzheng.sharing.between.spooling import spooled
from minzheng.sharing.between.terms import Direction
from minzheng.sharing.watching import reports
from minzheng.standards.errors import StandardsError
from minzheng.web.between.asking import SHORT_BODY, Asked
from minzheng.web.between.asking import answer as _answer
from minzheng.web.between.asking import asked as _asked
from minzheng.web.between.asking import do as _do
from minzheng.web.between.asking import number as _number
from minzheng.web.between.asking import promptly as _promptly
from minzheng.web.between.asking import short as _short
from minzheng.web.between.completeness import routes as completeness_routes
from minzheng.web.between.moves import routes as moves_routes
from minzheng.web.between.waking import Waking

MOST_WAIT_S, LONG_BODY = 55, 32 << 20


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
            Route(f"{PATH}/configuration", take_members, methods=["PUT"]),
            Route(f"{PATH}/control", talk, methods=["POST"]),
            Route(f"{PATH}/standards", standard),
            Route(f"{PATH}/batches", next_batch),
            Route(f"{PATH}/batches/{{seq:int}}", put_batch, methods=["PUT"]),
            Route(f"{PATH}/taken", taken),
            Route(f"{PATH}/echo", echo, methods=["POST"]),
            Route(f"{PATH}/state", state, methods=["POST"]),
            Route(f"{PATH}/sent", sent),
            Route(f"{PATH}/returned", returned),
            Route(f"{PATH}/returned/{{seq:int}}", put_returned, methods=["PUT"]),
            Route(f"{PATH}/acks", acknowledge, methods=["POST"]),
            Route(f"{PATH}/lacking", lacking),
            *completeness_routes(),
            *moves_routes(),
        ],
        lifespan=life,
        exception_handlers={
            MemberError: partial(_refused, status=403), receiving.RefusedError: partial(_refused, status=409),
            body.BodyError: partial(_refused, status=422), sending.StreamError: partial(_refused, status=409),
            sending.ForgottenError: partial(_refused, status=FORGOTTEN), OSError: partial(_refused, status=507),
            StandardsError: partial(_refused, status=404), ClientDisconnect: partial(_refused, status=400),
            404: partial(_refused, status=404),
        },
    )  # fmt: skip
    door.state.waking = waking
    # By it a caller notices that this node was started anew, perhaps from a backup.
    door.state.run = uuid.uuid4().hex
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


async def take_members(request: Request) -> Response:
    """A list newer than this node's own, for one who was restored from a backup: believed by the province's signature alone."""
    content = await _short(request, most=LONG_BODY)
    asked = await _asked(request, content)
    await _do(_must_be_below, asked.member)
    return _answer(asked, {"taken": await _do(_take_list, content)})


def _take_list(content: bytes) -> bool:
    try:
        said = json.loads(content)
        return configuration.take(said["document"], str(said["signature"]), at=timezone.now())
    except (ValueError, KeyError, TypeError) as error:
        raise body.BodyError(f"名录不可信: {error}") from error


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


async def next_batch(request: Request) -> Response:
    """The batch after the one named; held while there is none, at most as long as asked."""
    asked = await _asked(request, b"")
    after, wait = _number(request, "after"), min(_number(request, "wait"), MOST_WAIT_S)
    root = request.query_params.get("root", "")
    waking: Waking = request.app.state.waking
    until = time.monotonic() + wait
    while True:
        with waking.waiting(asked.member.code) as woken:
            batch = await _do(_next_for, asked.member, after, root)
            if batch is not None:
                break
            left = until - time.monotonic()
            if left <= 0 or not await woken(left):
                return Response(status_code=204)
    return _given(asked, batch)


def _given(asked: Asked, batch: Batch) -> Response:
    head = SignedHead.of_json(batch.head, batch.signature).json()
    headers = {signed.BATCH: head, ANSWER: signed.answer(asked.request, head.encode())} | sending.traced(
        batch
    )
    return StreamingResponse(
        body.packed(body.read(sending.path_of(batch))),
        headers=headers,
        media_type="application/x-ndjson+zstd",
    )


def _next_for(member: Member, after: int, root: str) -> Batch | None:
    _must_be_below(member)
    return sending.next_batch(member, after=after, at=timezone.now(), root=root)


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


async def lacking(request: Request) -> Response:
    """Which bodies of the road to the caller are lost here: of what it was sent, and of what it handed up."""
    asked = await _asked(request, b"")
    gone = await _do(recovering.lost, asked.member)
    seqs = {way: [one.seq for one in gone if one.direction == way] for way in Direction}
    return _answer(asked, {"sent": seqs[Direction.OUT], "taken": seqs[Direction.IN]})


async def taken(request: Request) -> Response:
    """Up to which batch of the caller's this node has everything."""
    asked = await _asked(request, b"")
    seq, root = await _do(receiving.last_taken, asked.member)
    return _answer(asked, {"seq": seq, "root": root, "run": request.app.state.run})


async def echo(request: Request) -> Response:
    """What was said, back again, with what this node knows of the caller's streams."""
    content = await _short(request)
    asked = await _asked(request, content)
    return _answer(asked, await _do(reports.echoed, asked.member, content))


async def state(request: Request) -> Response:
    """A lower node tells how its roads do, and those below it."""
    content = await _short(request)
    asked = await _asked(request, content)
    kept = await _do(partial(reports.take, asked.member, content, at=timezone.now()))
    return _answer(asked, {"kept": kept})


async def sent(request: Request) -> Response:
    """Up to which batch this node knows to have sent the caller something."""
    asked = await _asked(request, b"")
    return _answer(asked, {"seq": await _do(sending.last_made, asked.member)})


async def returned(request: Request) -> Response:
    """A batch that the caller itself handed up, for one who was restored from a backup."""
    asked = await _asked(request, b"")
    return _given(asked, await _do(recovering.to_give_back, asked.member, _number(request, "after")))


async def put_returned(request: Request) -> Response:
    """A batch that this node had sent the caller and forgot: entered before the answer."""
    asked, head = await _asked_with_head(request)
    with spooled() as spool:
        await _spool(request, spool / "body", most=min(head.head.size, sending.LARGEST))
        batch = await _do(_take, recovering.take_back, asked.member, head, spool / "body")
    return _answer(asked, {"taken": batch.seq, "root": batch.root})


async def _asked_with_head(request: Request) -> tuple[Asked, SignedHead]:
    text = request.headers.get(signed.BATCH, "")
    asked = await _asked(request, text.encode())
    await _do(_must_be_below, asked.member)
    return asked, SignedHead.read(text)


async def put_batch(request: Request) -> Response:
    """A batch handed up by a lower node: kept, checked and entered before the answer."""
    asked, head = await _asked_with_head(request)
    before = await _do(partial(receiving.expected, asked.member, head, at=timezone.now()))
    if before is None or sending.is_lost(before):
        with spooled() as spool:
            path = spool / "body"
            await _spool(request, path, most=head.head.size)
            with tracing.within(request.headers):
                before = await _do(_take, receiving.take, asked.member, head, path)
    return _answer(asked, {"taken": before.seq, "root": before.root})


def _must_be_below(member: Member) -> None:
    if member.kind != Member.NODE or member.upper_code != own_code():
        raise MemberError(f"{member} 不是本节点的下级")


def _take(take: Callable[..., Batch], member: Member, head: SignedHead, path: Path) -> Batch:
    with path.open("rb") as file:
        pieces = body.unpacked(iter(lambda: file.read(body.PIECE), b""))
        return take(member, head, pieces, above=False, at=timezone.now())


async def _spool(request: Request, path: Path, *, most: int) -> None:
    """The body as it comes, compressed, into a file; more than the head says is cut off."""
    came = 0
    async with await anyio.open_file(path, "wb") as file:
        async for piece in _promptly(request):
            came += len(piece)
            if came > most + SHORT_BODY:
                raise body.BodyError("批体比批头所说的长")
            await file.write(piece)


async def _refused(_: Request, error: Exception, *, status: int) -> Response:
    known = isinstance(error, ValueError | RuntimeError | StandardsError)
    detail = str(error) if known else "没有这个地址或连接中断"
    detail = f"对方{body.disk(error)}" if isinstance(error, OSError) else detail
    said = {"type": "about:blank", "status": status, "title": "未受理", "detail": detail}
    return JSONResponse(said, status_code=status, media_type="application/problem+json")
