"""The catalogue in force as a document to hand out (目录的 DCAT 文件)."""

from datetime import datetime
from functools import lru_cache

from minzheng.foundation.access.scope import Scope
from minzheng.sharing.catalogue.dcat.writing import Labels, as_graph, serialised
from minzheng.sharing.catalogue.models import CatalogueEntry, Edition
from minzheng.sharing.catalogue.queries.editions import in_force
from minzheng.sharing.catalogue.terms import NOT_SHARED, CatalogueError
from minzheng.standards.queries import code_book, division_name


def document(scope: Scope, format_: str, *, address: str, whole: bool) -> tuple[Edition, bytes]:
    """The edition in force as ``ttl``, ``rdf`` or ``jsonld`` (目录文件).

    ``whole``: with what is not shared at all; the open address leaves that out. Raises ``CatalogueError`` while there is none.
    """
    edition = in_force(scope)
    if edition is None:
        raise CatalogueError("本级目录还没有发布")
    return edition, _made((edition.pk, edition.digest, edition.published_at), format_, address, whole)


@lru_cache(maxsize=12)
def _made(version: tuple[int, str, datetime | None], format_: str, address: str, whole: bool) -> bytes:
    """An edition never changes, so it is written once for each way to ask.

    ``version``: its number, digest and moment, for in a node emptied or restored a number is given again.
    """
    edition_id, *_ = version
    edition = Edition.objects.get(pk=edition_id)
    rows = CatalogueEntry.objects.filter(edition=edition).order_by("position")
    shown = rows if whole else rows.exclude(share_type=NOT_SHARED)
    return serialised(as_graph(edition, shown, _labels(edition), address=address), format_)


def _labels(edition: Edition) -> Labels:
    book, place = code_book(), division_name(edition.division_code)
    return Labels(
        title=f"{place}民政数据资源目录",
        publisher=f"{place}民政部门",
        place=place,
        share={code.code: code.name for code in book.codes("SHARE_TYPE")},
        cycle={code.code: code.name for code in book.codes("UPDATE_CYCLE")},
    )
