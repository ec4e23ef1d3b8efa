"""Whether the data behind another's entries is there (资源级联): taken in with a set check."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from minzheng.foundation.members.models import Member
from minzheng.sharing.catalogue.models import CatalogueSource, ReceivedResource
from minzheng.sharing.catalogue.services.received import Refusal, Taken
from minzheng.sharing.catalogue.terms import SourceKind


@dataclass(frozen=True, slots=True)
class Mounted:
    """What a member says of one resource (资源状态)."""

    code: str
    data_set: str
    mounted: bool
    last_on: date | None
    content: dict[str, Any]


def take_resources(
    *, member: Member, said: Sequence[Mounted], refused: Sequence[Refusal], as_of: datetime, at: datetime
) -> Taken:
    """Keep what a member says of its resources as of a moment; an older word changes nothing (接收资源状态)."""
    with transaction.atomic():
        CatalogueSource.objects.get_or_create(
            code=member.code, defaults={"kind": SourceKind.MEMBER.value, "name": member.name}
        )
        source = CatalogueSource.objects.select_for_update().get(code=member.code)
        if source.resources_as_of is not None and as_of < source.resources_as_of:
            return Taken(stale=True)
        kept = {one.code: one for one in ReceivedResource.objects.filter(source=source)}
        new, changed = [], []
        wanted = {one.code: one for one in said}
        for code, one in wanted.items():
            former = kept.get(code)
            if former is None:
                new.append(_set(ReceivedResource(source=source, code=code), one, at))
            elif _values(former) != (one.data_set, one.mounted, one.last_on, one.content):
                changed.append(_set(former, one, at))
        gone = [one for code, one in kept.items() if code not in wanted and one.mounted]
        for former in gone:
            former.mounted, former.changed_at = False, at
        ReceivedResource.objects.bulk_create(new, batch_size=1000)
        columns = ["data_set", "mounted", "last_on", "content", "changed_at"]
        ReceivedResource.objects.bulk_update([*changed, *gone], columns, batch_size=1000)
        CatalogueSource.objects.filter(pk=source.pk).update(resources_as_of=as_of)
    left = len(wanted) - len(new) - len(changed)
    return Taken(
        new=len(new), changed=len(changed), unchanged=left, withdrawn=len(gone), refused=tuple(refused)
    )


def _values(one: ReceivedResource) -> tuple[Any, ...]:
    return one.data_set, one.mounted, one.last_on, one.content


def _set(row: ReceivedResource, one: Mounted, at: datetime) -> ReceivedResource:
    row.data_set, row.mounted, row.last_on, row.content, row.changed_at = (
        one.data_set, one.mounted, one.last_on, one.content, at,
    )  # fmt: skip
    return row
