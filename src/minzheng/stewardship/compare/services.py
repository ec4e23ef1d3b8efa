"""What is done with comparisons (比对服务)."""

from collections.abc import Sequence
from datetime import datetime

from minzheng.foundation.accounts.models import User
from minzheng.foundation.audit.services import record
from minzheng.stewardship.compare.spec import Spec

SHORTEST_PURPOSE = 2


class CompareRefusedError(ValueError):
    """A comparison can't be made as asked; the message is the reason in Chinese (比对不予进行)."""


def note_comparison(
    spec: Spec, names: Sequence[str], *, purpose: str, by: User | str | None, at: datetime, run: object = ""
) -> None:
    """Keep in the audit who compares which lists and what for; raises ``CompareRefusedError`` without a purpose (记审计).

    The purpose is asked for where a name or a number is compared: such lists hold persons.
    """
    purpose = " ".join(purpose.split())
    if spec.personal and len(purpose) < SHORTEST_PURPOSE:
        raise CompareRefusedError("名单含姓名或号码, 请用 --purpose 写明比对用途 (记入审计)")
    record(
        by=by, action="compare", object_kind="compare_run", object_id=run or "命令行", purpose=purpose,
        detail={
            "lists": [name[:100] for name in names],
            "columns": [f"{c.left}/{c.right}:{c.kind}" for c in spec.columns],
        }, at=at,
    )  # fmt: skip
