"""The door's part on completeness (回流完整性问答): what belongs to the lower node that asks, what differs, send it again."""

import json
from functools import partial

from django.utils import timezone
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from minzheng.sharing.between import completeness
from minzheng.sharing.between.calling import PATH
from minzheng.web.between.asking import answer, asked, do, number, short


def routes() -> list[Route]:
    """Where they stand."""
    base = f"{PATH}{completeness.PATH}"
    return [
        Route(base, stands),
        Route(base, told, methods=["POST"]),
        Route(f"{base}/buckets", buckets),
        Route(f"{base}/items", items),
        Route(f"{base}/again", again, methods=["POST"]),
    ]


async def stands(request: Request) -> Response:
    """What belongs to the caller, by data set and division."""
    who = await asked(request, b"")
    return answer(who, await do(completeness.stands, who.member))


async def buckets(request: Request) -> Response:
    """One data set and division of it by buckets."""
    who = await asked(request, b"")
    said = request.query_params
    return answer(
        who,
        await do(
            completeness.buckets_of, who.member, said.get("data_set", ""), str(number(request, "division"))
        ),
    )


async def items(request: Request) -> Response:
    """The items of some buckets."""
    who = await asked(request, b"")
    said = request.query_params
    chosen = [int(one) for one in said.get("buckets", "").split(",") if one.isdigit() and len(one) < 4]
    return answer(
        who,
        await do(
            completeness.items_of,
            who.member,
            said.get("data_set", ""),
            str(number(request, "division")),
            chosen,
        ),
    )


async def again(request: Request) -> Response:
    """Some of it once more."""
    content = await short(request)
    who = await asked(request, content)
    said = json.loads(content)
    work = partial(
        completeness.again,
        who.member,
        str(said["data_set"]),
        [str(one) for one in said["ids"]],
        at=timezone.now(),
    )
    return answer(who, await do(work))


async def told(request: Request) -> Response:
    """What the caller has found of itself."""
    content = await short(request)
    who = await asked(request, content)
    kept = await do(partial(completeness.told, who.member, json.loads(content)["rows"], at=timezone.now()))
    return answer(who, {"kept": kept})
