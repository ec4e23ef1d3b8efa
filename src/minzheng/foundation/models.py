"""The tables of the foundation's parts, gathered where Django looks for them (基础台的表)."""

from minzheng.foundation.accounts.models import PasswordHistory, User
from minzheng.foundation.audit.models import AuditEntry

__all__ = ["AuditEntry", "PasswordHistory", "User"]
