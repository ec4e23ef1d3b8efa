"""How a question is heard and answered at the door (问答): signed both ways, worked on in a thread with its own connection."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import anyio
from django.db import close_old_connections
from django.utils import timezone
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from minzheng.foundation.members.models import Member
from minzheng.sharing.between import body, signed
from minzheng.sharing.between.calling import ANSWER

SHORT_BODY = 1 << 20
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks what (来问)."""

    member: Member
    request: signed.Request


async def short(request: Request) -> bytes:
    """A body of no more than ``SHORT_BODY`` bytes (短请求). Raises ``BodyError``."""
    came = b""
    async for piece in request.stream():
        came += piece
        if len(came) > SHORT_BODY:
            raise body.BodyError("请求过长")
    return came


async def asked(request: Request, content: bytes) -> Asked:
    """Who asks; ``content`` is what he signed besides (来问者). Raises ``MemberError``."""
    target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    headers = {name: value for name, value in request.headers.items() if name.startswith("x-")}
    member, said = await do(
        partial(signed.asked, request.method, target, headers, content, at=timezone.now())
    )
    return Asked(member, said)


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
