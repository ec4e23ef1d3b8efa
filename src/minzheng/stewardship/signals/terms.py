"""The words of signals (线索用语)."""

from django.db.models import TextChoices


class State(TextChoices):
    """How far a signal has come (线索状态)."""

    NEW = "new", "待核查"
    CONFIRMED = "confirmed", "已确认"
    DISCARDED = "discarded", "已排除"
    CLOSED = "closed", "已办结"


OPEN = (State.NEW, State.CONFIRMED)
# What an official may make of a signal: state → the states it may go to. Undoing a decision makes it new again.
DECISIONS: dict[str, tuple[str, ...]] = {
    State.NEW: (State.CONFIRMED, State.DISCARDED),
    State.CONFIRMED: (State.CLOSED, State.DISCARDED, State.NEW),
    State.DISCARDED: (State.NEW,),
    State.CLOSED: (State.NEW,),
}
DECISION_LABELS: dict[str, str] = {
    State.CONFIRMED: "确认属实",
    State.DISCARDED: "排除",
    State.CLOSED: "办结",
    State.NEW: "退回待核查",
}
NODE = "系统"
