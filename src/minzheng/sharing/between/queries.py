"""How the exchange stands (交换状况)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Max, Min

from minzheng.foundation.access.scope import Scope
from minzheng.sharing.between import sending
from minzheng.sharing.between.models import Batch, Completeness, Dispatch, Gap, Road
from minzheng.sharing.between.routing import peers
from minzheng.sharing.between.terms import Direction, Received


def roads(*, at: datetime) -> list[dict[str, Any]]:
    """Every member next to this node: numbers of the streams, what waits, since when, what is wrong (道路)."""
    around = peers()
    found = {road.peer_code: road for road in Road.objects.all()}
    waiting = _waiting()
    rows = []
    for member in (*([around.above] if around.above else []), *around.below):
        road = found.get(member.code)
        subjects, since = waiting.get(member.code, (0, None))
        out = sending.made(member)
        taken = Batch.objects.filter(direction=Direction.IN, peer_code=member.code, state=Received.APPLIED)
        rows.append(
            {
                "code": member.code, "name": member.name, "above": member == around.above,
                "sent": out.aggregate(last=Max("seq"))["last"] or 0,
                "acknowledged": out.exclude(acknowledged_at=None).aggregate(last=Max("seq"))["last"] or 0,
                "received": taken.aggregate(last=Max("seq"))["last"] or 0,
                "waiting": subjects, "waiting_s": (at - since).total_seconds() if since else 0.0,
                "reached_at": road.reached_at if road else None, "problem": road.problem if road else "",
                "stuck": stuck(member.code),
            }
        )  # fmt: skip
    return rows


def stuck(peer: str) -> dict[str, Any] | None:
    """The batch of a member that this node refuses and nothing better has come for: why, since when, what to do (停滞)."""
    mine = Batch.objects.filter(direction=Direction.IN, peer_code=peer)
    last = mine.filter(state=Received.APPLIED).aggregate(last=Max("seq"))["last"] or 0
    refused = mine.filter(state=Received.REFUSED, seq__gt=last).order_by("-came_at").first()
    if refused is None:
        return None
    since = mine.filter(state=Received.REFUSED, seq=refused.seq).aggregate(first=Min("made_at"))["first"]
    advice = next(
        (said for words, said in ADVICE if any(word in refused.problem for word in words)), LAST_RESORT
    )
    return {"seq": refused.seq, "problem": refused.problem, "since": since, "last_at": refused.came_at,
            "advice": advice.format(peer=peer)}  # fmt: skip


ADVICE = (
    (
        ("吊销", "不在名录", "签名与内容不符", "签发"),
        "核对成员名录是否最新, 向省级节点确认 {peer} 的密钥",
    ),
    (("时间", "时钟"), "校准两边的时钟, 之后自动继续"),
    (("不认识", "读不懂"), "本节点的程序或标准较旧, 升级后自动继续"),
    (
        ("缺口", "上一批", "同号批"),
        "两边的批号对不上: 两边各执行 minzheng exchange verify, 再由上级全量下发",
    ),
    (
        ("根摘要", "损坏", "截断", "行", "批体"),
        "{peer} 存放的批体受损或途中被改动: 在 {peer} 执行 minzheng exchange verify 查明",
    ),
)
LAST_RESORT = "把原因告知 {peer} 的管理员, 两边各执行 minzheng exchange verify"


def _waiting() -> dict[str, tuple[int, datetime | None]]:
    """Member → subjects that wait and the moment of the oldest change among them."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT peer_code, sum(cardinality(subject_ids)), min(changed_at) FROM {Dispatch._meta.db_table} "
            "WHERE batch_seq IS NULL GROUP BY peer_code"
        )
        return {code: (int(count), since) for code, count, since in cursor.fetchall()}


@dataclass(frozen=True, slots=True)
class Share:
    """How much of what there should be is there (完整率)."""

    expected: int
    held: int
    missing: int
    extra: int

    @property
    def percent(self) -> str:
        """Cut off, not rounded: 100 % is said of nothing less."""
        if not self.expected:
            return "100" if not self.missing else "0"
        hundredths = 10_000 * self.held // self.expected
        return f"{hundredths // 100}.{hundredths % 100:02d}".rstrip("0").rstrip(".")


def completeness(scope: Scope, peers_asked: Iterable[str]) -> list[Completeness]:
    """The last check of these members, in divisions within the scope (回流完整性)."""
    found: list[Completeness] = []
    for code in peers_asked:
        mine = Completeness.objects.filter(peer_code=code, division_code__startswith=scope.prefix)
        last = mine.aggregate(last=Max("checked_at"))["last"]
        if last is not None:
            found += mine.filter(checked_at=last).order_by("division_code", "data_set")
    return found


def in_all(rows: Iterable[Completeness]) -> Share:
    """Summed up (合计)."""
    listed = list(rows)
    return Share(
        *(sum(getattr(one, name) for one in listed) for name in ("expected", "held", "missing", "extra"))
    )


def gaps(scope: Scope, row_id: int) -> tuple[Completeness, list[Gap]] | None:
    """One line of it with what differs, the first thousand; None outside the scope (差异项)."""
    row = Completeness.objects.filter(pk=row_id, division_code__startswith=scope.prefix).first()
    if row is None:
        return None
    return row, list(Gap.objects.filter(of=row).order_by("kind", "item_id")[:1_000])
