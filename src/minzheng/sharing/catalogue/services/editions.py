"""Compiling and publishing this node's catalogue (目录编制与发布)."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction

from minzheng.foundation.access.scope import Scope
from minzheng.foundation.accounts.models import User
from minzheng.foundation.accounts.terms import Role
from minzheng.foundation.audit.services import record
from minzheng.foundation.members.services import desk_of
from minzheng.sharing.catalogue.compiling import Compiled, compiled, compiled_from
from minzheng.sharing.catalogue.content import digest
from minzheng.sharing.catalogue.models import CatalogueEntry, Edition
from minzheng.sharing.catalogue.queries.editions import Change, changes_between
from minzheng.sharing.catalogue.terms import CatalogueError, ChangeKind, EditionState

_LOCK = 7210


class NothingNewError(CatalogueError):
    """The standard says what the catalogue in force says already (没有差别)."""


def compile_catalogue(*, by: User | str, at: datetime, division_code: str = "") -> Edition:
    """A draft from what the standard and the settings say now, in place of an earlier draft (编制目录).

    A hosted county's officer compiles the county's own; ``division_code`` says so at the command line.
    Raises ``NothingNewError`` where it would equal the edition in force, ``CatalogueError`` where it can't be compiled.
    """
    division = (
        desk_of(by.division_code) if isinstance(by, User) else division_code or settings.NODE_DIVISION_CODE
    )
    may_write(by, division=division)
    with transaction.atomic():
        _one_at_a_time()
        made = compiled(division, at=at)
        whole = digest([one.content for one in made])
        editions = Edition.objects.filter(division_code=division)
        in_force = editions.filter(state=EditionState.PUBLISHED).first()
        if in_force is not None and in_force.digest == whole:
            raise NothingNewError(f"与现行{in_force}没有差别，不必另编")
        editions.filter(state=EditionState.DRAFT).delete()
        last = editions.order_by("-number").first()
        draft = Edition.objects.create(
            division_code=division, number=last.number + 1 if last else 1, state=EditionState.DRAFT,
            standard=compiled_from(division), digest=whole, compiled_at=at, compiled_by_name=str(by)[:64],
        )  # fmt: skip
        CatalogueEntry.objects.bulk_create(_rows(draft, made))
        counts = _counted(changes_between(in_force, draft))
        draft.added, draft.changed, draft.withdrawn = counts
        draft.save(update_fields=["added", "changed", "withdrawn"])
        record(
            by=by, action="catalogue.compile", object_kind="catalogue_edition", object_id=draft.pk,
            detail={"number": draft.number, "entries": len(made), "standard": draft.standard}, at=at,
        )  # fmt: skip
    return draft


def publish_catalogue(*, edition_id: int, by: User | str, at: datetime, note: str = "") -> Edition:
    """Put a draft in force; the edition before it stays readable (发布目录).

    Raises ``CatalogueError`` where it is no draft any more, or the standard has changed since it was compiled: who publishes
    must have seen what is published.
    """
    may_write(by, division=desk_of(by.division_code) if isinstance(by, User) else "")
    with transaction.atomic():
        _one_at_a_time()
        draft = Edition.objects.select_for_update().filter(pk=edition_id).first()
        if draft is None or draft.state != EditionState.DRAFT:
            raise CatalogueError("这一版已经发布，或已被新的编制结果取代，请刷新后重试")
        if isinstance(by, User) and draft.division_code != desk_of(by.division_code):
            raise CatalogueError("这一版是另一单位的目录")
        now = digest([one.content for one in compiled(draft.division_code, at=at)])
        if now != draft.digest:
            raise CatalogueError("编制之后标准或目录设置又有变化，请重新编制、核对后发布")
        Edition.objects.filter(division_code=draft.division_code, state=EditionState.PUBLISHED).update(
            state=EditionState.SUPERSEDED
        )
        draft.state, draft.published_at, draft.note = EditionState.PUBLISHED.value, at, note[:400]
        draft.published_by = by if isinstance(by, User) else None
        draft.published_by_name = str(by)[:64]
        draft.save()
        record(
            by=by, action="catalogue.publish", object_kind="catalogue_edition", object_id=draft.pk,
            detail={"number": draft.number, "added": draft.added, "changed": draft.changed,
                    "withdrawn": draft.withdrawn, "digest": draft.digest}, at=at,
        )  # fmt: skip
    return draft


def may_write(by: User | str, *, division: str = "") -> None:
    """Only a data officer of the whole node or of the ``division``, or who works at its command line (谁可办理).

    Raises ``CatalogueError``.
    """
    if isinstance(by, User) and not (
        by.has_role(Role.DATA_OFFICER) and Scope.of(by).covers(division or settings.NODE_DIVISION_CODE)
    ):
        raise CatalogueError("只有本节点的数据管理员可以编制、发布目录和答复需求")


def _rows(draft: Edition, made: Sequence[Compiled]) -> list[CatalogueEntry]:
    return [
        CatalogueEntry(
            edition=draft, position=position, code=str(one.code), categories=list(one.code.levels),
            data_set=one.data_set, name=one.content["name"], provider=one.content["provider"],
            share_type=one.content["share_type"], content=one.content, digest=digest(one.content),
        )
        for position, one in enumerate(made)
    ]  # fmt: skip


def _counted(changes: Sequence[Change]) -> tuple[int, ...]:
    wanted = (ChangeKind.NEW, ChangeKind.CHANGED, ChangeKind.WITHDRAWN)
    return tuple(sum(one.kind == kind for one in changes) for kind in wanted)


def _one_at_a_time() -> None:
    """Two officers at once: one compiles, the other waits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
