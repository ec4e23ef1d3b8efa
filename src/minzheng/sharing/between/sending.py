"""Sending (发送): the next batch of a stream, made once and given out again until it is acknowledged."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max, QuerySet

from minzheng.foundation import tracing
from minzheng.foundation.database.arrow import bulk
from minzheng.foundation.members.models import Member
from minzheng.sharing.between import body, routing, sound
from minzheng.sharing.between.head import Head, SignedHead
from minzheng.sharing.between.making import Receiver, write_body
from minzheng.sharing.between.models import Batch, Dispatch, Partly
from minzheng.sharing.between.spooling import spooled
from minzheng.sharing.between.terms import Direction, Received

STREAM_LOCK = 7021  # first half; the second is drawn from the member's code
SUBJECTS = 10_000
LARGEST = 512 << 20  # bytes of one body; no node takes a larger one


class StreamError(RuntimeError):
    """A stream that cannot go on as asked, said in Chinese (流异常)."""


class ForgottenError(StreamError):
    """The receiver has a batch that this node does not know of: it was restored from a backup (不记得的批)."""


def next_batch(peer: Member, *, after: int, at: datetime, root: str = "") -> Batch | None:
    """The batch that follows number ``after``, None where nothing waits (下一批).

    One that was made before is given again as it was, unless it is no longer what was signed. ``root``: of the batch after
    which the receiver asks, where it says so. Raises ``ForgottenError``.
    """
    with _alone(peer):
        last = last_made(peer)
        if after > last or (after and root and not made(peer).filter(seq=after, root=root).exists()):
            raise ForgottenError(
                f"{peer} 已收到第 {after} 批, 而本节点只记得 {last} 批或内容不同: 请对方交还"
            )
        if after < last:
            return _made_before(peer, after + 1, at)
        routing.route_all()
        return _make(peer, last, at)


def made(peer: Member) -> QuerySet[Batch]:
    """The batches of the stream to a member as it stands (已组批)."""
    sent = Batch.objects.filter(direction=Direction.OUT, peer_code=peer.code)
    return sent.exclude(state=Received.REFUSED)


def last_made(peer: Member) -> int:
    """The number of the last batch made for a member; 0 before the first (最后批号)."""
    return made(peer).aggregate(last=Max("seq"))["last"] or 0


def last_acknowledged(peer: Member) -> int:
    """The number up to which a member has everything; 0 before the first (最后确认批号)."""
    return made(peer).exclude(acknowledged_at=None).aggregate(last=Max("seq"))["last"] or 0


def _made_before(peer: Member, seq: int, at: datetime) -> Batch | None:
    batch = made(peer).get(seq=seq)
    fault = sound.head_fault(batch) or sound.body_fault(batch, path_of(batch))
    if fault:
        return _made_anew(peer, batch, fault, at)
    if batch.made_at > at:  # this node's clock was ahead: what was signed in the future would not be taken
        signed = SignedHead.of(
            replace(SignedHead.of_json(batch.head, batch.signature).head, made_at=at.isoformat())
        )
        batch.head, batch.signature, batch.made_at = signed.as_json()["head"], signed.signature, at
        batch.save(update_fields=["head", "signature", "made_at"])
    return batch


def _made_anew(peer: Member, batch: Batch, fault: str, at: datetime) -> Batch | None:
    """From a batch on that is no longer what was signed, the stream is made again out of the register (重新组批).

    Where its receiver had it and lost it too, what it brought is not known any more: everything is placed again.
    """
    with transaction.atomic():
        lost = made(peer).filter(seq__gte=batch.seq)
        whole = lost.exclude(acknowledged_at=None).exists()
        lost.update(state=Received.REFUSED, problem=f"留存的批已损坏, 已重新组批: {fault}"[:300])
        Dispatch.objects.filter(peer_code=peer.code, batch_seq__gte=batch.seq).update(batch_seq=None)
    if whole:
        routing.everything(peer)
    return _make(peer, batch.seq - 1, at)


def _make(peer: Member, last: int, at: datetime) -> Batch | None:
    chosen, came_of = _next(peer)
    if not chosen:
        return None
    seq = last + 1
    previous = made(peer).filter(seq=last).first()
    name = f"{Direction.OUT}-{peer.code}-{seq}.body"
    receiver = _receiver(peer)
    with tracing.after_batches("between.make", came_of, {"peer": peer.code, "seq": seq}) as span:
        chosen, measured = _written(chosen, receiver, folder() / name)
        sets = Counter[str]()
        for data_set, many in Dispatch.objects.filter(id__in=chosen).values_list(
            "data_set", "subject_ids__len"
        ):
            sets[data_set] += many
        span.set_attributes({"subjects": sets.total(), "lines": measured.lines, "bytes": measured.size})
        counts = {"subjects": sets.total(), "sets": dict(sets)} | tracing.headers()
    head = Head(
        sender=str(settings.NODE_DIVISION_CODE), receiver=peer.code, seq=seq, lines=measured.lines, size=measured.size,
        root=measured.root(), previous=previous.root if previous else "", made_at=at.isoformat(),
    )  # fmt: skip
    signed = SignedHead.of(head)
    partly = [Partly(peer_code=peer.code, person_id=one) for one in receiver.partly]
    with transaction.atomic():
        Partly.objects.bulk_create(partly, ignore_conflicts=True, batch_size=5_000)
        Dispatch.objects.filter(id__in=chosen).update(batch_seq=seq)
        return Batch.objects.create(
            direction=Direction.OUT, peer_code=peer.code, seq=seq, head=signed.as_json()["head"], signature=signed.signature,
            lines=head.lines, size=head.size, root=head.root, file=name, made_at=at, counts=counts,
        )  # fmt: skip


def _next(peer: Member) -> tuple[list[int], list[UUID]]:
    """The dispatches that wait longest, as many as a batch takes; and the batches that brought them."""
    chosen: list[int] = []
    came_of: dict[UUID, None] = {}
    subjects = 0
    waiting = Dispatch.objects.filter(peer_code=peer.code, batch_seq=None).order_by("id")
    for one, many, changed_by in waiting.values_list("id", "subject_ids__len", "changed_by")[
        : SUBJECTS // 10
    ]:
        if chosen and subjects + many > SUBJECTS:
            break
        chosen.append(one)
        subjects += many
        if changed_by is not None:
            came_of[changed_by] = None
    return chosen, list(came_of)


def _written(chosen: list[int], receiver: Receiver, path: Path) -> tuple[list[int], body.Measured]:
    """The body of these dispatches, or where that is larger than anyone takes of the first half: the rest goes next time."""
    while True:
        measured = body.Measured()
        try:
            _write(chosen, receiver, path, measured)
        except body.BodyError:
            if len(chosen) == 1:
                raise
            chosen = chosen[: len(chosen) // 2]
        else:
            return chosen, measured


def _receiver(peer: Member) -> Receiver:
    below = peer.upper_code == settings.NODE_DIVISION_CODE
    return Receiver(routing.territory(peer) if below else None)


def _write(chosen: list[int], receiver: Receiver, path: Path, measured: body.Measured) -> None:
    wanted = f"SELECT * FROM between_dispatch WHERE id IN ({', '.join(map(str, chosen))})"
    with bulk() as work, spooled() as spool:
        work.run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        body.keep(body.measure(write_body(work, wanted, receiver, spool), measured, most=LARGEST), path)


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
        batch = made(peer).filter(seq=seq).first()
        if batch is None or batch.root != root:
            raise StreamError(f"{peer} 确认的第 {seq} 批不是本节点发出的那一批")
        made(peer).filter(seq__lte=seq, acknowledged_at=None).update(acknowledged_at=at)
        Dispatch.objects.filter(peer_code=peer.code, batch_seq__lte=seq).delete()


def path_of(batch: Batch) -> Path:
    """Where a batch's body lies (批体文件)."""
    return folder() / batch.file


def is_lost(batch: Batch) -> bool:
    """Whether a body that should be kept is not there: a backup may have been without it (批体缺失)."""
    return bool(batch.file) and not path_of(batch).exists()


def traced(batch: Batch) -> dict[str, str]:
    """What tells the receiver in which trace a batch was made; empty where none is kept (调用链)."""
    return {name: str(batch.counts[name]) for name in (tracing.HEADER,) if name in batch.counts}


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
