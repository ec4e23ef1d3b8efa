"""What looking up writes (查询的写入): searches that are kept, and the trail of what was taken away."""

from datetime import datetime

from minzheng.foundation.access.scope import Scope
from minzheng.foundation.accounts.models import User
from minzheng.foundation.audit.services import record
from minzheng.stewardship.lookup.asked import Asked
from minzheng.stewardship.lookup.exporting import Exported, export
from minzheng.stewardship.lookup.models import SavedSearch
from minzheng.stewardship.lookup.queries.saved import AT_MOST

LONGEST_NAME = 40
SHORTEST_PURPOSE, LONGEST_PURPOSE = 2, 200


class SavingRefusedError(ValueError):
    """A search that cannot be kept; the message says why (不能保存)."""


def save_search(asked: Asked, *, name: str, by: User, at: datetime) -> SavedSearch:
    """Keep a search under a name, in place of the one of that name (保存查询). Raises ``SavingRefusedError``."""
    name = name.strip()[:LONGEST_NAME] or f"{at:%m-%d %H:%M}的查询"
    if not asked.text:
        raise SavingRefusedError("还没有查询内容，不能保存。")
    others = SavedSearch.objects.filter(user=by).exclude(name=name)
    if others.count() >= AT_MOST:
        raise SavingRefusedError(f"最多保存 {AT_MOST} 个常用查询，请先删除不用的。")
    kept, _ = SavedSearch.objects.update_or_create(
        user=by,
        name=name,
        defaults={"query_cipher": asked.sealed(), "division_code": by.division_code, "created_at": at},
    )
    record(by=by, action="search.save", object_kind="saved_search", object_id=kept.pk, at=at)
    return kept


def forget_search(saved_id: int, *, by: User, at: datetime) -> bool:
    """Delete one of the user's own; whether there was one (删除常用查询)."""
    gone, _ = SavedSearch.objects.filter(pk=saved_id, user=by).delete()
    if gone:
        record(by=by, action="search.forget", object_kind="saved_search", object_id=saved_id, at=at)
    return bool(gone)


def take_away(
    scope: Scope, asked: Asked, *, form: str, purpose: str, by: User, at: datetime, ip: str | None = None
) -> Exported:
    """Results as a file, audited before it leaves with who, what for and how many (导出并留痕)."""
    file = export(scope, asked, form=form, by=str(by), purpose=purpose, at=at)
    detail = {
        "kind": asked.kind,
        "rows": file.rows,
        "form": form,
        "cut": file.cut,
        "typed": str(asked.recognised.kind),
    }
    record(
        by=by, action="search.export", object_kind=asked.kind, object_id="", purpose=purpose, detail=detail, ip=ip, at=at
    )  # fmt: skip
    return file
