"""The packs that come with the product (随产品标准包), published where a node has none yet."""

from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils import timezone

from minzheng.standards import models
from minzheng.standards.packs import Pack, read_pack
from minzheng.standards.services.publishing import Publication, publish_pack
from minzheng.standards.terms import LEVELS

_LOCK = 7021


def publish_shipped_packs() -> list[Publication]:
    """Publish the shipped packs that this node has not published, from the top down (发布随产品标准包).

    Quick where nothing is to do. Layers already there are left as they are, whatever their version.
    """
    folders = [path.parent for path in sorted(Path(settings.PACKS_DIR).rglob("pack.csv"))]
    if not _missing(folders):
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        try:
            done = []
            for pack in sorted(map(read_pack, _missing(folders)), key=_rank):
                at = timezone.now()
                done.append(publish_pack(pack, by="系统", at=at, note="随产品发布"))
            return done
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def _missing(folders: list[Path]) -> list[Path]:
    there = set(models.Pack.objects.filter(published__isnull=False).values_list("pk", flat=True))
    withdrawn = set(models.Edition.objects.filter(stage="withdrawn").values_list("pack_id", flat=True))
    return [folder for folder in folders if _id_of(folder) not in there | withdrawn]


def _id_of(folder: Path) -> str:
    """The layer's id without reading the whole pack."""
    for line in (folder / "pack.csv").read_text(encoding="utf-8-sig").splitlines():
        key, _, value = line.partition(",")
        if key.strip() == "id":
            return value.strip().strip('"')
    return ""


def _rank(pack: Pack) -> tuple[int, str]:
    return (LEVELS.index(pack.level) if pack.level in LEVELS else len(LEVELS), pack.id)
