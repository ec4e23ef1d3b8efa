"""The words of review (用语): why a row waits, what may be decided."""

from django.db.models import TextChoices


class Kind(TextChoices):
    """What a decision is (处置)."""

    LINK = "link", "关联"
    SEPARATE = "separate", "另建新人"
    NONE = "none", "都不是, 退回来源"
    ASIDE = "aside", "搁置"
    SPLIT = "split", "拆分"
    JOIN = "join", "合并"
    APPROVE = "approve", "复核同意"
    REJECT = "reject", "复核不同意"
    UNDO = "undo", "撤销"


class State(TextChoices):
    """How far an item is (状态)."""

    OPEN = "open", "待核"
    PROPOSED = "proposed", "待复核"
    ASIDE = "aside", "已搁置"
    DECIDED = "decided", "已办结"


CHOICES = (Kind.LINK, Kind.SEPARATE, Kind.NONE, Kind.ASIDE)  # what a row may be decided as
FINAL = (Kind.LINK, Kind.SEPARATE, Kind.NONE)
REASONS = {"name_differs": "号码相同、姓名不同", "uncertain": "模型不能判定"}
WHY = {
    "name_differs": "这一行的公民身份号码已登记在另一个姓名之下，两个姓名明显不同，系统不自动关联。",
    "uncertain": "这一行没有公民身份号码，按其余各项比对，不足以认定是谁，也不足以认定是新人。",
}
SHORTEST_REASON, LONGEST_REASON = 2, 400
