"""Asking about comparisons (查询比对): everyone sees their own and no one else's, whatever the division."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from minzheng.foundation.access.scope import Scope
from minzheng.stewardship.compare.models import ComparePair, CompareRun
from minzheng.stewardship.compare.terms import Decision


def runs(scope: Scope) -> QuerySet[CompareRun]:
    """The user's own comparisons, newest first (本人的比对)."""
    return CompareRun.objects.filter(user_id=scope.user_id or 0).order_by("-created_at")


def run_in(scope: Scope, run_id: UUID) -> CompareRun | None:
    """One of the user's own comparisons, or None (比对任务)."""
    return runs(scope).filter(pk=run_id).first()


def pairs(
    scope: Scope, run: CompareRun, decision: str, *, line: float | None = None
) -> QuerySet[ComparePair]:
    """The pairs of a comparison that are ``decision`` at a line, surest first (结果)."""
    found = ComparePair.objects.filter(run=run, run__user_id=scope.user_id or 0)
    return found.filter(_decided(decision, run.line if line is None else line)).order_by("nth")


@dataclass(frozen=True, slots=True)
class Counted:
    """Pairs by decision at a line (数量)."""

    link: int
    review: int


def counted(scope: Scope, run: CompareRun, *, line: float | None = None) -> Counted:
    """How many pairs there are of either decision at a line (各结论数量)."""
    return Counted(
        pairs(scope, run, Decision.LINK, line=line).count(),
        pairs(scope, run, Decision.REVIEW, line=line).count(),
    )


def _decided(decision: str, line: float) -> Any:
    by_weight = (
        Q(forced="", milli_bits__gte=_milli(line))
        if decision == Decision.LINK
        else Q(forced="", milli_bits__lt=_milli(line))
    )
    return by_weight | Q(forced=decision)


def _milli(bits: float) -> int:
    return round(bits * 1000)
