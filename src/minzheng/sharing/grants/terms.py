"""The words of grants (授信用语): methods, states, refusals."""

from django.db.models import TextChoices


class Method(TextChoices):
    """How granted data is had (共享方式)."""

    ONE = "one", "查询单条"
    CHECK = "check", "核验"
    CHECKS = "checks", "批量核验"
    CHANGES = "changes", "变更获取"
    PARCEL = "parcel", "电子报文"
    PUSH = "push", "订阅推送"


class State(TextChoices):
    """Where an application stands (申请状态)."""

    WAITING = "waiting", "待答复"
    AGREED = "agreed", "已同意"
    REFUSED = "refused", "不予同意"


class Standing(TextChoices):
    """Where a grant stands on a day (授权状态)."""

    OPEN = "open", "有效"
    NOT_YET = "not_yet", "未生效"
    EXPIRED = "expired", "已到期"
    WITHDRAWN = "withdrawn", "已撤回"


NOT_SHARED = "3"  # of SHARE_TYPE: 不共享
LIMIT_PARAMETER = "share.request_workdays"
PER_MINUTE, PER_DAY = 60, 10_000


class GrantError(ValueError):
    """What cannot be asked, granted or withdrawn as said; the message is the reason in Chinese (不予办理)."""
