"""The catalogue of data sets (资源目录): the standard's word, this node's settings, what has come of each."""

from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache

from django.utils import timezone

from minzheng.exchange.declare import feeds
from minzheng.exchange.figures import DataSetFigure, figures
from minzheng.foundation.access.scope import Scope
from minzheng.kernel.pinyin import initials, pinyin
from minzheng.standards.calendar import load_calendar
from minzheng.standards.errors import UnknownStandardError
from minzheng.standards.queries import DataSetSpec, catalogue, code_book
from minzheng.standards.queries.codebook import CodeBook
from minzheng.standards.terms import DATA_TYPES, DIVISION_DOMAIN
from minzheng.stewardship.resources.models import ResourceSetting
from minzheng.stewardship.resources.promise import IsWorkday, Standing, standing
from minzheng.stewardship.resources.queries.feeds import last_arrivals
from minzheng.stewardship.resources.queries.settings import current_settings
from minzheng.stewardship.resources.terms import CYCLE_TABLE


@dataclass(frozen=True, slots=True)
class ResourceItem:
    """One item of information of a data set (信息项). ``domain_kind``: table, division, range or none."""

    heading: str
    element_key: str
    element: str
    definition: str
    type_label: str
    format: str
    max_length: int | None
    unit: str
    domain: str
    domain_label: str
    domain_kind: str
    required: bool
    is_key: bool
    data_level: str


@dataclass(frozen=True, slots=True)
class Resource:
    """A data set as the catalogue tells it (资源). ``is_fed``: a room takes it in here."""

    spec: DataSetSpec
    business: str
    share: str
    opened: str
    cycle: str
    cycle_code: str
    cycle_in_standard: str
    provider: str
    last_at: datetime | None
    standing: Standing
    is_fed: bool
    setting: ResourceSetting | None = None
    figures: list[DataSetFigure] = field(default_factory=list)

    @property
    def cycle_is_own(self) -> bool:
        """Whether this node has set another cycle than the standard's (周期是否另定)."""
        return self.cycle_code != self.spec.update_cycle


def resources(
    scope: Scope, *, text: str = "", business: str = "", share: str = "", at: datetime
) -> list[Resource]:
    """Data sets whose name, key, code, provider or pinyin has ``text``, in the standard's order (资源目录)."""
    said, arrived, told, today = (
        current_settings(scope), last_arrivals(scope), figures(scope), timezone.localdate(at),
    )  # fmt: skip
    calendar, book, wanted = load_calendar(), code_book(), "".join(text.lower().split())
    found = []
    for spec in catalogue().data_sets():
        setting = said.get((spec.key, ""))
        if (business and spec.business_code != business) or (share and spec.share_type != share):
            continue
        if wanted and not _has(wanted, spec, setting):
            continue
        cycle = (setting.cycle_code if setting else "") or spec.update_cycle
        last_at = arrived.get(spec.key)
        since = timezone.localdate(last_at) if last_at else None
        found.append(
            Resource(
                spec=spec,
                business=_label(book, "BUSINESS_DOMAIN", spec.business_code),
                share=_label(book, "SHARE_TYPE", spec.share_type),
                opened=_label(book, "OPEN_TYPE", spec.open_type),
                cycle=_label(book, CYCLE_TABLE, cycle),
                cycle_code=cycle,
                cycle_in_standard=_label(book, CYCLE_TABLE, spec.update_cycle),
                provider=(setting.owner_office if setting else "")
                or spec.provider
                or spec.authoritative_source,
                last_at=last_at,
                standing=_standing(since, cycle, setting, today, calendar.is_workday),
                is_fed=spec.key in feeds(),
                setting=setting,
                figures=told.get(spec.key, []),
            )
        )
    return found


def resource(scope: Scope, key: str, *, at: datetime) -> Resource | None:
    """One data set of the catalogue, or None (资源)."""
    return next((one for one in resources(scope, at=at) if one.spec.key == key), None)


def items(scope: Scope, key: str) -> list[ResourceItem]:  # noqa: ARG001 - the standard is open to every official
    """The items of information of a data set (信息项). UnknownStandardError for an unknown key."""
    book, standard = code_book(), catalogue()
    tables = {table.table_id: table for table in book.tables()}
    found = []
    for column in standard.data_set(key).fields:
        element = standard.element(column.element)
        domain = element.value_domain or ""
        table = tables.get(domain)
        kind = "division" if domain == DIVISION_DOMAIN else "table" if table else "range" if domain else ""
        named = table.name if table else {"division": "行政区划", "range": domain}.get(kind, "")
        found.append(
            ResourceItem(
                heading=column.heading, element_key=element.key, element=element.name,
                definition=element.definition, type_label=DATA_TYPES.get(element.data_type, ""),
                format=element.format, max_length=element.max_length, unit=element.unit or "", domain=domain,
                domain_label=named, domain_kind=kind, required=column.required, is_key=column.is_key,
                data_level=element.data_level,
            )
        )  # fmt: skip
    return found


def _standing(
    since: date | None, cycle: str, setting: ResourceSetting | None, today: date, is_workday: IsWorkday
) -> Standing:
    if since is not None and setting is not None and not setting.expected:
        return standing(since, "", today=today, is_workday=is_workday)
    return standing(since, cycle, today=today, is_workday=is_workday)


def _has(wanted: str, spec: DataSetSpec, setting: ResourceSetting | None) -> bool:
    said = [spec.name, spec.key, spec.summary, spec.provider, spec.authoritative_source]
    said += [setting.resource_code, setting.owner_office] if setting else []
    if any(wanted in "".join(text.lower().split()) for text in said):
        return True
    if not wanted.isascii():
        return False
    names = [spec.name, spec.provider, *(column.heading for column in spec.fields)]
    return any(wanted in spelled for name in names for spelled in _spelled(name))


@lru_cache(maxsize=2048)
def _spelled(name: str) -> tuple[str, str]:
    """A name's pinyin without blanks, and its initials."""
    return pinyin(name).replace(" ", ""), initials(name).replace(" ", "")


def _label(book: CodeBook, table_id: str, code: str) -> str:
    """A code in words, where its table is published (代码名称)."""
    try:
        return book.label(table_id, code) if code else ""
    except UnknownStandardError:
        return code
