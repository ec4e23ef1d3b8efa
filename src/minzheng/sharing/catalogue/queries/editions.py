"""This node's own catalogue (本级目录查询): editions, entries, the tree of categories, what changed."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from minzheng.foundation.access.scope import Scope
from minzheng.foundation.members.services import desk_of
from minzheng.sharing.catalogue.codes import ResourceCode
from minzheng.sharing.catalogue.content import Difference, differences
from minzheng.sharing.catalogue.models import CatalogueEntry, Edition
from minzheng.sharing.catalogue.terms import (
    BUSINESS_TABLE,
    CATEGORY_TABLE,
    ChangeKind,
    EditionState,
)
from minzheng.standards.errors import UnknownStandardError
from minzheng.standards.queries import code_book, division_name


@dataclass(frozen=True, slots=True)
class Change:
    """What became of an entry from one edition to the next (目录变更)."""

    kind: ChangeKind
    code: str
    data_set: str
    name: str
    differences: list[Difference] = field(default_factory=list)


@dataclass(slots=True)
class Branch:
    """A category with how many entries stand in it (分类): 类, 项, 目 or 细目."""

    code: str
    name: str
    depth: int
    count: int = 0
    below: list["Branch"] = field(default_factory=list)


def in_force(scope: Scope) -> Edition | None:
    """The edition in force (现行目录); of a hosted county its own."""
    return _of_this_desk(scope, EditionState.PUBLISHED)


def draft(scope: Scope) -> Edition | None:
    """The draft that waits to be published (待发布目录)."""
    return _of_this_desk(scope, EditionState.DRAFT)


def editions(scope: Scope) -> list[Edition]:
    """Every published edition, newest first (历次目录)."""
    rows = Edition.objects.filter(division_code=desk_of(scope.division_code))
    return list(rows.exclude(state=EditionState.DRAFT).order_by("-number"))


def entries(scope: Scope, edition: Edition, *, category: str = "", text: str = "") -> list[CatalogueEntry]:  # noqa: ARG001
    """Entries of an edition, of one category and with a word in name, code or provider (目录条目)."""
    rows = CatalogueEntry.objects.filter(edition=edition)
    if category:
        rows = rows.filter(categories__contains=[category])
    wanted = "".join(text.lower().split())
    return [one for one in rows.order_by("code") if not wanted or _has(one, wanted)]


def entry(scope: Scope, data_set: str) -> CatalogueEntry | None:
    """A data set's newest published entry, in force or no longer (目录条目)."""
    rows = CatalogueEntry.objects.filter(
        data_set=data_set, edition__division_code=desk_of(scope.division_code)
    )
    return (
        rows.exclude(edition__state=EditionState.DRAFT)
        .select_related("edition")
        .order_by("-edition__number")
        .first()
    )


def versions(scope: Scope, data_set: str) -> list[tuple[CatalogueEntry, list[Difference]]]:
    """The editions in which a data set's entry changed, newest first, with what changed (条目沿革)."""
    rows = CatalogueEntry.objects.filter(
        data_set=data_set, edition__division_code=desk_of(scope.division_code)
    ).exclude(edition__state=EditionState.DRAFT)
    found: list[tuple[CatalogueEntry, list[Difference]]] = []
    before: CatalogueEntry | None = None
    for one in rows.select_related("edition").order_by("edition__number"):
        if before is None:
            found.append((one, []))
        elif before.digest != one.digest:
            found.append((one, differences(before.content, one.content)))
        before = one
    return found[::-1]


def changes_between(before: Edition | None, after: Edition) -> list[Change]:
    """New, changed and withdrawn entries from one edition to another, by data set (两版差异)."""
    old = {one.data_set: one for one in CatalogueEntry.objects.filter(edition=before)} if before else {}
    new = {one.data_set: one for one in CatalogueEntry.objects.filter(edition=after).order_by("position")}
    found = []
    for key, one in new.items():
        former = old.get(key)
        if former is None:
            found.append(Change(ChangeKind.NEW, one.code, key, one.name))
        elif former.digest != one.digest:
            said = differences(former.content, one.content)
            found.append(Change(ChangeKind.CHANGED, one.code, key, one.name, said))
    gone = [one for key, one in old.items() if key not in new]
    return found + [Change(ChangeKind.WITHDRAWN, one.code, one.data_set, one.name) for one in gone]


def tree(scope: Scope, shown: Iterable[CatalogueEntry]) -> list[Branch]:  # noqa: ARG001
    """类, 项, 目, 细目 of these entries with counts, as a tree (分类树)."""
    branches: dict[str, Branch] = {}
    top: list[Branch] = []
    for one in shown:
        upper: Branch | None = None
        for depth, code in enumerate(one.categories, start=1):
            if code not in branches:
                branches[code] = Branch(code, category_name(code), depth)
                (upper.below if upper else top).append(branches[code])
            upper = branches[code]
            upper.count += 1
    return top


def category_name(code: str) -> str:
    """What a classifying code means (分类名称): from the packs; 细目 is the division and the business."""
    try:
        return code_book().label(CATEGORY_TABLE, code) if len(code) <= 6 else _detail(code[6:])
    except UnknownStandardError:
        return code


def _detail(detail: str) -> str:
    place = division_name(detail[:6])
    business = code_book().label(BUSINESS_TABLE, detail[6:]) if detail[6:] else ""
    return f"{place} {business}".strip()


def _of_this_desk(scope: Scope, state: EditionState) -> Edition | None:
    return Edition.objects.filter(division_code=desk_of(scope.division_code), state=state).first()


def _has(one: CatalogueEntry, wanted: str) -> bool:
    said = [one.name, one.code, one.data_set, one.provider, *(item["name"] for item in one.content["items"])]
    return any(wanted in "".join(text.lower().split()) for text in said)


def code_of(one: CatalogueEntry) -> ResourceCode:
    """An entry's code in its parts (代码各段)."""
    return ResourceCode.parse(one.code)
