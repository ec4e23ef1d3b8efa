"""The road to a peer, tested step by step (链路诊断).

own standing → address → TCP → TLS and both certificates → a signed echo both ways → time → members' list and its signature →
protocol → positions of the streams. A lower node need not be reachable: it calls by itself, and what it last said counts then.
"""

import datetime

from django.utils import timezone

from minzheng.foundation.members.models import Member
from minzheng.foundation.members.services import MemberError, own_code, trusted
from minzheng.sharing.between import tls
from minzheng.sharing.between.models import Road
from minzheng.sharing.between.routing import peers
from minzheng.sharing.watching.diagnosing.reaching import has_address, is_reached
from minzheng.sharing.watching.diagnosing.speaking import speak
from minzheng.sharing.watching.diagnosing.steps import BAD, FINE, WARN, Diagnosis, Step, lasts

CALLED_LATELY = datetime.timedelta(minutes=5)


def neighbours() -> list[tuple[Member, bool]]:
    """The members next to this node, and whether each is above it (邻接成员)."""
    around = peers()
    return [*([(around.above, True)] if around.above else []), *((one, False) for one in around.below)]


def diagnose(peer: Member, *, above: bool) -> Diagnosis:
    """Test the road to one member (诊断)."""
    found = Diagnosis(peer.code, str(peer), above)
    if _ours(found, peer) and has_address(found, peer) and is_reached(found, peer):
        speak(found, peer)
    if not found.above:
        _has_called(found, peer)
    if not found.sentence:
        found.sentence = f"与 {peer} 的链路正常。"
    return found


def _ours(found: Diagnosis, peer: Member) -> bool:
    """What this node can see for itself: the list it has, its own standing and certificate."""
    now = timezone.now()
    try:
        trusted(own_code(), at=now)
    except MemberError as error:
        return found.add("本节点登记", BAD, f"{error}", "请联系省级节点重新登记")
    try:
        trusted(peer.code, at=now)
    except MemberError as error:
        return found.add("对方登记", BAD, f"{error}", "请联系省级节点核实")
    return lasts(found, "本节点证书", "本节点", tls.own_certificate(), now)


def _has_called(found: Diagnosis, peer: Member) -> None:
    """A lower node that cannot be called is well as long as it calls."""
    road = Road.objects.filter(peer_code=peer.code).first()
    reached = road.reached_at if road else None
    lately = reached is not None and timezone.now() - reached < CALLED_LATELY
    last = f"{timezone.localtime(reached):%Y-%m-%d %H:%M:%S}" if reached else "从未"
    closed = [one.name for one in found.steps if one.tone == BAD] in (["地址"], ["TCP 连接"])
    if lately and closed:
        found.tone, found.sentence = FINE, f"{peer} 不接受呼入, 由它主动连接, 最近来电 {last}, 链路正常。"
        found.add("来电", FINE, f"最近 {last}")
    elif lately:
        found.add("来电", FINE, f"最近 {last}")
    elif closed:
        found.steps.append(Step("来电", BAD, f"最近来电 {last}"))
        found.sentence = found.sentence.removesuffix("。") + f"; 它也没有主动来电 (最近 {last})。"
    else:
        found.add(
            "来电",
            WARN,
            f"{peer} 能连通, 但没有主动来电取数 (最近 {last})",
            "请对方检查“上级连接”进程是否在运行",
        )
