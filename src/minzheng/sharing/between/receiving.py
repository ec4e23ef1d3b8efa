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
from minzheng.sharing.between.sending import LARGEST, folder, is_lost, path_of
from minzheng.sharing.between.staging import stage
from minzheng.sharing.between.terms import Direction, Received

APPLY_LOCK = 7022  # one batch at a time enters the register
LONGEST_STREAM, MOST_LINES = 1_000_000_000, 5_000_000  # far more than any
EVIDENCE, TOLD = 20, 1_000  # refused batches of one member whose bodies are kept, and which are kept at all


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
    name = _name(peer, signed, Direction.IN)
    try:
        before = _before(peer, signed, at)
        if before is not None:
            if is_lost(before):
                put_right(peer, before, signed, pieces)
            return before
        _keep(signed.head, pieces, name)
        with tracing.span(
            "between.take", {"peer": peer.code, "seq": signed.head.seq, "lines": signed.head.lines}
        ):
            return _enter(peer, signed, name, above=above, at=at)
    except (MemberError, body.BodyError, IntegrityError, RefusedError) as error:
        _refuse(peer, signed, name if (folder() / name).exists() else "", str(error), at)
        raise RefusedError(str(error)) from error
    except OSError as error:  # nothing is wrong with the batch
        raise RefusedError(f"本节点没有收存: {body.disk(error)}") from error


def keep(peer: Member, signed: SignedHead, pieces: Iterable[bytes], direction: Direction) -> str:
    """A body as its head says, kept; its file's name (收存). Raises ``RefusedError`` or ``BodyError``, and keeps nothing then."""
    name = _name(peer, signed, direction)
    try:
        _keep(signed.head, pieces, name)
    except (body.BodyError, RefusedError):
        (folder() / name).unlink(missing_ok=True)
        raise
    return name


def put_right(peer: Member, batch: Batch, signed: SignedHead, pieces: Iterable[bytes]) -> None:
    """The body of a batch again, as the other side has it: the same root, so the same bytes (补齐). Raises ``RefusedError``."""
    if (signed.head.seq, signed.head.root) != (batch.seq, batch.root):
        raise RefusedError(f"对方留存的第 {batch.seq} 批与本节点日志中的不同")
    try:
        name = keep(peer, signed, pieces, Direction(batch.direction))
    except body.BodyError as error:
        raise RefusedError(str(error)) from error
    path_of(batch).unlink(missing_ok=True)
    Batch.objects.filter(id=batch.id).update(file=name)


def _name(peer: Member, signed: SignedHead, direction: Direction) -> str:
    return f"{direction}-{peer.code}-{signed.head.seq}-{uuid.uuid4().hex[:8]}.body"


def _keep(head: Head, pieces: Iterable[bytes], name: str) -> None:
    measured = body.Measured()
    body.keep(body.measure(pieces, measured, most=min(head.size, LARGEST), lines=head.lines), folder() / name)
    _as_said(head, measured)


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
    if not 0 < head.seq < LONGEST_STREAM or head.lines > MOST_LINES:
        raise RefusedError(f"批号 {head.seq} 或行数 {head.lines:,} 不合理")
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
    if (measured.size, measured.lines) != (head.size, head.lines):
        raise RefusedError(
            f"批体有 {measured.lines} 行 {measured.size} 字节, 批头说是 {head.lines} 行 {head.size} 字节"
        )
    if measured.root() != head.root:
        raise RefusedError("批体内容与批头的根摘要不符: 传输中被改动")


def _enter(peer: Member, signed: SignedHead, name: str, *, above: bool, at: datetime) -> Batch:
    """The register, the onward outbox and the log change together or not at all."""
    with bulk() as work:
        work.run(f"SELECT pg_advisory_xact_lock({APPLY_LOCK})")
        before = _before(peer, signed, at)  # it may have come twice at once, and the other was first
        if before is not None:
            (folder() / name).unlink(missing_ok=True)
            return before
        lines = stage(work, folder() / name)
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


def enter_back(peer: Member, signed: SignedHead, name: str, *, above: bool, at: datetime) -> Batch:
    """What this node had sent a member and lost, entered again as something it has sent (收回入库)."""
    with bulk() as work:
        work.run(f"SELECT pg_advisory_xact_lock({APPLY_LOCK})")
        counts = {
            "lines": stage(work, folder() / name),
            "changed": apply(work, Arrival(peer.code, above, at)),
        }
        _log(work, signed, peer, name, counts, at, direction=Direction.OUT)
        work.commit()
    return Batch.objects.get(direction=Direction.OUT, peer_code=peer.code, file=name)


def _log(
    work: Bulk, signed: SignedHead, peer: Member, name: str, counts: object, at: datetime,
    direction: Direction = Direction.IN,
) -> None:  # fmt: skip
    head = signed.head
    state = Received.APPLIED if direction == Direction.IN else ""
    values = [
        str(direction), peer.code, head.seq, signed.as_json()["head"], signed.signature, head.lines, head.size, head.root,
        name, moment(head.made_at).isoformat(), at.isoformat(), at.isoformat(), str(state), "", counts,
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
    _let_go(peer)


def _let_go(peer: Member) -> None:
    """Who sends what is refused over and over fills neither disk nor log (拒收留存上限)."""
    refused = Batch.objects.filter(
        direction=Direction.IN, peer_code=peer.code, state=Received.REFUSED
    ).order_by("-id")
    for old in refused.exclude(file="")[EVIDENCE:]:
        (folder() / old.file).unlink(missing_ok=True)
        Batch.objects.filter(id=old.id).update(file="")
    last = refused.values_list("id", flat=True)[TOLD : TOLD + 1]
    if last:
        refused.filter(id__lte=last[0]).delete()


def _moment_or(text: str, otherwise: datetime) -> datetime:
    try:
        return moment(text)
    except MemberError:
        return otherwise
