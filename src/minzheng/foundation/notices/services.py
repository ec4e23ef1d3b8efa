"""What is done with notices (通知办理)."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from minzheng.foundation.accounts.models import User
from minzheng.foundation.accounts.terms import Role
from minzheng.foundation.notices.models import Notice, NoticeRead
from minzheng.kernel import division


def notify(
    *, division_code: str, roles: Sequence[str], title: str, url: str, key: str, at: datetime
) -> Notice:
    """Tell the holders of ``roles`` in a division; the same ``key`` again changes nothing (发通知).

    Where no active account of the division holds a role, the nearest division above that has one is told: a county
    whose work is done for it (代建) leaves no notice unread. The title names no person. Raises ``ValueError`` for a
    role that does not exist and for an address outside this node.
    """
    unknown = set(roles) - set(Role.values)
    if unknown or not roles:
        raise ValueError(f"没有这样的角色: {', '.join(sorted(unknown)) or '(空)'}")
    if not url.startswith("/") or url.startswith("//"):
        raise ValueError("通知的办理页面应在本节点")
    notice, _ = Notice.objects.get_or_create(
        key=key,
        defaults={
            "division_code": addressee(division_code, roles), "roles": sorted(set(roles)),
            "title": title[:200], "url": url, "at": at,
        },
    )  # fmt: skip
    return notice


def addressee(division_code: str, roles: Sequence[str]) -> str:
    """The division itself, or the nearest above it, that has an active holder of a role (收件区划)."""
    holders = User.objects.filter(is_active=True, roles__overlap=list(roles))
    above: list[str] = []
    code: str | None = division.normalise(division_code)
    while code:
        above.append(code)
        code = division.parent(code)
    held = set(holders.filter(division_code__in=above).values_list("division_code", flat=True))
    return next((code for code in above if code in held), above[0])


def mark_read(*, notices: Iterable[int], by: User, at: datetime) -> None:
    """Keep that a user has read these; reading twice is reading once (标为已读)."""
    NoticeRead.objects.bulk_create(
        [NoticeRead(notice_id=number, user=by, at=at) for number in notices], ignore_conflicts=True
    )
