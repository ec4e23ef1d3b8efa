"""Sending (发送): the next batch of a stream, made once and given out again until it is acknowledged."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max

from minzheng.foundation.database.arrow import bulk
from minzheng.foundation.members.models import Member
from minzheng.sharing.between import body, routing
from minzheng.sharing.between.head import Head, SignedHead
from minzheng.sharing.between.making import Receiver, write_body
from minzheng.sharing.between.models import Batch, Dispatch, Partly
from minzheng.sharing.between.terms import Direction

STREAM_LOCK = 7021  # first half; the second is drawn from the member's code
SUBJECTS = 10_000


class StreamError(RuntimeError):
    """A stream that cannot go on as asked, said in Chinese (流异常)."""


class GapError(StreamError):
    """The receiver asks for a batch whose body is no longer kept (缺口)."""


def next_batch(peer: Member, *, after: int, at: datetime) -> Batch | None:
    """The batch that follows number ``after``, None where nothing waits (下一批).

    One that was made before is given again as it was. Raises ``GapError``.
    """
    with _alone(peer):
        last = last_made(peer)
        if after > last:
            raise StreamError(f"{peer} 要求第 {after + 1} 批, 而本节点只发出过 {last} 批")
        if after < last:
            return _made_before(peer, after + 1)
        routing.route_all()
        return _make(peer, last, at)


def last_made(peer: Member) -> int:
    """The number of the last batch made for a member; 0 before the first (最后批号)."""
    found = Batch.objects.filter(direction=Direction.OUT, peer_code=peer.code).aggregate(last=Max("seq"))
    return found["last"] or 0


def last_acknowledged(peer: Member) -> int:
    """The number up to which a member has everything; 0 before the first (最后确认批号)."""
    sent = Batch.objects.filter(direction=Direction.OUT, peer_code=peer.code).exclude(acknowledged_at=None)
    return sent.aggregate(last=Max("seq"))["last"] or 0


def _made_before(peer: Member, seq: int) -> Batch:
    batch = Batch.objects.get(direction=Direction.OUT, peer_code=peer.code, seq=seq)
    if not batch.file or not path_of(batch).exists():
        raise GapError(f"第 {seq} 批的内容已过保存期, 需全量下发")
    return batch


def _make(peer: Member, last: int, at: datetime) -> Batch | None:
    chosen: list[int] = []
    subjects = 0
    waiting = Dispatch.objects.filter(peer_code=peer.code, batch_seq=None).order_by("id")
    for one, many in waiting.values_list("id", "subject_ids__len")[: SUBJECTS // 10]:
        if chosen and subjects + many > SUBJECTS:
            break
        chosen.append(one)
        subjects += many
    if not chosen:
        return None
    seq = last + 1
    previous = Batch.objects.filter(direction=Direction.OUT, peer_code=peer.code, seq=last).first()
    name = f"{Direction.OUT}-{peer.code}-{seq}.body"
    measured = body.Measured()
    receiver = _receiver(peer)
    _write(chosen, receiver, folder() / name, measured)
    head = Head(
        sender=str(settings.NODE_DIVISION_CODE), receiver=peer.code, seq=seq, lines=len(measured.leaves), size=measured.size,
        root=measured.root(), previous=previous.root if previous else "", made_at=at.isoformat(),
    )  # fmt: skip
    signed = SignedHead.of(head)
    partly = [Partly(peer_code=peer.code, person_id=one) for one in receiver.partly]
    with transaction.atomic():
        Partly.objects.bulk_create(partly, ignore_conflicts=True, batch_size=5_000)
        Dispatch.objects.filter(id__in=chosen).update(batch_seq=seq)
        return Batch.objects.create(
            direction=Direction.OUT, peer_code=peer.code, seq=seq, head=signed.as_json()["head"], signature=signed.signature,
            lines=head.lines, size=head.size, root=head.root, file=name, made_at=at, counts={"subjects": subjects},
        )  # fmt: skip


def _receiver(peer: Member) -> Receiver:
    below = peer.upper_code == settings.NODE_DIVISION_CODE
    return Receiver(routing.territory(peer) if below else None)


def _write(chosen: list[int], receiver: Receiver, path: Path, measured: body.Measured) -> None:
    wanted = f"SELECT * FROM between_dispatch WHERE id IN ({', '.join(map(str, chosen))})"
    with bulk() as work, tempfile.TemporaryDirectory(dir=folder(), prefix=".making-") as spool:
        work.run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        body.keep(body.measure(write_body(work, wanted, receiver, Path(spool)), measured), path)


def realign(peer: Member, *, seq: int, root: str, at: datetime) -> bool:
    """Go on after what the receiver has, where that is more than this node knows of (重新对齐): it was restored from a backup.

    What it does not know of any more stays proved by the receiver's log. Returns whether anything was amiss.
    """
    if seq <= last_made(peer):
        return False
    with transaction.atomic():
        Batch.objects.create(
            direction=Direction.OUT, peer_code=peer.code, seq=seq, head={}, signature="", lines=0, size=0, root=root,
            made_at=at, acknowledged_at=at, problem="本节点自备份恢复, 此批及以前各批以对方留存为准",
        )  # fmt: skip
        Dispatch.objects.filter(peer_code=peer.code, batch_seq__lte=seq).update(batch_seq=None)
    return True


def acknowledge(peer: Member, *, seq: int, root: str, at: datetime) -> None:
    """The receiver has a batch, and all before it, in its register (确认). Raises ``StreamError``."""
    with transaction.atomic():
        batch = Batch.objects.filter(direction=Direction.OUT, peer_code=peer.code, seq=seq).first()
        if batch is None or batch.root != root:
            raise StreamError(f"{peer} 确认的第 {seq} 批不是本节点发出的那一批")
        sent = Batch.objects.filter(
            direction=Direction.OUT, peer_code=peer.code, seq__lte=seq, acknowledged_at=None
        )
        sent.update(acknowledged_at=at)
        Dispatch.objects.filter(peer_code=peer.code, batch_seq__lte=seq).delete()


def path_of(batch: Batch) -> Path:
    """Where a batch's body lies (批体文件)."""
    return folder() / batch.file


def folder() -> Path:
    """Where the bodies lie, sealed (批体目录)."""
    path = Path(settings.HOME) / "between"
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


@contextmanager
def _alone(peer: Member) -> Iterator[None]:
    """One maker a stream; another waits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, hashtext(%s))", [STREAM_LOCK, peer.code])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s, hashtext(%s))", [STREAM_LOCK, peer.code])
