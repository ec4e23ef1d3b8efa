"""A county arrives at its own node (迁入): once the streams are through, it fetches from its host what they do not carry."""

import base64
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from minzheng.foundation.audit.services import record
from minzheng.foundation.members.services import own_code
from minzheng.sharing.between import moving
from minzheng.sharing.between.calling import Caller, CallError

FILES = "foundation_storedfile"


def arrive(caller: Caller, *, with_accounts: bool, at: datetime) -> dict[str, int]:
    """Everything, table after table; a row that is here already is left as it is, so that one may begin anew (迁入).

    Returns how many rows came per table. Raises ``CallError``.
    """
    counts: dict[str, int] = {}
    for one in moving.tables(with_accounts=with_accounts):
        came = 0
        while rows := list(_ask(caller, f"/moving?table={one.table}&after={came}").get("rows", [])):
            if one.table == FILES:
                for row in rows:
                    moving.enter_file(row, _pieces(caller, row["sm3"]), at=at)
            moving.enter(one.table, rows, with_accounts=with_accounts, at=at)
            came += len(rows)
        if came:
            counts[one.table] = came
    caller.ask("POST", "/moving/done", counts)
    record(by=None, action="move_in", object_kind="county", object_id=own_code(), detail=counts, at=at)
    return counts


def _pieces(caller: Caller, sm3: str) -> Iterator[bytes]:
    offset = 0
    while found := base64.b64decode(_ask(caller, f"/moving/file?sm3={sm3}&offset={offset}")["piece"]):
        offset += len(found)
        yield found


def _ask(caller: Caller, target: str) -> dict[str, Any]:
    answer = caller.ask("GET", target)
    if answer is None:
        raise CallError(f"{caller.peer} 没有给出随迁内容")
    return answer
