"""What a county's own node asks of the city it moves out of (迁出问答): its rows, its files, and that it has everything."""

import json
from functools import partial
from typing import Any

from django.utils import timezone
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from minzheng.foundation.members.models import Member
from minzheng.foundation.members.services import MemberError
from minzheng.sharing.between import hosting, moving
from minzheng.sharing.between.calling import PATH
from minzheng.web.between.asking import answer, asked, do, number, short


def routes() -> list[Route]:
    """Where it asks (地址)."""
    return [
        Route(f"{PATH}/moving", moving_rows),
        Route(f"{PATH}/moving/file", moving_file),
        Route(f"{PATH}/moving/done", moving_done, methods=["POST"]),
    ]


async def moving_rows(request: Request) -> Response:
    """Rows of a county that moves out, to its own node."""
    who = await asked(request, b"")
    table = request.query_params.get("table", "")
    return answer(who, await do(_moving_rows, who.member, table, number(request, "after")))


def _moving_rows(member: Member, table: str, after: int) -> dict[str, Any]:
    move = hosting.leaving(member)
    return moving.page(move.county_code, table, after, with_accounts=move.with_accounts)


async def moving_file(request: Request) -> Response:
    """A piece of a file that goes with a county."""
    who = await asked(request, b"")
    sm3 = request.query_params.get("sm3", "")
    return answer(who, await do(_moving_file, who.member, sm3, number(request, "offset")))


def _moving_file(member: Member, sm3: str, offset: int) -> dict[str, Any]:
    if not moving.goes_along(hosting.leaving(member).county_code, sm3):
        raise MemberError("这个文件不属于该县")
    return moving.piece(sm3, offset)


async def moving_done(request: Request) -> Response:
    """The county has everything."""
    content = await short(request)
    who = await asked(request, content)
    await do(partial(_moving_done, who.member, json.loads(content)))
    return answer(who, {"done": True})


def _moving_done(member: Member, counts: dict[str, int]) -> None:
    hosting.finish(hosting.leaving(member).county_code, counts, at=timezone.now())
