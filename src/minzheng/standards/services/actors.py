"""Who acts (经办人): an account, or a name at the command line."""

from datetime import datetime

from minzheng.foundation.accounts.models import User
from minzheng.foundation.audit.services import record as audit

Actor = User | str


def name_of(by: Actor) -> str:
    """The name kept in the records: 张三(zhangsan), or the name given (经办人姓名)."""
    return (f"{by.display_name}({by.username})" if isinstance(by, User) else by)[:64]


def keep_audit(*, by: Actor, action: str, what: str, note: str, at: datetime) -> None:
    """Write the act to the audit trail, in the caller's transaction (记审计)."""
    audit(
        by=by,
        action=f"standards.{action}",
        object_kind="standard",
        object_id=what,
        detail={"note": note},
        at=at,
    )
