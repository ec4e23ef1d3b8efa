"""Who manages sources (来源接入的办理人), and the cycles one chooses from."""

from minzheng.foundation.accounts.terms import Role

MANAGERS = (Role.DATA_OFFICER, Role.ADMINISTRATOR)
CYCLES = (
    (0, "只手动取数"),
    (5, "每 5 分钟"),
    (15, "每 15 分钟"),
    (60, "每小时"),
    (360, "每 6 小时"),
    (1440, "每天"),
    (10080, "每周"),
    (43200, "每 30 天"),
)


def cycle_label(minutes: int) -> str:
    """A cycle in words (周期)."""
    return dict(CYCLES).get(minutes, f"每 {minutes:,} 分钟")
