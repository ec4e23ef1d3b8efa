"""The words of quality (质量用语): how a ticket came about and where it stands."""

from django.db.models import TextChoices

STEP = "数据校核.纠错反馈"  # the time limit in the standard
TICKET_PAGE = "/quality/tickets/{}/"  # where a notice leads


class Cause(TextChoices):
    """Why a ticket was opened (开单原因)."""

    RULE = "rule", "未达目标"
    LATE = "late", "逾期未报"
    HAND = "hand", "人工开单"
    DISPUTE = "dispute", "校核异议"


class State(TextChoices):
    """Where a ticket stands (工单状态); overdue is any of the first three past its day."""

    OPEN = "open", "待发出"
    SENT = "sent", "已发出"
    ANSWERED = "answered", "已反馈"
    CLOSED = "closed", "已办结"


class Verdict(TextChoices):
    """What the source makes of a disputed value (校核结论)."""

    RAISED = "raised", "待答复"
    ACCEPTED = "accepted", "已更正"
    REFUSED = "refused", "不予更正"


OVERDUE = "overdue"
STATE_LABELS = {**dict(State.choices), OVERDUE: "已逾期"}
UNDER_WAY = (State.OPEN, State.SENT, State.ANSWERED)
