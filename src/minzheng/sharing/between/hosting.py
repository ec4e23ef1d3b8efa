"""Counties without a node of their own (代建): who keeps them, and how one moves out into its own.

The province says who hosts whom. A county that moves out is first a member below its host like any other: the streams bring it
all there is and every change since, in their order. At the cut its accounts at the host are closed, and it fetches what no
stream carries (``moving``): files, what was decided of signals and rows, tickets, its catalogue, its accounts where wanted. What
is still entered at the host goes on to it by the stream: nothing is lost at any moment. Until the cut it can be called off.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from minzheng.foundation.accounts.managing import close_moved
from minzheng.foundation.accounts.models import User
from minzheng.foundation.audit.services import record
from minzheng.foundation.members.models import Member
from minzheng.foundation.members.services import MemberError, own_code
from minzheng.kernel.division import covers
from minzheng.sharing.between import configuration, routing
from minzheng.sharing.between.configuration import ConfigurationError
from minzheng.sharing.between.models import Dispatch, Move


class MoveError(ValueError):
    """What can't be done of a county's move, in Chinese (不能迁出)."""


def host(code: str, counties: list[str], *, by: User | str | None, at: datetime) -> None:
    """The province says which counties a city's node keeps (登记代建); a county with a node of its own is none. Publishes."""
    with transaction.atomic():
        city = Member.objects.select_for_update().filter(code=code, kind=Member.NODE, revoked_at=None).first()
        if city is None:
            raise ConfigurationError(f"成员 {code} 不在名录中")
        for county in counties:
            if not covers(city.division_code, county) or len(county) != 6 or county == city.division_code:
                raise ConfigurationError(f"{county} 不是 {city} 所辖的县")
            if Member.objects.filter(code=county, revoked_at=None).exists():
                raise ConfigurationError(f"{county} 已有自己的节点")
        city.hosted = sorted({*city.hosted, *counties})
        city.save(update_fields=["hosted"])
        record(
            by=by,
            action="host_county",
            object_kind="member",
            object_id=code,
            detail={"hosted": city.hosted},
            at=at,
        )
        configuration.publish(by=by, at=at)


def moved_out(member: Member, counties: list[str], *, at: datetime) -> None:
    """The province hears from a host that counties have left it (代建结束)."""
    left = sorted(set(member.hosted) & set(counties))
    if not left or not configuration.is_root():
        return
    Member.objects.filter(code=member.code).update(hosted=sorted(set(member.hosted) - set(left)))
    record(
        by=None,
        action="host_ended",
        object_kind="member",
        object_id=member.code,
        detail={"left": left},
        at=at,
    )


def begin(county: str, *, with_accounts: bool, by: User | str | None, at: datetime) -> Move:
    """Start giving a county's new node, which the province has entered, what is its (开始迁出). Raises ``MoveError``."""
    peer = _node_of(county)
    me = Member.objects.get(code=own_code())
    if county not in me.hosted:
        raise MoveError(f"{county} 不是由本节点代建的县")
    known = Move.objects.filter(county_code=county).first()
    if known is not None and known.state in (Move.COPYING, Move.CUT):
        raise MoveError(f"{county} 正在迁出")
    subjects = routing.everything(peer)
    values = {
        "state": Move.COPYING, "subjects": subjects, "with_accounts": with_accounts, "began_at": at, "cut_at": None,
        "done_at": None, "last_dispatch": None, "counts": {}, "by_name": str(by or "")[:64],
    }  # fmt: skip
    move, _ = Move.objects.update_or_create(county_code=county, defaults=values)
    record(
        by=by,
        action="move_out.begin",
        object_kind="county",
        object_id=county,
        detail={"subjects": subjects},
        at=at,
    )
    return move


def abort(county: str, *, by: User | str | None, at: datetime) -> None:
    """Call a move off before its cut (中止迁出): the county goes on here as before. Raises ``MoveError``."""
    with transaction.atomic():
        move = _under_way(county)
        if move.state != Move.COPYING:
            raise MoveError(f"{county} 已经切换, 不能中止")
        move.state = Move.ABORTED
        move.save(update_fields=["state"])
        record(by=by, action="move_out.abort", object_kind="county", object_id=county, at=at)


def cut_over(county: str, *, by: User | str | None, at: datetime) -> int:
    """From now on the county works at its own node (切换): its accounts here are closed; how many. Raises ``MoveError``."""
    peer = _node_of(county)
    with transaction.atomic():
        move = _under_way(county)
        if move.state != Move.COPYING:
            raise MoveError(f"{county} 已经切换")
        closed = close_moved(division_code=county, moved_to=peer.address, by=by, at=at)
        move.state, move.cut_at = Move.CUT, at
        move.save(update_fields=["state", "cut_at"])
        record(
            by=by,
            action="move_out.cut",
            object_kind="county",
            object_id=county,
            detail={"accounts": closed},
            at=at,
        )
    routing.route_all()  # what was entered before the cut has its place now
    last = Dispatch.objects.filter(peer_code=county).aggregate(last=Max("id"))["last"]
    Move.objects.filter(county_code=county).update(last_dispatch=last or 0)
    return closed


def progress(county: str) -> dict[str, Any]:
    """How far a move is (迁出进度): ``waiting`` subjects not yet acknowledged. Raises ``MoveError``."""
    move = Move.objects.filter(county_code=county).first()
    if move is None:
        raise MoveError(f"{county} 没有迁出过")
    waiting = sum(
        len(one.subject_ids) for one in Dispatch.objects.filter(peer_code=county).only("subject_ids")
    )
    return {
        "county": county, "state": move.state, "label": move.get_state_display(), "subjects": move.subjects,
        "waiting": waiting, "counts": move.counts, "began_at": move.began_at, "cut_at": move.cut_at, "done_at": move.done_at,
    }  # fmt: skip


def standing(county: str) -> str:
    """What a lower node that asks is told (迁出状态): ``ready`` once the streams have brought it all of before the cut."""
    move = Move.objects.filter(county_code=county).first()
    if move is None or move.state != Move.CUT or move.last_dispatch is None:
        return ""
    left = Dispatch.objects.filter(peer_code=county, id__lte=move.last_dispatch).exists()
    return "" if left else "ready"


def leaving(member: Member) -> Move:
    """The move of a member that may fetch its county now (迁出中的县). Raises ``MemberError``."""
    move = Move.objects.filter(county_code=member.division_code, state__in=[Move.CUT, Move.DONE]).first()
    if move is None or (move.state == Move.CUT and standing(member.division_code) != "ready"):
        raise MemberError(f"{member} 现在没有可迁的内容")
    return move


def finish(county: str, counts: dict[str, int], *, at: datetime) -> None:
    """The county has everything (迁出完成)."""
    done = Move.objects.filter(county_code=county, state=Move.CUT).update(
        state=Move.DONE, done_at=at, counts=counts
    )
    if done:
        record(by=None, action="move_out.done", object_kind="county", object_id=county, detail=counts, at=at)


def _node_of(county: str) -> Member:
    peer = next((one for one in routing.peers().below if one.division_code == county), None)
    if peer is None:
        raise MoveError(f"{county} 的新节点还没有登记为本节点的下级: 请先由省级节点登记其名片")
    return peer


def _under_way(county: str) -> Move:
    move = Move.objects.select_for_update().filter(county_code=county).first()
    if move is None or move.state in (Move.DONE, Move.ABORTED):
        raise MoveError(f"{county} 没有在迁出")
    return move
