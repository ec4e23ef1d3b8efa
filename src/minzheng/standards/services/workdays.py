"""The administrator's own workdays (工作日调整): what the yearly notice says before a release knows it."""

from datetime import date, datetime

from django.db import transaction

from minzheng.standards import models
from minzheng.standards.errors import StandardsError


def set_workday(
    *, day: date, is_workday: bool, name: str, source: str, by: str, at: datetime
) -> models.Workday:
    """Say that a day is, or is not, a workday (设定工作日). The last word on a day stands."""
    if not source.strip():
        raise StandardsError("须写明依据, 例: 国务院办公厅关于节假日安排的通知")
    with transaction.atomic():
        row, _ = models.Workday.objects.update_or_create(
            pack=None,
            date=day,
            defaults={
                "is_workday": is_workday,
                "name": name.strip(),
                "source": source.strip(),
                "by_name": by,
                "entered_at": at,
            },
        )
    return row


def forget_workday(*, day: date) -> bool:
    """Take the administrator's word on a day back (取消设定); False where there was none."""
    removed, _ = models.Workday.objects.filter(pack=None, date=day).delete()
    return bool(removed)
