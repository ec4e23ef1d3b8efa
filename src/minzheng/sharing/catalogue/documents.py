"""What the three cascades carry between the levels (级联文书): 目录级联, 资源级联, 供需对接.

A document is plain JSON that says all there is of its kind, so that one which is lost is made good by the next, and one that
comes twice or late changes nothing. Who it truly comes from, the road has checked (``sharing.between``): ``from_member``.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from minzheng.foundation.access.scope import Scope
from minzheng.foundation.members.models import Member
from minzheng.foundation.members.services import own_code
from minzheng.sharing.catalogue.codes import ResourceCode
from minzheng.sharing.catalogue.models import CatalogueEntry
from minzheng.sharing.catalogue.queries.editions import in_force
from minzheng.sharing.catalogue.services.demand_exchange import take_one, told_to
from minzheng.sharing.catalogue.services.mounted import Mounted, take_resources
from minzheng.sharing.catalogue.services.received import MOST_ENTRIES, Catalogue, Refusal, Said, Taken, take
from minzheng.sharing.catalogue.terms import CatalogueError, DocumentError, DocumentKind, SourceKind
from minzheng.stewardship.resources.queries.catalogue import resources

VERSION = 1
PASSING = ("as_of",)  # what a document says of the moment is not news


def export_document(kind: str, *, for_member: str = "", at: datetime | None = None) -> dict[str, Any]:
    """What this node says of a kind, as a document (出具文书).

    ``for_member`` is asked for demands: each is told its own only. Raises ``DocumentError`` for an unknown kind, a missing
    receiver, or while no catalogue has been published.
    """
    moment = at or timezone.now()
    makers: dict[DocumentKind, Callable[[], dict[str, Any]]] = {
        DocumentKind.CATALOGUE: _catalogue,
        DocumentKind.RESOURCES: lambda: _resources(moment),
        DocumentKind.DEMANDS: lambda: _demands(for_member, moment),
    }
    return {"kind": kind, "version": VERSION, "member": own_code()} | makers[_kind(kind)]()


def digest_of(document: object) -> str:
    """By which one sees whether a document says anything new, SHA-256 (文书摘要)."""
    said = (
        {name: value for name, value in document.items() if name not in PASSING}
        if isinstance(document, Mapping)
        else document
    )
    return hashlib.sha256(
        json.dumps(said, sort_keys=True, ensure_ascii=False, default=str).encode()
    ).hexdigest()


def take_document(document: Mapping[str, Any], from_member: str, *, at: datetime | None = None) -> Taken:
    """Take in what a member says (接收文书): new, changed, unchanged, withdrawn, refused.

    Raises ``DocumentError`` for what is no document of a known member; nothing is changed then.
    """
    moment = at or timezone.now()
    member = Member.objects.filter(code=from_member).first()
    if member is None:
        raise DocumentError(f"成员 {from_member[:32]} 不在成员名录中")
    if not isinstance(document, Mapping) or document.get("version") != VERSION:
        raise DocumentError("文书的格式版本不能识别")
    if document.get("member") != from_member:
        raise DocumentError(f"文书写明的出具方与发送方 {from_member} 不一致")
    takers: dict[DocumentKind, Callable[[Mapping[str, Any], Member, datetime], Taken]] = {
        DocumentKind.CATALOGUE: _take_catalogue,
        DocumentKind.RESOURCES: _take_resources,
        DocumentKind.DEMANDS: _take_demands,
    }
    return takers[_kind(str(document.get("kind")))](document, member, moment)


def _kind(kind: str) -> DocumentKind:
    try:
        return DocumentKind(kind)
    except ValueError:
        raise DocumentError(f"没有“{kind[:20]}”这种文书") from None


def _catalogue() -> dict[str, Any]:
    edition = in_force(_own_scope())
    if edition is None:
        raise DocumentError("本级目录还没有发布")
    rows = CatalogueEntry.objects.filter(edition=edition).order_by("position")
    return {
        "division": edition.division_code,
        "number": edition.number,
        "published_at": edition.published_at.isoformat() if edition.published_at else None,
        "entries": [{"data_set": one.data_set, "content": one.content} for one in rows],
    }


def _take_catalogue(document: Mapping[str, Any], member: Member, at: datetime) -> Taken:
    entries, number = document.get("entries"), document.get("number")
    if not isinstance(entries, list) or not isinstance(number, int):
        raise DocumentError("目录文书缺少版次或条目")
    if len(entries) > MOST_ENTRIES:
        raise DocumentError(f"目录文书超过 {MOST_ENTRIES} 条")
    good: dict[str, Said] = {}
    refused = []
    for place, one in enumerate(entries, start=1):
        try:
            said = _entry(one)
            if said.identifier in good:
                raise DocumentError("信息资源代码重复")
            good[said.identifier] = said
        except DocumentError as error:
            refused.append(Refusal(_named(one, place), str(error)))
    return take(
        kind=SourceKind.MEMBER, code=member.code, name=member.name,
        said=Catalogue(list(good.values()), refused, number), by_name="", at=at,
    )  # fmt: skip


def _entry(one: Any) -> Said:
    content = one.get("content") if isinstance(one, Mapping) else None
    if not isinstance(content, dict) or not str(content.get("name", "")).strip():
        raise DocumentError("条目没有名称")
    try:
        code = ResourceCode.parse(str(content.get("code", "")))
    except ValueError as error:
        raise DocumentError(str(error)) from error
    return Said(str(code), content, str(one.get("data_set", ""))[:100])


def _named(one: Any, place: int) -> str:
    content = one.get("content") if isinstance(one, Mapping) else None
    return str(content.get("code") or f"第{place}条") if isinstance(content, dict) else f"第{place}条"


def _resources(at: datetime) -> dict[str, Any]:
    scope = _own_scope()
    edition = in_force(scope)
    if edition is None:
        raise DocumentError("本级目录还没有发布")
    codes = dict(CatalogueEntry.objects.filter(edition=edition).values_list("data_set", "code"))
    found = [one for one in resources(scope, at=at) if one.spec.key in codes]
    return {
        "as_of": at.isoformat(),
        "resources": [
            {
                "code": codes[one.spec.key],
                "data_set": one.spec.key,
                "mounted": one.last_at is not None,
                "last_on": timezone.localdate(one.last_at).isoformat() if one.last_at else None,
                "due": str(one.standing.state),
                "quality": {figure.label: figure.text for figure in one.figures},
            }
            for one in found
        ],
    }


def _take_resources(document: Mapping[str, Any], member: Member, at: datetime) -> Taken:
    said = document.get("resources")
    as_of = parse_datetime(str(document.get("as_of"))) if document.get("as_of") else None
    if not isinstance(said, list) or as_of is None or as_of.tzinfo is None or len(said) > MOST_ENTRIES:
        raise DocumentError("资源文书缺少时间或资源状态")
    good, refused = [], []
    for place, one in enumerate(said, start=1):
        try:
            good.append(_mounted(one))
        except (ValueError, TypeError, KeyError, AttributeError):
            refused.append(Refusal(f"第{place}条", "资源状态不能识别"))
    return take_resources(member=member, said=good, refused=refused, as_of=as_of, at=at)


def _mounted(one: Mapping[str, Any]) -> Mounted:
    day = parse_date(one["last_on"]) if one.get("last_on") else None
    rest = {"due": str(one.get("due", "")), "quality": dict(one.get("quality") or {})}
    code = str(ResourceCode.parse(one["code"]))
    return Mounted(code, str(one["data_set"])[:100], one["mounted"] is True, day, rest)


def _demands(for_member: str, at: datetime) -> dict[str, Any]:
    if not for_member:
        raise DocumentError("供需文书须指明收方")
    return {"to": for_member, "demands": told_to(for_member, at=at)}


def _take_demands(document: Mapping[str, Any], member: Member, at: datetime) -> Taken:
    said = document.get("demands")
    if document.get("to") != own_code():
        raise DocumentError("供需文书不是发给本节点的")
    if not isinstance(said, list) or len(said) > MOST_ENTRIES:
        raise DocumentError("供需文书没有需求清单")
    new = changed = unchanged = 0
    refused = []
    for place, one in enumerate(said, start=1):
        try:
            became = take_one(one, member=member, at=at)
        except CatalogueError as error:
            name = str(one.get("id", "")) if isinstance(one, Mapping) else ""
            refused.append(Refusal(name[:40] or f"第{place}条", str(error)))
            continue
        new, changed = new + (became == "new"), changed + (became == "changed")
        unchanged += became == "unchanged"
    return Taken(new=new, changed=changed, unchanged=unchanged, refused=tuple(refused))


def _own_scope() -> Scope:
    return Scope.system(settings.NODE_DIVISION_CODE)
