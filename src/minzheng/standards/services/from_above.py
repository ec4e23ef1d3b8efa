"""Layers of the level above (上级标准): told by name, version and digest, fetched where they differ, published as they came."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from minzheng.standards import models
from minzheng.standards.divisions import depth, holds_for
from minzheng.standards.errors import StandardsError
from minzheng.standards.packs import read_files, unpack_archive
from minzheng.standards.services.publishing import Publication, publish_pack


def told(*, within: str) -> list[dict[str, str]]:
    """The published layers that hold for a division, the topmost first (标准版次清单)."""
    found = models.Pack.objects.filter(published__isnull=False).select_related("published")
    chosen = [one for one in found if holds_for(one.division_code, within) and one.published]
    return [
        {
            "pack": one.pk,
            "division": one.division_code,
            "version": one.published.version,
            "digest": one.published.digest,
        }
        for one in sorted(chosen, key=lambda one: (depth(one.division_code), one.pk))
        if one.published
    ]


def content_of(pack: str, version: str) -> bytes:
    """The archive of an edition that was published here (标准包内容). Raises ``StandardsError``."""
    edition = models.Edition.objects.filter(pack_id=pack, version=version, published_at__isnull=False).first()
    if edition is None:
        raise StandardsError(f"没有发布过 {pack}@{version}")
    return bytes(edition.content)


def wanted(said: Sequence[Mapping[str, str]], *, own: str) -> list[Mapping[str, str]]:
    """Of the layers told from above those this node does not go by yet; its own are nobody else's to say (待取标准)."""
    here = dict(models.Pack.objects.filter(published__isnull=False).values_list("pk", "published__digest"))
    return [one for one in said if one["division"] != own and here.get(one["pack"]) != one["digest"]]


def take(said: Mapping[str, str], content: bytes, *, by: str, at: datetime) -> Publication:
    """Publish a layer that came (接收上级标准). Raises ``StandardsError``, also where a layer of this node would not fit.

    What came must be what was told, and the layer it says it is.
    """
    pack = read_files(unpack_archive(content), source=f"{said['pack']}@{said['version']}")
    if (pack.id, pack.version, pack.digest) != (said["pack"], said["version"], said["digest"]):
        raise StandardsError(f"收到的 {said['pack']}@{said['version']} 与上级所说的不是同一份")
    known = models.Edition.objects.filter(pack_id=pack.id, version=pack.version).first()
    if known is not None and known.digest != pack.digest:
        raise StandardsError(f"{pack.id}@{pack.version} 本节点已有而内容不同, 请上级改用新的版本号发布")
    return publish_pack(pack, by=by, at=at, note="上级发布, 随交换接收")
