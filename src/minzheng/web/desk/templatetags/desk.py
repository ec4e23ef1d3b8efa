"""How values are written on a page (页面上的写法)."""

import datetime
from decimal import Decimal
from typing import Any

from django import template

from minzheng.kernel.money import format_large
from minzheng.kernel.saying import say_count
from minzheng.standards.errors import UnknownStandardError
from minzheng.standards.queries import label
from minzheng.web.desk.places import division_name, division_path

register = template.Library()

STAGE_TONES = {"finished": "ok", "refused": "bad", "cancelled": "", "received": "info", "extracted": "info"}


@register.filter
def tone(stage: str) -> str:
    """The tone of a batch's stage: ok, info, bad or none (阶段色)."""
    return STAGE_TONES.get(stage, "info")


@register.filter
def count(value: Any) -> str:
    """A count with thousands marks, a dash where nothing was counted (计数): 1,234,567."""
    return "—" if value is None or value == "" else f"{int(value):,}"


@register.filter
def wan(value: Any) -> str:
    """A count in 万 or 亿 where it is that large, a dash where nothing was counted (万、亿): 12.3 万."""
    return "—" if value is None or value == "" else say_count(int(value))


@register.filter
def share(value: float | None) -> str:
    """A share 0–1 in per cent with one decimal, a dash where there is none (比率): 2.5%; what is not 0 is never said to be."""
    if value is None:
        return "—"
    return "不足 0.1%" if 0 < value < 0.001 else f"{value * 100:.1f}%".replace(".0%", "%")


@register.filter
def large_yuan(fen: int | None) -> str:
    """An amount in fen in the unit people read it in (大额金额): 123.46万元."""
    return "—" if fen is None else format_large(int(fen))


@register.filter
def cycle(code: str) -> str:
    """How often a data set is renewed (更新周期)."""
    try:
        return label("UPDATE_CYCLE", code)
    except UnknownStandardError:
        return code


@register.filter
def yuan(fen: int | None) -> str:
    """An amount in fen as yuan (金额): 160500 as 1,605.00 元."""
    return "" if fen is None else f"{Decimal(fen) / 100:,.2f} 元"


@register.filter
def seconds(value: float | None) -> str:
    """A duration as officials read it (用时): 0.8 秒, 2 分 5 秒."""
    if value is None:
        return "—"
    if value < 60:
        return f"{value:.1f} 秒"
    return f"{int(value // 60)} 分 {int(value % 60)} 秒"


@register.filter
def day(value: datetime.date | str | None) -> str:
    """A day (日期): 2026-03-05; empty where not known."""
    return value.isoformat()[:10] if isinstance(value, datetime.date) else (value or "")


@register.filter
def month(value: str | None) -> str:
    """A month (月份): 202603 as 2026 年 3 月."""
    text = value or ""
    return f"{text[:4]} 年 {int(text[4:6])} 月" if len(text) == 6 and text.isdigit() else text


@register.filter
def place(code: str | None) -> str:
    """The name of a division from the city down (区划)."""
    return division_path(code)


@register.filter
def place_name(code: str | None) -> str:
    """The division's own name (区划简称)."""
    return division_name(code)


@register.filter
def percent(value: float | None) -> int:
    """A share 0–1 as whole percent, never 100 before it is done (百分比)."""
    share = max(0.0, min(1.0, float(value or 0)))
    return 100 if share == 1 else int(share * 100)


@register.filter
def megabytes(value: int) -> str:
    """A size (大小): 2 GB, 120 MB."""
    gigabytes = value / 2**30
    return f"{gigabytes:g} GB" if gigabytes >= 1 else f"{value / 2**20:.0f} MB"
