"""Layers, their editions and what befell each (版次与沿革)."""

from dataclasses import dataclass
from datetime import datetime

from minzheng.standards import models
from minzheng.standards.divisions import depth
from minzheng.standards.terms import Stage


@dataclass(frozen=True, slots=True)
class EditionSpec:
    """An edition of a layer (版次)."""

    id: int
    pack: str
    pack_name: str
    level: str
    division_code: str
    version: str
    stage: str
    stage_label: str
    digest: str
    published_at: datetime | None
    is_published: bool


@dataclass(frozen=True, slots=True)
class EventSpec:
    """A step in an edition's life (事件)."""

    pack: str
    version: str
    stage: str
    stage_label: str
    by_name: str
    at: datetime
    note: str
    content_digest: str


def layers() -> list[EditionSpec]:
    """The published edition of every layer, topmost first (现行标准包)."""
    found = [edition for edition in editions() if edition.is_published]
    return sorted(found, key=lambda edition: (depth(edition.division_code), edition.pack))


def editions(pack_id: str | None = None) -> list[EditionSpec]:
    """All editions, newest first (全部版次)."""
    rows = models.Edition.objects.select_related("pack").defer("content").order_by("-id")
    if pack_id is not None:
        rows = rows.filter(pack_id=pack_id)
    return [
        EditionSpec(
            id=row.pk,
            pack=row.pack_id,
            pack_name=row.pack.name,
            level=row.pack.level,
            division_code=row.pack.division_code,
            version=row.version,
            stage=row.stage,
            stage_label=Stage(row.stage).label,
            digest=row.digest,
            published_at=row.published_at,
            is_published=row.pack.published_id == row.pk,
        )
        for row in rows
    ]


def history(pack_id: str | None = None, version: str | None = None) -> list[EventSpec]:
    """What befell the editions, newest first (沿革)."""
    rows = models.StandardEvent.objects.select_related("edition").defer("edition__content").order_by("-id")
    if pack_id is not None:
        rows = rows.filter(edition__pack_id=pack_id)
    if version is not None:
        rows = rows.filter(edition__version=version)
    return [
        EventSpec(
            pack=row.edition.pack_id,
            version=row.edition.version,
            stage=row.stage,
            stage_label=Stage(row.stage).label,
            by_name=row.by_name,
            at=row.at,
            note=row.note,
            content_digest=row.content_digest,
        )
        for row in rows
    ]
