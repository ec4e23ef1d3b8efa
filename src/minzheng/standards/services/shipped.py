"""The packs that come with the product (随产品标准包): published where a node has none yet, told of where it has an older one."""

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils import timezone

from minzheng.standards import models
from minzheng.standards.packs import Pack, read_pack
from minzheng.standards.services.publishing import Publication, publish_pack
from minzheng.standards.terms import LEVELS

_LOCK = 7021


@dataclass(frozen=True, slots=True)
class NewerPack:
    """A shipped layer that is newer than the node's (新版标准包)."""

    folder: Path
    pack: str
    version: str
    published: str


def publish_shipped_packs() -> list[Publication]:
    """Publish the shipped packs that this node has not published, from the top down (发布随产品标准包).

    Quick where nothing is to do. Layers already there are left as they are, whatever their version:
    ``publish_newer_packs`` is for someone to ask.
    """
    return _publish(lambda: _missing(_folders()))


def newer_packs() -> list[NewerPack]:
    """The shipped packs of a later version than the one this node goes by (待发布的新版标准包).

    A version that was published here before is not among them: the node has gone on from it.
    """
    current = dict(
        models.Pack.objects.filter(published__isnull=False).values_list("pk", "published__version")
    )
    before = set(models.Edition.objects.filter(published_at__isnull=False).values_list("pack_id", "version"))
    found = []
    for folder in _folders():
        header = _header_of(folder)
        pack, version = header.get("id", ""), header.get("version", "")
        known = current.get(pack)
        if known is not None and (pack, version) not in before and _later(version) > _later(known):
            found.append(NewerPack(folder, pack, version, known))
    return found


def publish_newer_packs() -> list[Publication]:
    """Publish the shipped packs that are newer, from the top down (发布新版标准包). LintError as ``publish``."""
    return _publish(lambda: [newer.folder for newer in newer_packs()])


def _publish(wanted: Callable[[], list[Path]]) -> list[Publication]:
    if not wanted():
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        try:  # what is wanted is asked again: another process may have been first
            packs = sorted(map(read_pack, wanted()), key=_rank)
            return [publish_pack(pack, by="系统", at=timezone.now(), note="随产品发布") for pack in packs]
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def _folders() -> list[Path]:
    return [path.parent for path in sorted(Path(settings.PACKS_DIR).rglob("pack.csv"))]


def _missing(folders: list[Path]) -> list[Path]:
    there = set(models.Pack.objects.filter(published__isnull=False).values_list("pk", flat=True))
    withdrawn = set(models.Edition.objects.filter(stage="withdrawn").values_list("pack_id", flat=True))
    return [folder for folder in folders if _header_of(folder).get("id", "") not in there | withdrawn]


def _header_of(folder: Path) -> dict[str, str]:
    """What pack.csv says, without reading the whole pack."""
    with (folder / "pack.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row[0].strip(): row[1].strip() for row in csv.reader(file) if len(row) > 1}


def _later(version: str) -> list[tuple[int, int, str]]:
    """A version's order: numbers as numbers, 1.10 after 1.9."""
    parts = re.findall(r"\d+|[^\d.]+", version)
    return [(1, int(part), "") if part.isdigit() else (0, 0, part) for part in parts]


def _rank(pack: Pack) -> tuple[int, str]:
    return (LEVELS.index(pack.level) if pack.level in LEVELS else len(LEVELS), pack.id)
