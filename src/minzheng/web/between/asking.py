"""How a question is heard and answered at the door (问答): signed both ways, worked on in a thread with its own connection."""

import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import anyio
from django.db import close_old_connections
from django.utils import timezone
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from minzheng.foundation.members.models import Member
from minzheng.foundation.members.services import own_code
from minzheng.sharing.between import body, roads, signed
from minzheng.sharing.between.calling import ANSWER

SHORT_BODY = 1 << 20
SILENT_S, LONGEST_S = 60, 3600
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks what (来问)."""

    member: Member
    request: signed.Request


async def promptly(request: Request) -> AsyncIterator[bytes]:
    """What comes (接收). Who stops speaking in the middle is hung up on, and so is who takes for ever: ``BodyError``."""
    until = time.monotonic() + LONGEST_S
    pieces = request.stream()
    while time.monotonic() < until:
        try:
            with anyio.fail_after(SILENT_S):
                piece = await anext(pieces, None)
        except TimeoutError as error:
            raise body.BodyError(f"对方 {SILENT_S} 秒没有继续发送") from error
        if piece is None:
            return
        yield piece
    raise body.BodyError("对方发送过慢")


async def short(request: Request, *, most: int = SHORT_BODY) -> bytes:
    """A body of no more than ``most`` bytes (短请求). Raises ``BodyError``."""
    came = b""
    async for piece in promptly(request):
        came += piece
        if len(came) > most:
            raise body.BodyError("请求过长")
    return came


async def asked(request: Request, content: bytes) -> Asked:
    """Who asks; ``content`` is what he signed besides (来问者). Raises ``MemberError``."""
    target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    headers = {name: value for name, value in request.headers.items() if name.startswith("x-")}
    member, said = await do(partial(_listen_to, request.method, target, headers, content))
    return Asked(member, said)


def _listen_to(
    method: str, target: str, headers: dict[str, str], content: bytes
) -> tuple[Member, signed.Request]:
    at = timezone.now()
    member, said = signed.asked(method, target, headers, content, at=at)
    if member.upper_code == own_code():  # lower nodes call; the upper one only tests the road
        roads.heard(member, said.time, at=at)
    return member, said


def answer(asked: Asked, said: dict[str, Any]) -> Response:
    """JSON, bound to the question (应答)."""
    response = JSONResponse(said)
    response.headers[ANSWER] = signed.answer(asked.request, bytes(response.body))
    return response


def number(request: Request, name: str) -> int:
    """A number of the query; 0 where it is none (数字参数)."""
    text = request.query_params.get(name, "0")
    return int(text) if text.isdigit() and len(text) < 19 else 0


async def do(what: Callable[..., Found], *given: Any) -> Found:
    """In a thread with a database connection of its own (线程中执行)."""
    return await anyio.to_thread.run_sync(partial(_with_connection, what, given))


def _with_connection(what: Callable[..., Found], given: tuple[Any, ...]) -> Found:
    close_old_connections()
    return what(*given)
