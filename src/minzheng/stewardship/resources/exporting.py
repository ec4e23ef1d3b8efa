"""The catalogue as a table to hand on (目录导出), columns as in 政务信息资源目录编制指南 (2017)."""

import csv
from collections.abc import Iterable
from datetime import datetime
from typing import TextIO

from django.utils import timezone

from minzheng.foundation.access.scope import Scope
from minzheng.foundation.accounts.models import User
from minzheng.foundation.audit.services import record
from minzheng.stewardship.resources.queries.catalogue import Resource, items

HEADINGS = (
    "信息资源代码", "信息资源名称", "数据集键", "业务域", "信息资源提供方", "权威来源", "信息资源摘要", "信息资源格式",
    "信息项名称", "数据类型", "数据长度", "值域", "共享类型", "共享条件", "共享方式", "共享依据", "开放类型", "开放条件",
    "数据级别", "更新周期", "发布日期", "最近到达", "联系人", "联系电话", "核实情况",
)  # fmt: skip
_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_catalogue(
    scope: Scope, resources: Iterable[Resource], out: TextIO, *, by: User, at: datetime
) -> int:
    """One line an item of information; returns how many. Who exported it and when stands last; audited (导出目录)."""
    writer, count = csv.writer(out), 0
    writer.writerow(HEADINGS)
    keys = []
    for one in resources:
        keys.append(one.spec.key)
        for line in _lines(scope, one):
            writer.writerow([_plain(cell) for cell in line])
            count += 1
    said = f"{by.display_name} 于 {timezone.localtime(at):%Y-%m-%d %H:%M} 导出, 共 {count} 个信息项"
    writer.writerow([said])
    record(
        by=by,
        action="resources.export",
        object_kind="catalogue",
        object_id="",
        detail={"data_sets": keys},
        at=at,
    )
    return count


def _lines(scope: Scope, one: Resource) -> Iterable[list[str]]:
    spec, setting = one.spec, one.setting
    before = [
        setting.resource_code if setting else "", spec.name, spec.key, one.business, one.provider,
        spec.authoritative_source, spec.summary, spec.data_format,
    ]  # fmt: skip
    after = [
        one.share, spec.share_condition, "、".join(spec.share_method_labels), spec.share_basis, one.opened,
        spec.open_condition, spec.data_level, one.cycle, spec.issued_on.isoformat() if spec.issued_on else "",
        timezone.localtime(one.last_at).strftime("%Y-%m-%d") if one.last_at else "",
        setting.owner_contact if setting else "", setting.owner_phone if setting else "",
        "已核" if spec.confirmed else "待核",
    ]  # fmt: skip
    for item in items(scope, spec.key):
        length = str(item.max_length) if item.max_length else ""
        yield [*before, item.heading, item.type_label, length, item.domain_label, *after]


def _plain(cell: str) -> str:
    """A cell no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(_STARTS_FORMULA) else cell
