"""The life of a standard (标准生命周期): every step but publication."""

from datetime import datetime

from django.db import transaction

from minzheng.standards import models
from minzheng.standards.diff import Change, diff
from minzheng.standards.editions import layers_above, layers_below, published_pack, read_edition
from minzheng.standards.errors import LintError, StandardsError, TransitionError
from minzheng.standards.lint import lint
from minzheng.standards.packs import Pack, pack_archive
from minzheng.standards.packs.finding import errors_of
from minzheng.standards.queries.asking import forget_published
from minzheng.standards.services.actors import Actor, keep_audit, name_of
from minzheng.standards.services.storing import remove_rows
from minzheng.standards.terms import NEXT_STAGES, Stage


def propose(*, pack_id: str, version: str, by: Actor, at: datetime, note: str) -> models.Edition:
    """Propose a new edition of a layer that exists (提出).

    StandardsError where the layer or edition is not right.
    """
    layer = models.Pack.objects.filter(pk=pack_id).first()
    if layer is None:
        raise StandardsError(f"没有标准包“{pack_id}”")
    if models.Edition.objects.filter(pack=layer, version=version).exists():
        raise TransitionError(f"{pack_id}@{version} 已经存在")
    with transaction.atomic():
        edition = models.Edition.objects.create(
            pack=layer, version=version, stage=Stage.PROPOSED, created_at=at
        )
        record(edition, Stage.PROPOSED, by=by, at=at, note=note)
    return edition


def draft(pack: Pack, *, by: Actor, at: datetime, note: str) -> models.Edition:
    """Hand in a draft, or mend one (起草). A draft may still have faults; they stop it at review."""
    if not pack.id or not pack.version:
        raise LintError([pack.header_finding("id" if not pack.id else "version", "包说明缺少标识或版本")])
    with transaction.atomic():
        edition = claim(pack, at=at)
        require(edition, Stage.DRAFTED)
        edition.content, edition.digest = pack_archive(pack.files), pack.digest
        move(edition, Stage.DRAFTED, by=by, at=at, note=note)
    return edition


def advance(edition: models.Edition, stage: Stage, *, by: Actor, at: datetime, note: str) -> models.Edition:
    """Review, approve or maintain an edition (审查、批准、维护). Publication and withdrawal have their own
    services.

    The reviewer may not be who drafted, nor the approver who reviewed (四眼). LintError where a draft has
    faults.
    """
    if stage not in (Stage.REVIEWED, Stage.APPROVED, Stage.MAINTAINED):
        raise TransitionError(f"“{stage.label}”不在此办理")
    with transaction.atomic():
        edition = models.Edition.objects.select_for_update().get(pk=edition.pk)
        require(edition, stage)
        if stage in (Stage.REVIEWED, Stage.APPROVED):
            _four_eyes(edition, name_of(by))
            pack = read_edition(edition)
            faults = errors_of(lint(pack, layers_above(pack.parent)))
            if faults:
                raise LintError(faults)
        move(edition, stage, by=by, at=at, note=note)
    return edition


def withdraw(edition: models.Edition, *, by: Actor, at: datetime, note: str) -> models.Edition:
    """End an edition (废止); a published one takes its rows with it.

    Refused while lower layers stand on it.
    """
    with transaction.atomic():
        layer = models.Pack.objects.select_for_update().get(pk=edition.pack_id)
        edition = models.Edition.objects.select_for_update().get(pk=edition.pk)
        require(edition, Stage.WITHDRAWN)
        if layer.published_id == edition.pk:
            below = layers_below(layer.pk)
            if below:
                raise StandardsError(
                    f"下级标准包{'、'.join(str(child) for child in below)}仍以它为上级, 不能废止"
                )
            remove_rows(layer.pk)
            layer.published = None
            layer.save(update_fields=["published"])
            forget_published()
        move(edition, Stage.WITHDRAWN, by=by, at=at, note=note)
    return edition


def preview(edition: models.Edition) -> list[Change]:
    """What publishing an edition would change (发布前比对)."""
    return diff(published_pack(edition.pack_id), read_edition(edition))


def claim(pack: Pack, *, at: datetime) -> models.Edition:
    """The edition a pack is for, its layer locked; both made where they are not there yet (取得版次)."""
    parent = None
    if pack.parent:
        parent = models.Pack.objects.filter(pk=pack.parent).first()
        if parent is None:
            raise StandardsError(f"上级标准包“{pack.parent}”不存在")
    defaults = {"name": pack.header.get("name", pack.id), "level": pack.level, "parent": parent}
    layer, _ = models.Pack.objects.get_or_create(
        pk=pack.id, defaults=defaults | {"division_code": pack.division_code}
    )
    models.Pack.objects.select_for_update().get(pk=layer.pk)
    edition = models.Edition.objects.filter(pack=layer, version=pack.version).first()
    return edition or models.Edition(pack=layer, version=pack.version, stage="", created_at=at)


def require(edition: models.Edition, stage: Stage) -> None:
    """Refuse a step that may not follow (检查流转). TransitionError."""
    now = Stage(edition.stage) if edition.stage else None
    if stage not in NEXT_STAGES[now]:
        allowed = "、".join(sorted(s.label for s in NEXT_STAGES[now])) or "无"
        said = f"{edition} 处于“{now.label if now else '未建立'}”, 不能“{stage.label}”; 可办: {allowed}"
        raise TransitionError(said)


def move(edition: models.Edition, stage: Stage, *, by: Actor, at: datetime, note: str) -> None:
    """Set the stage and record the event (流转)."""
    edition.stage = stage
    edition.save()
    record(edition, stage, by=by, at=at, note=note)


def record(edition: models.Edition, stage: Stage, *, by: Actor, at: datetime, note: str) -> None:
    """Add an event to the edition's life (记录事件)."""
    models.StandardEvent.objects.create(
        edition=edition, stage=stage, by_name=name_of(by), at=at, note=note, content_digest=edition.digest
    )
    keep_audit(by=by, action=stage.value, what=str(edition), note=note, at=at)


def _four_eyes(edition: models.Edition, by: str) -> None:
    last = models.StandardEvent.objects.filter(edition=edition).order_by("-id").first()
    if last is not None and last.by_name == by:
        raise TransitionError(f"上一环节“{Stage(last.stage).label}”由 {by} 办理, 本环节须由他人办理")
