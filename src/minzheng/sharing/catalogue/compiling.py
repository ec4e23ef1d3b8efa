"""Compiling a catalogue from the published standard and this node's settings (目录编制).

Nothing is typed in: name, items, sharing, opening, cycle and legal basis come from the packs, the office and the platform's code
from the node's settings. What is given here is the resource's code, and that once: ``ResourceNumber``.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from minzheng.foundation.access.scope import Scope
from minzheng.kernel.division import parent, prefix
from minzheng.sharing.catalogue.codes import ResourceCode
from minzheng.sharing.catalogue.models import ReceivedEntry, ResourceNumber
from minzheng.sharing.catalogue.terms import (
    CATEGORY_PARAMETER,
    DIRECTORY,
    METHODS,
    METHODS_OF_STANDARD,
    PROVIDER_CODE_PARAMETER,
    CatalogueError,
    SourceKind,
)
from minzheng.standards.errors import UnknownStandardError
from minzheng.standards.queries import layers, parameter
from minzheng.stewardship.resources.queries.catalogue import Resource, items, resources


@dataclass(frozen=True, slots=True)
class Compiled:
    """A resource as it will stand in the catalogue (编成的条目)."""

    code: ResourceCode
    data_set: str
    content: dict[str, Any]


def compiled(division_code: str, *, at: datetime) -> list[Compiled]:
    """What the catalogue of this node's division holds now, in the standard's order (编制结果).

    Gives new data sets their running numbers, within the caller's transaction. Raises ``CatalogueError`` where the packs say
    no category for the division.
    """
    scope = Scope.system(division_code)
    above = _above(division_code)
    found = []
    for one in resources(scope, at=at):
        code = _code(one, division_code, at)
        found.append(Compiled(code, one.spec.key, _content(scope, one, code, above, division_code, at)))
    return found


def compiled_from(division_code: str) -> list[dict[str, str]]:
    """The layers that hold for the division, with their versions (所依标准)."""
    return [
        {"pack": layer.pack, "version": layer.version}
        for layer in layers()
        if not layer.division_code or division_code.startswith(prefix(layer.division_code))
    ]


def _content(
    scope: Scope, one: Resource, code: ResourceCode, above: dict[str, str], division_code: str, at: datetime
) -> dict[str, Any]:
    spec, today = one.spec, timezone.localdate(at)
    return {
        "code": str(code),
        "name": spec.name,
        "provider": one.provider,
        "provider_code": _parameter(PROVIDER_CODE_PARAMETER, division_code, today),
        "summary": spec.summary,
        "format": spec.data_format,
        "items": [
            {
                "name": item.heading, "type": item.type_label, "length": item.max_length, "domain": item.domain_label,
                "element": item.element_key,
            }
            for item in items(scope, spec.key)
        ],
        "share_type": spec.share_type,
        "share_condition": spec.share_condition,
        "share_basis": spec.share_basis,
        "methods": methods_of(spec.share_methods),
        "open_type": spec.open_type,
        "open_condition": spec.open_condition,
        "cycle": one.cycle_code,
        "issued_on": spec.issued_on.isoformat() if spec.issued_on else "",
        "related": [above[spec.key]] if spec.key in above else [],
        "business": spec.business_code,
        "data_level": spec.data_level,
        "legal_basis": spec.legal_basis,
        "platform_code": one.setting.resource_code if one.setting else "",
        "confidence": spec.confidence,
    }  # fmt: skip


def methods_of(share_methods: tuple[str, ...]) -> list[str]:
    """The plan's methods that a data set's ways of handing over come to; every entry is in the directory (共享方式)."""
    given = {METHODS_OF_STANDARD[way] for way in share_methods if way in METHODS_OF_STANDARD} | {DIRECTORY}
    return [method for method in METHODS if method in given]


def _code(one: Resource, division_code: str, at: datetime) -> ResourceCode:
    today = timezone.localdate(at)
    own = _parameter(f"{CATEGORY_PARAMETER}.{one.spec.key}", division_code, today)
    category = own or _parameter(CATEGORY_PARAMETER, division_code, today)
    if not category:
        raise CatalogueError(
            f"标准包没有给区划 {division_code} 规定参数 {CATEGORY_PARAMETER}（信息资源的类、项、目）"
        )
    detail = f"{division_code[:6]}{one.spec.business_code}"
    try:
        first = ResourceCode.of(category, detail, 1)
    except ValueError as error:
        raise CatalogueError(
            f"参数 {CATEGORY_PARAMETER} 应为类1位、项2位、目3位，实为“{category}”"
        ) from error
    return ResourceCode.of(category, detail, _number(first.category, one.spec.key, at))


def _number(category: str, data_set: str, at: datetime) -> int:
    """The number a data set has in its category, or the next that was never given."""
    given = ResourceNumber.objects.filter(category=category)
    kept = given.filter(data_set=data_set).values_list("number", flat=True).first()
    if kept is not None:
        return kept
    last = given.order_by("-number").values_list("number", flat=True).first() or 0
    made = ResourceNumber.objects.create(category=category, number=last + 1, data_set=data_set, given_at=at)
    return made.number


def _above(division_code: str) -> dict[str, str]:
    """The code a data set has in the catalogue of the levels above, the nearest one's (关联资源)."""
    above: list[str] = []
    code = parent(division_code)
    while code:
        above.insert(0, code)
        code = parent(code)
    rows = ReceivedEntry.objects.filter(
        source__kind=SourceKind.MEMBER, source__code__in=above, withdrawn_at__isnull=True
    ).exclude(data_set="")
    found = rows.values_list("source__code", "data_set", "identifier")
    return {key: identifier for _, key, identifier in sorted(found, key=lambda one: above.index(one[0]))}


def _parameter(key: str, division_code: str, on: date) -> str:
    try:
        return parameter(key, division_code=division_code, on=on).value
    except UnknownStandardError:
        return ""
