"""Editions as they are stored: read back, chained to the layers above and below (版次读取)."""

from collections.abc import Sequence

from django.db.models import F

from minzheng.standards import models
from minzheng.standards.errors import StandardsError
from minzheng.standards.packs import Pack, read_files, unpack_archive


def read_edition(edition: models.Edition) -> Pack:
    """An edition's files, read as a pack (读取版次)."""
    return read_files(unpack_archive(bytes(edition.content)), source=str(edition))


def published_pack(pack_id: str) -> Pack | None:
    """The published edition of a layer, None where there is none (现行标准)."""
    edition = models.Edition.objects.filter(pack_id=pack_id, pack__published=F("pk")).first()
    return read_edition(edition) if edition else None


def layers_above(parent_id: str) -> list[Pack]:
    """The published layers from the top down to ``parent_id`` (上级标准).

    StandardsError where one of them is not published.
    """
    chain: list[Pack] = []
    while parent_id:
        upper = published_pack(parent_id)
        if upper is None:
            raise StandardsError(f"上级标准包“{parent_id}”尚未发布")
        chain.insert(0, upper)
        parent_id = upper.parent
    return chain


def layers_below(pack_id: str) -> Sequence[models.Pack]:
    """Published layers that stand on this one, nearest first (下级标准)."""
    found: list[models.Pack] = []
    level = [pack_id]
    while level:
        children = list(
            models.Pack.objects.filter(parent_id__in=level, published__isnull=False).order_by("id")
        )
        found += children
        level = [child.pk for child in children]
    return found
