"""One harvest from the address to the receipt (一次采集)."""

from datetime import datetime
from pathlib import Path

from minzheng.foundation.audit.services import record
from minzheng.sharing.catalogue.dcat.reading import FORMATS, read_catalogue
from minzheng.sharing.catalogue.harvest.fetching import MOST_BYTES, Fetched, FetchError, fetch
from minzheng.sharing.catalogue.models import CatalogueSource
from minzheng.sharing.catalogue.services.received import Taken, refuse, take
from minzheng.sharing.catalogue.terms import CatalogueError, SourceKind

MEDIA_TYPES = {
    "text/turtle": "ttl", "application/x-turtle": "ttl", "application/rdf+xml": "rdf", "application/xml": "rdf",
    "text/xml": "rdf", "application/ld+json": "jsonld", "application/json": "jsonld",
}  # fmt: skip
ENDINGS = {".ttl": "ttl", ".rdf": "rdf", ".xml": "rdf", ".jsonld": "jsonld", ".json": "jsonld"}


def harvest(place: str, *, name: str = "", format_: str = "", by: str, at: datetime) -> Taken:
    """Harvest a catalogue from an address or a file (采集).

    A file is known by ``name``, an address by itself. What can't be fetched or read is refused with its reason; nothing of
    the source is changed then.
    """
    remote = "://" in place
    code = place[:400] if remote else f"file:{name or Path(place).name}"[:400]
    try:
        came = fetch(place) if remote else _file(Path(place))
        said = read_catalogue(came.content, format_ or _format(came, place))
    except CatalogueError as error:
        taken = refuse(
            kind=SourceKind.PORTAL, code=code, name=name or code, problem=str(error), by_name=by, at=at
        )
    else:
        taken = take(kind=SourceKind.PORTAL, code=code, name=name or code, said=said, by_name=by, at=at)
    record(
        by=by, action="harvest.run", object_kind="catalogue_source", object_id=code,
        result="refused" if taken.problem else "ok",
        detail={"queued": taken.queued, "unchanged": taken.unchanged, "refused": len(taken.refused)}, at=at,
    )  # fmt: skip
    return taken


def harvest_again(*, by: str, at: datetime) -> dict[str, Taken]:
    """Every portal that was ever taken in from its address, once more (再次采集): what each came to, by address."""
    portals = CatalogueSource.objects.filter(
        kind=SourceKind.PORTAL, code__contains="://", taken_at__isnull=False
    )
    known = list(portals.order_by("code").values_list("code", "name"))
    return {code: harvest(code, name=name, by=by, at=at) for code, name in known}


def _file(path: Path) -> Fetched:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise FetchError(f"目录超过 {MOST_BYTES // 2**20} MB，未接收")
        return Fetched(path.read_bytes(), "", str(path))
    except OSError as error:
        raise FetchError(f"文件 {path.name} 读不到") from error


def _format(came: Fetched, place: str) -> str:
    found = MEDIA_TYPES.get(came.media_type.lower()) or ENDINGS.get(
        Path(place.partition("?")[0]).suffix.lower()
    )
    if found is None:
        raise FetchError(f"不能识别目录的格式，可用 --format 指明：{'、'.join(FORMATS)}")
    return found
