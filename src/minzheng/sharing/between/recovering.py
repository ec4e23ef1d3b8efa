"""After a backup (自备份恢复): what a restored node sent and forgot comes back from those who have it, as it signed it.

A stream's two ends hold their numbers against each other. Where the receiver has more than the sender knows of, it gives the
batches back: they are entered in the sender's register and stand in its log again as sent. Where the receiver has less than it
once acknowledged, it is given them again from what the sender keeps. Nothing is trusted but the node's own signature.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from minzheng.foundation.crypto.siv import IntegrityError
from minzheng.foundation.members.models import Member
from minzheng.foundation.members.services import MemberError, own_code
from minzheng.sharing.between import body, receiving, sending, sound
from minzheng.sharing.between.head import SignedHead
from minzheng.sharing.between.models import Batch, Dispatch
from minzheng.sharing.between.terms import Direction, Received

AT_ONCE = 500  # lost bodies asked for at once


def to_give_back(peer: Member, after: int) -> Batch:
    """The batch after a number that a member once sent and does not know of any more (交还). Raises ``RefusedError``."""
    batch = Batch.objects.filter(
        direction=Direction.IN, peer_code=peer.code, seq=after + 1, state=Received.APPLIED
    ).first()
    if batch is None:
        raise receiving.RefusedError(f"本节点没有收到过 {peer} 的第 {after + 1} 批")
    fault = sound.head_fault(batch) or sound.body_fault(batch, sending.path_of(batch))
    if fault:
        raise receiving.RefusedError(f"{peer} 的第 {after + 1} 批不能交还: {fault}")
    return batch


def take_back(
    peer: Member, signed: SignedHead, pieces: Iterable[bytes], *, above: bool, at: datetime
) -> Batch:
    """Enter what this node itself once sent to a member, as it comes back from there (收回). Raises ``RefusedError``."""
    head = signed.head
    try:
        if (head.sender, head.receiver) != (own_code(), peer.code):
            raise receiving.RefusedError("交还的不是本节点发给对方的批")
        signed.signed_by()
        known = sending.made(peer).filter(seq=head.seq, root=head.root).first()
        if known is not None and known.head:
            if sending.is_lost(known):
                receiving.put_right(peer, known, signed, pieces)
            return known
        name = receiving.keep(peer, signed, pieces, Direction.OUT)
    except (MemberError, body.BodyError, IntegrityError) as error:
        raise receiving.RefusedError(str(error)) from error
    with (
        transaction.atomic()
    ):  # another one under its number was made since; what that was to bring goes again
        sending.made(peer).filter(seq__gte=head.seq).update(
            state=Received.REFUSED, problem="对方收到的是先前的一批, 已收回"
        )
        Dispatch.objects.filter(peer_code=peer.code, batch_seq__gte=head.seq).update(batch_seq=None)
    return receiving.enter_back(peer, signed, name, above=above, at=at)


def given_again(peer: Member, *, seq: int) -> None:
    """A member has no more than number ``seq`` of what it once acknowledged: the later ones go again (重发)."""
    sending.made(peer).filter(seq__gt=seq).update(acknowledged_at=None)


def knows(peer: Member, *, seq: int, root: str) -> bool:
    """Whether this node sent a member this batch, as far as it knows (是否记得)."""
    return not seq or sending.made(peer).filter(seq=seq, root=root).exists()


def damaged(peer: Member) -> list[Batch]:
    """Batches in the log of the road to a member whose bodies are no longer what was signed (损坏的批)."""
    kept = (
        Batch.objects.filter(peer_code=peer.code)
        .exclude(state=Received.REFUSED)
        .exclude(file="")
        .order_by("seq")
    )
    return [one for one in kept if not sound.head_fault(one) and sound.body_fault(one, sending.path_of(one))]


def lost(peer: Member) -> list[Batch]:
    """Batches of the road to a member whose bodies are not there, though they are kept (缺失的批体); the oldest first."""
    here = {path.name for path in sending.folder().glob("*.body")}
    kept = Batch.objects.filter(peer_code=peer.code).exclude(state=Received.REFUSED).exclude(file="")
    gone = [key for key, name in kept.order_by("seq").values_list("id", "file") if name not in here]
    return list(Batch.objects.filter(id__in=gone[:AT_ONCE]).order_by("seq"))
