"""Publication of a layer (标准发布): all or nothing, and only what keeps within the layers above."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from minzheng.standards import models
from minzheng.standards.diff import diff
from minzheng.standards.editions import layers_above, layers_below, published_pack, read_edition
from minzheng.standards.errors import LintError, StandardsError, TransitionError
from minzheng.standards.following import published
from minzheng.standards.lint import lint
from minzheng.standards.packs import Finding, Pack, pack_archive, read_pack
from minzheng.standards.packs.finding import errors_of
from minzheng.standards.queries.asking import forget_published
from minzheng.standards.services.actors import Actor
from minzheng.standards.services.lifecycle import claim, move, require
from minzheng.standards.services.storing import store_rows
from minzheng.standards.terms import Stage

_LOCK = 7020  # one publication at a time: a layer's check must see the layers above as they will stay


@dataclass(frozen=True, slots=True)
class Publication:
    """What a publication did (发布结果). ``rows`` by kind; ``changes`` by action: added, removed, changed."""

    pack: str
    version: str
    digest: str
    changed: bool
    message: str
    rows: dict[str, int] = field(default_factory=dict)
    changes: dict[str, int] = field(default_factory=dict)
    warnings: list[Finding] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """As plain data, for ``--json`` (输出)."""
        return asdict(self)


def publish(pack_dir: Path, *, by: Actor, at: datetime, note: str) -> Publication:
    """Publish a pack's folder (发布标准包). LintError with every fault, and then nothing is changed.

    The same content again changes nothing and says so. Content that differs needs a version of its own.
    A new layer, or one whose edition went through review, is published as it is; FileNotFoundError without
    pack.csv.
    """
    return publish_pack(read_pack(pack_dir), by=by, at=at, note=note)


def publish_edition(edition: models.Edition, *, by: Actor, at: datetime, note: str) -> Publication:
    """Publish an approved edition (发布已批准的版次). TransitionError where it is not approved."""
    if not edition.content:
        raise TransitionError(f"{edition} 还没有内容")
    if edition.stage != Stage.APPROVED:
        require(edition, Stage.PUBLISHED)
    return publish_pack(read_edition(edition), by=by, at=at, note=note)


def publish_pack(pack: Pack, *, by: Actor, at: datetime, note: str) -> Publication:
    """Publish a pack as read (发布)."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        before = published_pack(pack.id) if pack.id else None
        if before is not None and before.digest == pack.digest:
            return Publication(
                pack.id,
                pack.version,
                pack.digest,
                False,
                f"{pack.id}@{pack.version} 内容与现行版相同, 未作改动",
            )
        findings = _checked(pack)
        edition = claim(pack, at=at)
        _may_publish(edition, pack)
        if not edition.digest:
            edition.content, edition.digest = pack_archive(pack.files), pack.digest
        rows = _replace(edition, pack, by=by, at=at, note=note)
        changes = [change.action for change in diff(before, pack)]
        forget_published()
        published(at)
    return Publication(
        pack.id,
        pack.version,
        pack.digest,
        True,
        f"已发布 {pack.id}@{pack.version}",
        rows,
        {action: changes.count(action) for action in ("added", "removed", "changed")},
        [finding for finding in findings if finding.severity != "error"],
    )


def _checked(pack: Pack) -> list[Finding]:
    try:
        above = layers_above(pack.parent)
    except StandardsError as error:
        raise LintError([pack.header_finding("parent", str(error))]) from error
    findings = lint(pack, above)
    faults = errors_of(findings)
    if pack.id and not faults:
        faults = _faults_below(pack, above)
    if faults:
        raise LintError(faults)
    return findings


def _faults_below(pack: Pack, above: list[Pack]) -> list[Finding]:
    """Faults that publishing this layer would bring into the published layers standing on it."""
    chains = {pack.id: [*above, pack]}
    faults: list[Finding] = []
    for layer in layers_below(pack.id):
        child = published_pack(layer.pk)
        if child is None or layer.parent_id not in chains:
            continue
        chain = chains[layer.parent_id]
        for finding in errors_of(lint(child, chain)):
            place = f"{layer.pk}/{finding.file}"
            said = f"发布后下级标准将不合规: {finding.message}"
            faults.append(Finding(place, finding.line, finding.column, said))
        chains[layer.pk] = [*chain, child]
    return faults


def _may_publish(edition: models.Edition, pack: Pack) -> None:
    if not edition.stage:
        return  # handed in and published in one step, without a draft in the house
    if (
        edition.stage in (Stage.PUBLISHED, Stage.MAINTAINED, Stage.WITHDRAWN)
        and edition.digest != pack.digest
    ):
        raise StandardsError(f"{edition} 已经发布过而内容不同, 请在 pack.csv 中改用新的版本号")
    require(edition, Stage.PUBLISHED)
    if edition.digest != pack.digest:
        raise TransitionError(f"{edition} 的内容与批准时不同, 须重新起草、审查、批准")


def _replace(edition: models.Edition, pack: Pack, *, by: Actor, at: datetime, note: str) -> dict[str, int]:
    layer = edition.pack
    previous = layer.published
    edition.published_at = at
    move(edition, Stage.PUBLISHED, by=by, at=at, note=note)
    layer.name, layer.level = pack.header["name"], pack.level
    layer.division_code, layer.published = pack.division_code, edition
    layer.save()
    forget_published()
    if previous is not None:
        move(previous, Stage.WITHDRAWN, by=by, at=at, note=f"由 {edition} 代替")
    return store_rows(pack)
