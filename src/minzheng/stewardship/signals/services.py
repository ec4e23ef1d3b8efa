"""What officials do with signals (线索办理): confirm, discard, close, take back; one or many, each with a reason.

A state is changed only from where it may be changed: what another official decided meanwhile is told, not overwritten.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from minzheng.foundation.access.scope import Scope
from minzheng.foundation.accounts.models import User
from minzheng.foundation.audit.services import record
from minzheng.stewardship.signals.models import Decision
from minzheng.stewardship.signals.queries import NEVER, Wanted, signals
from minzheng.stewardship.signals.terms import DECISION_LABELS, DECISIONS, State

SHORTEST_REASON, LONGEST_REASON = 2, 200
PIECE = 1_000
AT_ONCE = 500  # more than that is left to the worker
MOST = 50_000


class DecisionError(ValueError):
    """A decision cannot be made as asked; the message is the reason in Chinese (不能这样处理)."""


def decide(
    *, scope: Scope, signal_ids: Sequence[int], to_state: str, reason: str, by: User, at: datetime
) -> Decision:
    """Note a decision on signals (提出处理); ``carry_out`` does it. Raises ``DecisionError``."""
    if to_state not in DECISION_LABELS:
        raise DecisionError("没有这种处理方式")
    reason = " ".join(reason.split())
    if len(reason) < SHORTEST_REASON:
        raise DecisionError(f"请写明{DECISION_LABELS[to_state]}的理由")
    if len(reason) > LONGEST_REASON:
        raise DecisionError(f"理由不超过 {LONGEST_REASON} 字")
    if not signal_ids:
        raise DecisionError("请先选择线索")
    if len(signal_ids) > MOST:
        raise DecisionError(f"一次最多处理 {MOST:,} 条, 请缩小范围")
    return Decision.objects.create(
        division_code=scope.division_code, at=at, by_id=by.pk, by_name=by.display_name, to_state=to_state,
        reason=reason, signal_ids=sorted(set(signal_ids)),
    )  # fmt: skip


def carry_out(decision: Decision, *, scope: Scope, by: User, at: datetime) -> Decision:
    """Do what was decided, piece by piece; an interrupted one goes on where it stopped (执行处理).

    What lies outside the scope or cannot go to that state is left alone and listed in ``failures``.
    """
    while not decision.finished_at:
        with transaction.atomic():
            decision = Decision.objects.select_for_update().get(pk=decision.pk)
            piece = decision.signal_ids[decision.done : decision.done + PIECE]
            done = _change(scope, decision, piece, at)
            decision.failures += _failures(scope, decision, [one for one in piece if one not in done])
            decision.done += len(piece)
            if decision.done >= len(decision.signal_ids):
                decision.finished_at = at
            decision.save(update_fields=["failures", "done", "finished_at"])
            record(
                by=by, action=f"signals.{decision.to_state}", object_kind="signal",
                object_id=piece[0] if len(piece) == 1 else "", purpose=decision.reason,
                detail={"decision": decision.pk, "done": len(done), "asked": len(piece)}, at=at,
            )  # fmt: skip
    return decision


def _change(scope: Scope, decision: Decision, piece: Sequence[int], at: datetime) -> set[int]:
    """The signals of a piece that changed, each with its event, in one statement."""
    allowed = [state for state, ends in DECISIONS.items() if decision.to_state in ends]
    mine = signals(scope, Wanted(), today=NEVER).filter(pk__in=piece, state__in=allowed)
    locked = list(mine.order_by("pk").select_for_update().values_list("pk", flat=True))
    if not locked:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            """WITH before AS (SELECT id, state FROM signals_signal WHERE id = ANY(%(ids)s)),
            done AS (UPDATE signals_signal s SET state = %(to)s, reason = %(reason)s, decided_by = %(by)s, changed_at = %(at)s
                FROM before b WHERE b.id = s.id RETURNING s.id, s.division_code, s.amount_fen, b.state)
            INSERT INTO signals_signalevent (signal_id, division_code, at, by_name, from_state, to_state, reason, amount_fen)
            SELECT id, division_code, %(at)s, %(by)s, state, %(to)s, %(reason)s, amount_fen FROM done ORDER BY id""",
            {
                "ids": locked,
                "to": decision.to_state,
                "reason": decision.reason,
                "by": decision.by_name,
                "at": at,
            },
        )
    return set(locked)


def _failures(scope: Scope, decision: Decision, left: Sequence[int]) -> list[list[object]]:
    states = dict(signals(scope, Wanted(), today=NEVER).filter(pk__in=left).values_list("pk", "state"))
    label = DECISION_LABELS[decision.to_state]
    return [
        [
            one,
            f"当前状态为“{State(states[one]).label}”, 不能{label}" if one in states else "不在您的数据范围内",
        ]
        for one in left
    ]


def exported(*, by: User, rows: int, purpose: str, at: datetime, ip: str | None) -> None:
    """Audit that signals were taken out as a file (导出审计)."""
    record(
        by=by, action="signals.export", object_kind="signal", object_id="", purpose=purpose, detail={"rows": rows},
        at=at, ip=ip,
    )  # fmt: skip


def decision_total(decision: Decision) -> int:
    """How many signals a decision changed (已处理数)."""
    return decision.done - len(decision.failures)
