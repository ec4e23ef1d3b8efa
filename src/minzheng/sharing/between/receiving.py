"""Receiving (接收): a batch is kept as it came, checked, entered in one transaction with its place in the log, then acknowledged.

What is refused is kept with its reason; the stream stands until the sender gives something better under that number.
"""

import json
import uuid
from collections.abc import Iterable
from datetime import datetime

from django.db import connection
from django.db.models import QuerySet

from minzheng.foundation import tracing
from minzheng.foundation.crypto.siv import IntegrityError
from minzheng.foundation.database.arrow import Bulk, bulk
from minzheng.foundation.members.models import Member
from minzheng.foundation.members.services import MemberError, own_code
from minzheng.sharing.between import body
from minzheng.sharing.between.applying import Arrival, apply
from minzheng.sharing.between.head import Head, SignedHead, moment
from minzheng.sharing.between.models import Batch
from minzheng.sharing.between.sending import folder
from minzheng.sharing.between.staging import stage
from minzheng.sharing.between.terms import Direction, Received

APPLY_LOCK = 7022  # one batch at a time enters the register
LARGEST = 4 << 30


class RefusedError(ValueError):
    """A batch that is not taken, and why (拒收)."""


def last_taken(peer: Member) -> tuple[int, str]:
    """(number, root) of the last batch in the register; (0, "") before the first (最后入库批号)."""
    last = _taken(peer).order_by("-seq").first()
    return (last.seq, last.root) if last is not None else (0, "")


def _taken(peer: Member) -> QuerySet[Batch]:
    return Batch.objects.filter(direction=Direction.IN, peer_code=peer.code, state=Received.APPLIED)


def take(peer: Member, signed: SignedHead, pieces: Iterable[bytes], *, above: bool, at: datetime) -> Batch:
    """Keep, check and enter the next batch of a stream (接收一批). One that is in the register already is left as it is.

    ``above``: ``peer`` is this node's upper. Raises ``RefusedError``; what was refused is kept with its reason.
    """
    name = f"{Direction.IN}-{peer.code}-{signed.head.seq}-{uuid.uuid4().hex[:8]}.body"
    path, measured = folder() / name, body.Measured()
    try:
        before = _before(peer, signed, at)
        if before is not None:
            return before
        body.keep(body.measure(pieces, measured, most=signed.head.size), path)
        _as_said(signed.head, measured)
        with tracing.span(
            "between.take", {"peer": peer.code, "seq": signed.head.seq, "lines": signed.head.lines}
        ):
            return _enter(peer, signed, name, above=above, at=at)
    except (MemberError, body.BodyError, IntegrityError, RefusedError) as error:
        _refuse(peer, signed, name if path.exists() else "", str(error), at)
        raise RefusedError(str(error)) from error


def expected(peer: Member, signed: SignedHead, *, at: datetime) -> Batch | None:
    """Whether a batch would be taken, before its body is read (预检): None, or the batch where it was taken before.

    Raises ``RefusedError``; the head is kept with the reason.
    """
    try:
        return _before(peer, signed, at)
    except (MemberError, RefusedError) as error:
        _refuse(peer, signed, "", str(error), at)
        raise RefusedError(str(error)) from error


def _before(peer: Member, signed: SignedHead, at: datetime) -> Batch | None:
    """Nothing for the next batch of the stream; the batch itself where it was taken before. Raises for any other."""
    head = signed.head
    if head.receiver != own_code():
        raise RefusedError(f"这一批是发给 {head.receiver} 的, 不是发给本节点")
    if signed.check(at=at).code != peer.code:
        raise RefusedError(f"这一批由 {head.sender} 签发, 不是 {peer.code}")
    if head.size > LARGEST:
        raise RefusedError(f"这一批有 {head.size:,} 字节, 超过上限 {LARGEST:,}")
    number, root = last_taken(peer)
    if head.seq <= number:
        before = _taken(peer).filter(seq=head.seq, root=head.root).first()
        if before is None:
            raise RefusedError(f"第 {head.seq} 批与先前收到的同号批内容不同")
        return before
    if head.seq != number + 1:
        raise RefusedError(f"应是第 {number + 1} 批, 收到的是第 {head.seq} 批: 中间有缺口")
    if head.previous != root:
        raise RefusedError(f"第 {head.seq} 批所接的上一批与本节点收到的不同")
    return None


def _as_said(head: Head, measured: body.Measured) -> None:
    if (measured.size, len(measured.leaves)) != (head.size, head.lines):
        raise RefusedError(
            f"批体有 {len(measured.leaves)} 行 {measured.size} 字节, 批头说是 {head.lines} 行 {head.size} 字节"
        )
    if measured.root() != head.root:
        raise RefusedError("批体内容与批头的根摘要不符: 传输中被改动")


def _enter(peer: Member, signed: SignedHead, name: str, *, above: bool, at: datetime) -> Batch:
    """The register, the onward outbox and the log change together or not at all."""
    with bulk() as work:
        work.run(f"SELECT pg_advisory_xact_lock({APPLY_LOCK})")
        lines = stage(work, folder() / name, folder())
        changed = apply(work, Arrival(peer.code, above, at))
        counts = {"lines": lines, "changed": changed, "sets": _sets(work)}
        _log(work, signed, peer, name, counts, at)
        work.commit()
    return _taken(peer).get(seq=signed.head.seq)


def _sets(work: Bulk) -> dict[str, int]:
    """How many subjects of each data set it spoke of."""
    found = work.table(
        "SELECT data_set, sum(json_array_length(subject_ids::json))::bigint AS n FROM b_entry GROUP BY 1"
    )
    return dict(zip(found["data_set"].to_pylist(), found["n"].to_pylist(), strict=True))


def _log(work: Bulk, signed: SignedHead, peer: Member, name: str, counts: object, at: datetime) -> None:
    head = signed.head
    values = [
        str(Direction.IN), peer.code, head.seq, signed.as_json()["head"], signed.signature, head.lines, head.size, head.root,
        name, moment(head.made_at).isoformat(), at.isoformat(), at.isoformat(), str(Received.APPLIED), "", counts,
    ]  # fmt: skip
    said = ", ".join(_literal(value) for value in values)
    work.run(
        f"""INSERT INTO between_batch (direction, peer_code, seq, head, signature, lines, size, root, file, made_at, came_at,
            acknowledged_at, state, problem, counts) VALUES ({said})"""
    )


def _literal(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)
    return str(value) if isinstance(value, int) else "'" + text.replace("'", "''") + "'"


def _refuse(peer: Member, signed: SignedHead, name: str, problem: str, at: datetime) -> None:
    head = signed.head
    with connection.cursor():  # outside whatever failed
        refused = Batch.objects.filter(
            direction=Direction.IN, peer_code=peer.code, seq=head.seq, state=Received.REFUSED
        )
        if refused.filter(problem=problem[:300], root=head.root[:64]).update(came_at=at):
            if name:  # the same again: one copy is evidence enough
                (folder() / name).unlink(missing_ok=True)
            return
        Batch.objects.create(
            direction=Direction.IN, peer_code=peer.code, seq=head.seq, head=signed.as_json()["head"],
            signature=signed.signature[:200], lines=head.lines, size=head.size, root=head.root[:64], file=name,
            made_at=_moment_or(head.made_at, at), came_at=at, state=Received.REFUSED, problem=problem[:300],
        )  # fmt: skip


def _moment_or(text: str, otherwise: datetime) -> datetime:
    try:
        return moment(text)
    except MemberError:
        return otherwise
