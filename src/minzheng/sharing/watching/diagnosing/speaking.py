"""Speaking with a peer (对话): a signed echo both ways, and what the answer tells of time, lists, versions and streams."""

import datetime
import json
import secrets
from typing import Any

from django.utils import timezone

from minzheng.foundation.crypto import sm2
from minzheng.foundation.members.models import Member
from minzheng.foundation.members.services import MemberError
from minzheng.sharing.between import configuration, receiving, roads, sending
from minzheng.sharing.between.calling import Caller, CallError
from minzheng.sharing.watching.diagnosing.steps import BAD, FINE, WARN, Diagnosis
from minzheng.sharing.watching.reports import PROTOCOL

CLOCK_S = 30


def speak(found: Diagnosis, peer: Member) -> None:
    """Say something signed and hear it back (签名回声)."""
    content, asked = {"echo": secrets.token_hex(16)}, timezone.now()
    try:
        with Caller(peer) as caller:
            said = caller.ask("POST", "/echo", content) or {}
    except MemberError as error:
        found.add("签名回声", BAD, f"{peer} 的应答不可信: {error}", "请核对对方的签名密钥与名录")
        return
    except CallError as error:
        found.add("签名回声", BAD, _plainly(peer, str(error)), _what_to_do(str(error)))
        return
    half = (timezone.now() - asked) / 2
    if said.get("echo") != sm2.sm3(json.dumps(content).encode()).hex() or said.get("code") != peer.code:
        found.add("签名回声", BAD, f"{peer} 的回声与所发不符", "请检查中间的代理设备")
        return
    found.add(
        "签名回声", FINE, f"往返 {2 * half / datetime.timedelta(milliseconds=1):.0f} 毫秒, 双方签名均有效"
    )
    _time(found, peer, roads.ahead_ms(str(said.get("time")), asked + half))
    _list(found, peer, said)
    _protocol(found, peer, said)
    _positions(found, peer, said)


def _time(found: Diagnosis, peer: Member, ahead_ms: int | None) -> None:
    if ahead_ms is None:
        found.add("时间", WARN, f"{peer} 没有说出时间", "请对方更新软件")
        return
    way = "快" if ahead_ms > 0 else "慢"
    if abs(ahead_ms) >= CLOCK_S * 1000:
        said = f"{peer} 的时钟比本节点{way} {_how_long(abs(ahead_ms) / 1000)}"
        found.add("时间", WARN, said, "请核对双方的时间同步服务, 相差超过一天时将拒收批次")
        return
    found.add("时间", FINE, f"相差 {abs(ahead_ms)} 毫秒")


def _list(found: Diagnosis, peer: Member, said: dict[str, Any]) -> None:
    """The list this node goes by: signed by the province, and as new as the peer's."""
    own = configuration.current()
    if own is None:
        found.add("成员名录", BAD, "本节点还没有成员名录", "请执行 minzheng exchange trust")
        return
    try:
        key = bytes.fromhex(configuration.root_key())
        signed = sm2.verified(key, configuration.text_of(own.document), bytes.fromhex(own.signature))
    except (configuration.ConfigurationError, ValueError):
        signed = False
    if not signed:
        found.add(
            "成员名录",
            BAD,
            f"本节点的成员名录第 {own.version} 版没有省级节点的有效签名",
            "请重新执行 minzheng exchange trust",
        )
        return
    theirs = said.get("configuration")
    if not isinstance(theirs, int) or theirs == own.version:
        found.add("成员名录", FINE, f"双方都用第 {own.version} 版, 省级签名有效")
        return
    older, newer = ("本节点", theirs) if theirs > own.version else (str(peer), own.version)
    has = min(theirs, own.version)
    said_so = f"{older}的成员名录是第 {has} 版, 已有第 {newer} 版"
    found.add(
        "成员名录", WARN, said_so, "通常在半分钟内自动更新, 没有更新时请检查该节点与上级的连接是否在运行"
    )


def _protocol(found: Diagnosis, peer: Member, said: dict[str, Any]) -> None:
    if said.get("protocol") != PROTOCOL:
        what = f"{peer} 的交换协议是第 {said.get('protocol')} 版, 本节点是第 {PROTOCOL} 版"
        found.add("协议", WARN, what, "请较旧的一方更新软件")
        return
    found.add("协议", FINE, f"第 {PROTOCOL} 版, 对方软件 {str(said.get('version'))[:40]}")


def _positions(found: Diagnosis, peer: Member, said: dict[str, Any]) -> None:
    made, (taken, _) = sending.last_made(peer), receiving.last_taken(peer)
    theirs_taken, theirs_made = said.get("taken"), said.get("made")
    if not isinstance(theirs_taken, int) or not isinstance(theirs_made, int):
        found.add("流位置", WARN, f"{peer} 没有说出流的位置", "请对方更新软件")
        return
    if theirs_taken > made:
        what = f"{peer} 已收到本节点第 {theirs_taken} 批, 本节点只记得发出过 {made} 批, 像是从备份恢复过"
        found.add("流位置", WARN, what, "下级节点重新连接时会自动对齐批号")
    elif taken > theirs_made:
        what = f"本节点已收到 {peer} 第 {taken} 批, 对方只记得发出过 {theirs_made} 批, 像是对方从备份恢复过"
        found.add("流位置", WARN, what, "请对方执行 minzheng exchange everything 补发")
    else:
        found.add(
            "流位置",
            FINE,
            f"发出 {made} 批, 对方入库 {theirs_taken} 批; 对方发出 {theirs_made} 批, 入库 {taken} 批",
        )


def _plainly(peer: Member, said: str) -> str:
    refused = said.removeprefix(f"{peer} 拒绝: ")
    return f"{peer} 拒绝了本节点: {refused}" if refused != said else said


def _what_to_do(said: str) -> str:
    if "吊销" in said or "名录" in said or "有效期" in said:
        return "请联系省级节点核实登记"
    if "404" in said or "没有这个地址" in said:
        return "对方软件较旧, 请更新"
    if "中断" in said or "连接不上" in said:
        return "对方不接受本节点的证书, 请核对本节点是否已登记、证书是否换过"
    return "请与对方管理员核对"


def _how_long(seconds: float) -> str:
    for size, unit in ((86_400, "天"), (3_600, "小时"), (60, "分钟")):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} 秒"
