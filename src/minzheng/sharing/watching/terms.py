"""Words of watching the exchange (交换监控用语)."""

from django.db.models import TextChoices


class Way(TextChoices):
    """By which way data comes or goes (交换方式)."""

    NODE = "node", "节点间交换"
    INTERFACE = "interface", "应用接口"
    PARCEL = "parcel", "电子报文"
    INTAKE = "intake", "来源接入"


class Direction(TextChoices):
    """Which way a stream flows (方向)."""

    OUT = "out", "发出"
    IN = "in", "接收"


class Condition(TextChoices):
    """How a stream, a road or a node does, the worst first (状况)."""

    BROKEN = "broken", "中断"
    SLOW = "slow", "滞后"
    FINE = "fine", "正常"
    UNKNOWN = "unknown", "未知"


class AlarmState(TextChoices):
    """How far an alarm is (告警状态)."""

    PENDING = "pending", "观察中"
    OPEN = "open", "未恢复"
    CLEARED = "cleared", "已恢复"


TONES = {
    Condition.BROKEN: "bad",
    Condition.SLOW: "warn",
    Condition.FINE: "ok",
    Condition.UNKNOWN: "",
}
MEASURED_EVERY_S = 60
STALE_AFTER_S = 300  # what is older is said to be unknown
SLOW_AFTER_S = 900
