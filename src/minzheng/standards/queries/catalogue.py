"""Elements and data sets as they hold, every layer's narrowing applied (数据元与数据集)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from minzheng.standards import models
from minzheng.standards.errors import UnknownStandardError
from minzheng.standards.formats import parse_format
from minzheng.standards.queries.nearest import nearest
from minzheng.standards.terms import QUALITY_RULES, SHARE_METHODS


@dataclass(frozen=True, slots=True)
class ElementSpec:
    """A data element (数据元). ``max_length`` in characters; ``pack`` is the layer that brought it in."""

    key: str
    name: str
    data_type: str
    format: str
    max_length: int | None
    value_domain: str | None
    rule: str | None
    unit: str | None
    sensitive: bool
    data_level: str
    id: str = ""
    name_en: str = ""
    definition: str = ""
    object_class: str = ""
    property: str = ""
    representation: str = ""
    owner_level: str = ""
    pack: str = ""
    narrowed_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """A column of a data set (字段); ``element`` is the element's key."""

    heading: str
    element: str
    role: str | None
    required: bool
    is_key: bool
    aliases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CheckSpec:
    """A check across columns (校验); ``fields`` are headings."""

    check_id: str
    fields: tuple[str, ...]
    rule: str
    severity: str
    message: str


@dataclass(frozen=True, slots=True)
class QualityRuleSpec:
    """What is measured of a data set (质量规则).

    ``fields`` are headings; ``arguments`` by name; ``target`` in per cent, None where none is set.
    """

    rule_id: str
    dimension: str
    fields: tuple[str, ...]
    rule: str
    arguments: Mapping[str, Decimal]
    weight: int
    target: Decimal | None
    message: str
    pack: str = ""
    narrowed_by: tuple[str, ...] = ()

    @property
    def rule_label(self) -> str:
        """The rule as officials say it (规则名)."""
        return QUALITY_RULES[self.rule]


@dataclass(frozen=True, slots=True)
class DataSetSpec:
    """A data set (数据集), fields in the standard's order."""

    key: str
    name: str
    business_code: str
    subject: str
    fields: tuple[FieldSpec, ...]
    checks: tuple[CheckSpec, ...]
    authoritative_source: str = ""
    share_type: str = ""
    open_type: str = ""
    data_level: str = ""
    update_cycle: str = ""
    legal_basis: str = ""
    summary: str = ""
    provider: str = ""
    data_format: str = ""
    share_condition: str = ""
    share_methods: tuple[str, ...] = ()
    share_basis: str = ""
    open_condition: str = ""
    issued_on: date | None = None
    confidence: str = ""
    pack: str = ""
    quality: tuple[QualityRuleSpec, ...] = ()

    @property
    def share_method_labels(self) -> tuple[str, ...]:
        """How it is handed over, as officials say it (共享方式)."""
        return tuple(SHARE_METHODS[method] for method in self.share_methods)

    @property
    def confirmed(self) -> bool:
        """Whether who provides it has confirmed how it is shared (是否已核)."""
        return self.confidence == "confirmed"


class Catalogue:
    """Elements and data sets of some layers merged (目录)."""

    def __init__(self, elements: dict[str, ElementSpec], data_sets: dict[str, DataSetSpec]) -> None:
        self._elements = elements
        self._data_sets = data_sets

    @classmethod
    def load(cls, layers: tuple[tuple[str, str, int, str], ...]) -> "Catalogue":
        """Read from the published rows (载入)."""
        order = [layer[0] for layer in layers]
        elements = {values["key"]: _element(values) for values in _merged(models.Element, order, ("key",))}
        fields: dict[str, list[FieldSpec]] = defaultdict(list)
        checks: dict[str, list[CheckSpec]] = defaultdict(list)
        rows = _merged(models.DataSetField, order, ("data_set", "heading"))
        for values in sorted(rows, key=lambda v: (order.index(v["pack_id"]), v["position"])):
            fields[values["data_set"]].append(_field(values))
        for values in _merged(models.DataSetCheck, order, ("data_set", "check_id")):
            checks[values["data_set"]].append(_check(values))
        rules: dict[str, list[QualityRuleSpec]] = defaultdict(list)
        for values in _merged(models.QualityRule, order, ("data_set", "rule_id")):
            rules[values["data_set"]].append(_quality_rule(values))
        data_sets = {
            values["key"]: _data_set(values, fields[values["key"]], checks[values["key"]])
            for values in _merged(models.DataSet, order, ("key",))
        }
        measured = {key: replace(spec, quality=tuple(rules[key])) for key, spec in data_sets.items()}
        return cls(elements, measured)

    def element(self, key: str) -> ElementSpec:
        """One element. UnknownStandardError for an unknown key (数据元)."""
        try:
            return self._elements[key]
        except KeyError:
            raise UnknownStandardError(f"没有数据元“{key}”{nearest(key, self._elements)}") from None

    def elements(self) -> list[ElementSpec]:
        """All of them (全部数据元)."""
        return list(self._elements.values())

    def data_set(self, key: str) -> DataSetSpec:
        """One data set. UnknownStandardError for an unknown key (数据集)."""
        try:
            return self._data_sets[key]
        except KeyError:
            raise UnknownStandardError(f"没有数据集“{key}”{nearest(key, self._data_sets)}") from None

    def data_sets(self) -> list[DataSetSpec]:
        """All of them (全部数据集)."""
        return list(self._data_sets.values())


def _merged(model: Any, order: list[str], key: tuple[str, ...]) -> Iterable[dict[str, Any]]:
    """Rows by key, what a lower layer says put over what stands above, in the order they were added."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    rows = model.objects.filter(pack_id__in=order).values()
    for row in sorted(rows, key=lambda row: (order.index(row["pack_id"]), row["position"])):
        name = tuple(row[part] for part in key)
        upper = found.get(name)
        found[name] = row | {"narrowed_by": ()} if upper is None else _over(upper, row)
    return found.values()


def _over(upper: dict[str, Any], row: dict[str, Any]) -> dict[str, Any]:
    merged = dict(upper)
    for name, value in row.items():
        if name in ("id", "pack_id", "position"):
            continue
        if isinstance(value, bool):
            merged[name] = merged[name] or value
        elif name == "aliases":
            merged[name] = list(dict.fromkeys([*merged[name], *value]))
        elif value not in ("", None, []):
            merged[name] = value
    merged["narrowed_by"] = (*upper["narrowed_by"], row["pack_id"])
    return merged


def _element(values: dict[str, Any]) -> ElementSpec:
    return ElementSpec(
        key=values["key"],
        name=values["name"],
        data_type=values["data_type"],
        format=values["format"],
        max_length=parse_format(values["format"]).longest,
        value_domain=values["value_domain"] or None,
        rule=values["rule"] or None,
        unit=values["unit"] or None,
        sensitive=values["sensitive"],
        data_level=values["data_level"],
        id=values["id_in_standard"],
        name_en=values["name_en"],
        definition=values["definition"],
        object_class=values["object_class"],
        property=values["property"],
        representation=values["representation"],
        owner_level=values["owner_level"],
        pack=values["pack_id"],
        narrowed_by=values["narrowed_by"],
    )


def _field(values: dict[str, Any]) -> FieldSpec:
    return FieldSpec(
        heading=values["heading"],
        element=values["element"],
        role=values["role"] or None,
        required=values["required"],
        is_key=values["is_key"],
        aliases=tuple(values["aliases"]),
    )


def _check(values: dict[str, Any]) -> CheckSpec:
    return CheckSpec(
        check_id=values["check_id"],
        fields=tuple(values["fields"]),
        rule=values["rule"],
        severity=values["severity"],
        message=values["message"],
    )


def _quality_rule(values: dict[str, Any]) -> QualityRuleSpec:
    said = (text.partition("=") for text in values["arguments"])
    return QualityRuleSpec(
        rule_id=values["rule_id"],
        dimension=values["dimension"],
        fields=tuple(values["fields"]),
        rule=values["rule"],
        arguments={name: Decimal(value) for name, _, value in said},
        weight=values["weight"],
        target=Decimal(values["target"]) if values["target"] else None,
        message=values["message"],
        pack=values["pack_id"],
        narrowed_by=values["narrowed_by"],
    )


def _data_set(values: dict[str, Any], fields: list[FieldSpec], checks: list[CheckSpec]) -> DataSetSpec:
    said = {
        name: values[name]
        for name in ("key", "name", "business_code", "subject", "authoritative_source", "share_type")
    }
    more = {
        name: values[name]
        for name in ("open_type", "data_level", "update_cycle", "legal_basis", "summary", "provider")
    }
    more |= {
        name: values[name]
        for name in ("data_format", "share_condition", "share_basis", "open_condition", "issued_on")
    }
    more |= {"share_methods": tuple(values["share_methods"]), "confidence": values["confidence"]}
    return DataSetSpec(**said, **more, fields=tuple(fields), checks=tuple(checks), pack=values["pack_id"])
