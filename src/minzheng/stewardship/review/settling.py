"""What follows from the decisions on a row (办结): loaded, returned to its source, or waiting; nothing is done twice."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from minzheng.exchange.held.loading import Alongside, Entered, Whom, load_held
from minzheng.exchange.held.returning import send_back, take_back
from minzheng.exchange.held.unloading import unload
from minzheng.exchange.models import ReviewItem
from minzheng.registry import following
from minzheng.stewardship.review.models import Decision, Settled
from minzheng.stewardship.review.standing import Standing
from minzheng.stewardship.review.terms import Kind


def lock_row(batch_id: UUID, row_no: int) -> list[ReviewItem]:
    """The row's items, one a role, held until the transaction ends: who decides second waits and then sees the first's."""
    return list(
        ReviewItem.objects.select_for_update().filter(batch_id=batch_id, row_no=row_no).order_by("id")
    )


def settle(batch_id: UUID, row_no: int, *, at: datetime, alongside: Alongside) -> str:
    """Bring the register in line with the decisions that stand; returns what the row has become: loaded, returned or ''.

    Within the caller's transaction, which holds the row; what it writes into the register stands before that ends, and with
    it what ``alongside`` writes. Again with the same ``at`` it does only what is left to be done. Raises ``HeldRowError``;
    then nothing has changed.
    """
    items, standing = _now(batch_id, row_no)
    finals = [standing.final(item.pk) for item in items]
    returned = next((f for f in finals if f is not None and f.kind == Kind.NONE), None)
    wanted = Settled.RETURNED if returned else Settled.LOADED if finals and all(finals) else ""
    kept = Settled.objects.filter(batch_id=batch_id, row_no=row_no, ended_at__isnull=True).first()
    if kept is not None and kept.kind != wanted:
        _end(kept, items[0].feed, at, alongside)
        kept = None
    if kept is None and wanted == Settled.RETURNED and returned is not None:
        send_back(batch_id, row_no, returned.role, reason=returned.reason, alongside=alongside)
        _keep(items[0], Settled.RETURNED, {}, at)
    elif kept is None and wanted == Settled.LOADED:
        _load(items[0], [f for f in finals if f is not None], at, alongside)
    items, standing = _now(batch_id, row_no)  # loading may have found another role that must be asked about
    for item in items:
        state = standing.state(item.pk, row_returned=wanted == Settled.RETURNED)
        if item.state != state:
            item.state = state
            item.save(update_fields=["state"])
    return wanted


def _now(batch_id: UUID, row_no: int) -> tuple[list[ReviewItem], Standing]:
    decisions = Decision.objects.filter(batch_id=batch_id, row_no=row_no)
    return list(ReviewItem.objects.filter(batch_id=batch_id, row_no=row_no).order_by("id")), Standing(
        decisions
    )


def _load(item: ReviewItem, decided: Sequence[Decision], at: datetime, alongside: Alongside) -> None:
    whom = [Whom(d.role, d.person_id, d.kind == Kind.SEPARATE) for d in decided if d.person_id is not None]
    entered = load_held(item.batch_id, item.row_no, whom, at=at, alongside=alongside)
    if entered.counts["review"]:
        return
    _keep(item, Settled.LOADED, entered.as_dict(), at)
    _follow(entered, at)


def _keep(item: ReviewItem, kind: str, effect: dict[str, object], at: datetime) -> None:
    Settled.objects.create(
        batch_id=item.batch_id,
        row_no=item.row_no,
        kind=kind,
        effect=effect,
        division_code=item.division_code,
        at=at,
    )


def _end(kept: Settled, feed: str, at: datetime, alongside: Alongside) -> None:
    if kept.kind == Settled.LOADED:
        entered = Entered.of(kept.effect)
        unload(kept.batch_id, kept.row_no, feed, entered, at=at, alongside=alongside)
        _follow(entered, at)
    else:
        take_back(kept.batch_id, kept.row_no, alongside=alongside)
    kept.ended_at = at
    kept.save(update_fields=["ended_at"])


def _follow(entered: Entered, at: datetime) -> None:
    following.to_be_looked_at([UUID(one) for one in entered.persons], at=at)
