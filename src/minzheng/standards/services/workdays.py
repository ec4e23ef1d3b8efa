"""The administrator's own workdays (工作日调整): what the yearly notice says before a release knows it."""

from datetime import date, datetime

from django.db import transaction

from minzheng.standards import models
from minzheng.standards.errors import LintError, StandardsError
from minzheng.standards.packs import Finding, read_files
from minzheng.standards.packs.finding import errors_of
from minzheng.standards.services.actors import Actor, keep_audit, name_of


def set_workday(
    *, day: date, is_workday: bool, name: str, source: str, by: Actor, at: datetime
) -> models.Workday:
    """Say that a day is, or is not, a workday (设定工作日). The last word on a day stands.

    StandardsError without a source: an office must be able to say why.
    """
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
                "by_name": name_of(by),
                "entered_at": at,
            },
        )
        said = f"{'工作日' if is_workday else '休息日'} {name} {source}"
        keep_audit(by=by, action="set_workday", what=day.isoformat(), note=said, at=at)
    return row


def forget_workday(*, day: date, by: Actor, at: datetime) -> bool:
    """Take the administrator's word on a day back (取消设定); False where there was none."""
    with transaction.atomic():
        removed, _ = models.Workday.objects.filter(pack=None, date=day).delete()
        if removed:
            keep_audit(by=by, action="forget_workday", what=day.isoformat(), note="", at=at)
    return bool(removed)


def import_workdays(content: bytes, *, by: Actor, at: datetime) -> int:
    """Hand in many days as ``workdays.csv`` (导入工作日调整); how many were set.

    LintError, and then none is.
    """
    pack = read_files({"workdays.csv": content}, source="workdays.csv")
    rows = pack.rows["workdays"]
    faults = errors_of(pack.findings)
    faults += [row.finding("source", "须写明依据") for row in rows if not row["source"]]
    faults += [
        row.finding("is_workday", "是否工作日不能为空") for row in rows if "is_workday" not in row.said
    ]
    if not rows and not faults:
        faults = [Finding("workdays.csv", 1, "", "文件没有内容行")]
    if faults:
        raise LintError(faults)
    with transaction.atomic():
        for row in rows:
            set_workday(
                day=row["date"],
                is_workday=row["is_workday"],
                name=row["name"],
                source=row["source"],
                by=by,
                at=at,
            )
    return len(rows)
