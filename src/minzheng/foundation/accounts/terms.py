"""The words of accounts (账号用语): roles and data levels."""

from django.db.models import IntegerChoices, TextChoices


class Role(TextChoices):
    """What a user may do (角色). The last three are held apart: manage, secure, audit (三员分立)."""

    CLERK = "clerk", "经办人"
    REVIEWER = "reviewer", "复核人"
    DATA_OFFICER = "data_officer", "数据管理员"
    STANDARDS_OFFICER = "standards_officer", "标准管理员"
    ADMINISTRATOR = "administrator", "系统管理员"
    SECURITY = "security", "安全管理员"
    AUDITOR = "auditor", "审计管理员"


class DataLevel(IntegerChoices):
    """How sensitive the data a user may see (数据级别)."""

    L1 = 1, "一级"
    L2 = 2, "二级"
    L3 = 3, "三级"
    L4 = 4, "四级"


# One person must not both manage the system and judge or watch over its use (GB/T 22239-2019 8.1.5).
HELD_APART = frozenset({Role.ADMINISTRATOR, Role.SECURITY, Role.AUDITOR})
