"""Dates and months as departments write them (日期与月份)."""

import re
from datetime import date, timedelta
from typing import Final

from minzheng.kernel.text import half_width, squeeze

_TIME: Final = r"(?:[ T]?[0-9]{1,2}:[0-9]{1,2}(?::[0-9]{1,2}(?:\.[0-9]+)?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?"
_SEPARATED: Final = re.compile(
    r"([0-9]{4})(?P<mark>[-./])([0-9]{1,2})(?P=mark)([0-9]{1,2})(?:$|(?=[ T]))" + _TIME
)
_CHINESE: Final = re.compile(r"([0-9]{4}) ?年 ?([0-9]{1,2}) ?月 ?([0-9]{1,2}) ?[日号]?" + _TIME)
_COMPACT: Final = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?:$|(?= )" + _TIME + ")")
_SERIAL: Final = re.compile(r"([0-9]{5})(?:\.0+)?")
_MONTHS: Final = (
    re.compile(r"([0-9]{4})([0-9]{2})"),
    re.compile(r"([0-9]{4})[-./]([0-9]{1,2})"),
    re.compile(r"([0-9]{4}) ?年 ?([0-9]{1,2}) ?月?份?"),
)
_SHORT_MONTH: Final = re.compile(r"(?:19|20)[0-9]{2}[1-9]")

# Day 60 of a spreadsheet is a 29 February 1900 that never was; five digits always lie behind it.
_SERIAL_ZERO: Final = date(1899, 12, 30)


def parse_date(text: str) -> date:
    """The day meant by a text (日期解析).

    Takes 2019-03-05, 2019.3.5, 2019/3/5, 20190305, 2019年3月5日, each with or without a time of day, and the
    five-digit day numbers of spreadsheets. ValueError with a Chinese reason for anything else: a two-digit
    year or a day before the month can be read in two ways and is refused.
    """
    written = _clean(text)
    if not written:
        raise ValueError("日期为空")
    if found := _SERIAL.fullmatch(written):
        return _SERIAL_ZERO + timedelta(days=int(found[1]))
    if found := _SEPARATED.fullmatch(written):
        return _day(found[1], found[3], found[4], written)
    if found := _CHINESE.fullmatch(written) or _COMPACT.fullmatch(written):
        return _day(found[1], found[2], found[3], written)
    raise ValueError(f"“{written[:30]}”不是日期")


def parse_month(text: str) -> str:
    """The month meant by a text, as YYYYMM (月份解析).

    Takes 201903, 2019-03, 2019.3, 2019/3, 2019年3月(份), and a whole date, whose month it gives.
    ValueError with a Chinese reason; 20193 could also be the day number of a spreadsheet and is refused.
    """
    written = _clean(text)
    if not written:
        raise ValueError("月份为空")
    for form in _MONTHS:
        if found := form.fullmatch(written):
            day = _day(found[1], found[2], "1", written)
            return f"{day.year:04d}{day.month:02d}"
    if _SHORT_MONTH.fullmatch(written):
        raise ValueError(f"月份“{written}”应写为6位，如201903")
    try:
        day = parse_date(written)
    except ValueError:
        raise ValueError(f"“{written[:30]}”不是月份") from None
    return f"{day.year:04d}{day.month:02d}"


def _clean(text: str) -> str:
    written = squeeze(half_width(text), keep_inner=True)
    # Spaces around the marks come from merged or wrapped cells; those before a time of day are kept.
    return re.sub(r" ?([-./年月]) ?", r"\1", written)


def _day(year: str, month: str, day: str, written: str) -> date:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        raise ValueError(f"日期“{written[:30]}”不存在") from None
