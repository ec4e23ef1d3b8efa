"""What is asked of notices (通知查询): those of the user's own division and roles, never of another."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from minzheng.foundation.access.scope import Scope
from minzheng.foundation.accounts.models import User
from minzheng.foundation.notices.models import Notice, NoticeRead


@dataclass(frozen=True, slots=True)
class NoticeView:
    """A notice as its reader sees it (通知)."""

    id: int
    title: str
    url: str
    at: datetime
    is_read: bool


def notices(scope: Scope, user: User, *, limit: int = 50, before: int | None = None) -> list[NoticeView]:
    """The user's notices, newest first; ``before`` is the id of the last one shown (通知列表)."""
    found = _mine(scope, user)
    if before is not None:
        found = found.filter(id__lt=before)
    return [
        NoticeView(n.id, n.title, n.url, n.at, n.is_read)
        for n in found.annotate(is_read=_read_by(user)).order_by("-id")[:limit]
    ]


def unread_count(scope: Scope, user: User) -> int:
    """How many of the user's notices are not read (未读数)."""
    return _mine(scope, user).filter(~_read_by(user)).count()


def notice_for(scope: Scope, user: User, notice_id: int) -> Notice | None:
    """One notice, or None where it is not for this user (取一条通知)."""
    return _mine(scope, user).filter(pk=notice_id).first()


def unread_ids(scope: Scope, user: User) -> list[int]:
    """The notices the user has not read (未读通知)."""
    return list(_mine(scope, user).filter(~_read_by(user)).values_list("id", flat=True))


def _mine(scope: Scope, user: User) -> QuerySet[Notice]:
    return Notice.objects.filter(division_code=scope.division_code, roles__overlap=list(user.roles))


def _read_by(user: User) -> Exists:
    return Exists(NoticeRead.objects.filter(notice=OuterRef("pk"), user=user))
