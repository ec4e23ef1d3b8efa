"""The tables of the foundation's parts, gathered where Django looks for them (基础台的表)."""

from minzheng.foundation.accounts.models import PasswordHistory, User
from minzheng.foundation.audit.models import AuditEntry
from minzheng.foundation.files.models import Attachment, StoredFile
from minzheng.foundation.members.models import Member
from minzheng.foundation.notices.models import Notice, NoticeRead
from minzheng.foundation.outbox.models import OutboxEntry

__all__ = [
    "Attachment",
    "AuditEntry",
    "Member",
    "Notice",
    "NoticeRead",
    "OutboxEntry",
    "PasswordHistory",
    "StoredFile",
    "User",
]
