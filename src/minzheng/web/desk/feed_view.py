"""What a feed expects, as a page shows it (数据集的说明)."""

from dataclasses import dataclass

from minzheng.exchange.declare import Feed
from minzheng.exchange.queries import declared_in
from minzheng.foundation.access.scope import Scope
from minzheng.standards import queries as standards
from minzheng.standards.queries import DataSetSpec, FieldSpec
from minzheng.standards.queries.catalogue import Catalogue
from minzheng.standards.queries.codebook import CodeBook

VALUE_DOMAINS = {"division": "行政区划代码或全称"}
DATA_TYPES = {"C": "文字", "N": "数字", "M": "金额", "D": "日期", "P": "年月", "T": "日期时间", "B": "是、否"}


@dataclass(frozen=True, slots=True)
class ShownField:
    """A column a file of this feed should have (应有的列)."""

    heading: str
    required: bool
    element: str
    format: str
    domain: str
    aliases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShownFeed:
    """A feed on a page (数据集)."""

    key: str
    label: str
    source: str
    cycle: str
    required: int
    fields: tuple[ShownField, ...]
    checks: tuple[str, ...]


def shown_feeds(scope: Scope) -> list[ShownFeed]:
    """The feeds of the user's businesses in the order they are declared (可导入的数据集)."""
    catalogue, codes = standards.catalogue(), standards.code_book()
    return [_shown(feed, catalogue, codes) for feed in declared_in(scope)]


def shown_feed(feed: Feed) -> ShownFeed:
    """One feed (一个数据集)."""
    return _shown(feed, standards.catalogue(), standards.code_book())


def _shown(feed: Feed, catalogue: Catalogue, codes: CodeBook) -> ShownFeed:
    spec: DataSetSpec = catalogue.data_set(feed.key)
    return ShownFeed(
        key=feed.key,
        label=feed.label,
        source=spec.authoritative_source,
        cycle=codes.label("UPDATE_CYCLE", spec.update_cycle) if spec.update_cycle else "",
        required=sum(field.required for field in spec.fields),
        fields=tuple(_field(field, catalogue, codes) for field in spec.fields),
        checks=tuple(check.message for check in spec.checks),
    )


def _field(field: FieldSpec, catalogue: Catalogue, codes: CodeBook) -> ShownField:
    element = catalogue.element(field.element)
    domain = element.value_domain or ""
    if domain and domain not in VALUE_DOMAINS:
        table = codes.current(domain)
        domain = f"{table.name}({table.standard_no})" if table.standard_no else table.name
    kind = DATA_TYPES.get(element.data_type, element.data_type)
    unit = f", {element.unit}" if element.unit else ""
    return ShownField(
        heading=field.heading,
        required=field.required,
        element=element.name,
        format=f"{kind} {element.format}{unit}",
        domain=VALUE_DOMAINS.get(domain, domain),
        aliases=field.aliases,
    )
