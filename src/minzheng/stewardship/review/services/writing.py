"""What every word of review shares (处置登记): it has a reason, it is kept for good, it is audited."""

from datetime import datetime
from typing import Any

from minzheng.foundation.accounts.models import User
from minzheng.foundation.audit.services import record
from minzheng.foundation.notices.services import notify
from minzheng.stewardship.review.models import Decision
from minzheng.stewardship.review.terms import LONGEST_REASON, SHORTEST_REASON, Kind


class ReviewError(ValueError):
    """What was asked can't be done, and why, in the words for the official (处置不成立)."""


def reasoned(reason: str) -> str:
    """The reason, trimmed; raises ``ReviewError`` where nothing is said."""
    said = reason.strip()
    if len(said) < SHORTEST_REASON:
        raise ReviewError("请写明理由")
    return said[:LONGEST_REASON]


def keep(
    kind: Kind, *, by: User | str | None, at: datetime, reason: str, ip: str | None = None, **said: Any
) -> Decision:
    """Write a decision down, and into the audit."""
    user = by if isinstance(by, User) else None
    decision = Decision(
        kind=kind, reason=reason, by=user, by_name=(user.display_name or user.username) if user else str(by or "命令行")[:64],
        at=at, **said,
    )  # fmt: skip
    decision.save(force_insert=True)
    record(
        by=by, action=f"review.{kind}", object_kind="review_item" if decision.item_id else "person",
        object_id=decision.item_id or decision.person_id or "", purpose=reason,
        result="proposed" if decision.needs_second else "ok",
        detail={
            "decision": decision.pk,
            "person": str(decision.person_id) if decision.person_id else None,
            "other": str(decision.other_id) if decision.other_id else None,
            "about": decision.about_id,
        },
        ip=ip, at=at,
    )  # fmt: skip
    return decision


def call_reviewers(decision: Decision, *, at: datetime) -> None:
    """Reviewers of the division are told that a second word is wanted."""
    if decision.needs_second and decision.division_code:
        notify(
            division_code=decision.division_code, roles=["reviewer"], title="有一项身份处置涉及发放记录，等待复核",
            url="/review/second/", key=f"review-second-{decision.pk}", at=at,
        )  # fmt: skip
