"""The words of comparison (名单比对用语)."""

from django.db.models import TextChoices


class Kind(TextChoices):
    """What a column holds, which says how its values are compared (列的类型)."""

    NAME = "name", "姓名或名称"
    DATE = "date", "日期"
    TEXT = "text", "文字"
    ADDRESS = "address", "地址"
    CATEGORY = "category", "类别"
    NUMBER = "number", "数字"
    ID = "id", "号码"


class Decision(TextChoices):
    """What is said of a pair (结论)."""

    LINK = "link", "相符"
    REVIEW = "review", "待核"


class Engine(TextChoices):
    """What scores the pairs (计算引擎)."""

    DUCKDB = "duckdb", "DuckDB"
    SPARK = "spark", "Spark"


class State(TextChoices):
    """How far a run has come (状态)."""

    UPLOADED = "uploaded", "待设定"
    WAITING = "waiting", "排队"
    RUNNING = "running", "比对中"
    FINISHED = "finished", "完成"
    FAILED = "failed", "未完成"


PERSONAL = frozenset({Kind.NAME, Kind.ID})
"""Kinds whose presence says that a list holds persons, so that a purpose is asked for."""

RULE_ID = "号码相同"
RULE_MODEL = "模型"
RULE_CLOSURE = "传递"
