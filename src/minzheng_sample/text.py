"""Columns of text made without a loop over rows (文本列): digits, dates, joins, replacements, on Arrow."""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from minzheng_sample.streams import Bytes, Flags, Ints

Column: TypeAlias = Any  # an Arrow array of strings; Arrow ships no types
_EPOCH_YEAR = 1970


def pick(values: Sequence[str | None] | Column, indices: Ints) -> Column:
    """``values[i]`` for every i (查表); None stays missing."""
    table = values if isinstance(values, pa.Array) else pa.array(values, pa.string())
    return pc.take(table, pa.array(indices))


def rows(column: Column, indices: Ints) -> Column:
    """The column's values at the given rows (取行)."""
    return pc.take(column, pa.array(indices))


def constant(value: str | None, size: int) -> Column:
    """The same value in every row (常量列)."""
    return pick([value], np.zeros(size, np.int64))


def join(*parts: Column | str) -> Column:
    """Parts put side by side in every row (拼接); a missing part counts as nothing."""
    scalars = [pa.scalar(part, pa.string()) if isinstance(part, str) else part for part in parts]
    options = {"null_handling": "replace", "null_replacement": ""}
    return pc.binary_join_element_wise(*scalars, pa.scalar("", pa.string()), **options)


def where(flags: Flags, yes: Column | str | None, no: Column | str | None) -> Column:
    """One of two values by row (二选一)."""
    chosen = [pa.scalar(v, pa.string()) if v is None or isinstance(v, str) else v for v in (yes, no)]
    return pc.if_else(pa.array(flags), *chosen)


def change(column: Column, flags: Flags, how: Callable[[Column], Column]) -> Column:
    """The column with ``how`` applied to the flagged rows only (局部改写)."""
    at = np.flatnonzero(flags)
    if not len(at):
        return column
    changed = how(rows(column, at))
    index = np.arange(len(column))
    index[at] = len(column) + np.arange(len(at))
    return pc.take(pa.concat_arrays([column, changed.cast(pa.string())]), pa.array(index))


def map_rows(column: Column, how: Callable[[str], str]) -> Column:
    """A Python function over a column (逐值改写); for small selections only."""
    return pa.array([None if value is None else how(value) for value in column.to_pylist()], pa.string())


def fixed_width(matrix: Bytes) -> Column:
    """Rows of ASCII bytes, one string each (定长文本); shape (rows, width)."""
    count, width = matrix.shape
    offsets = np.arange(count + 1, dtype=np.int32) * np.int32(width)
    data = np.ascontiguousarray(matrix, dtype=np.uint8)
    return pa.StringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(data))


def digits(numbers: Ints, width: int) -> Bytes:
    """Decimal digits as ASCII bytes, zero padded (数字位); shape (rows, width)."""
    powers = 10 ** np.arange(width - 1, -1, -1, dtype=np.int64)
    return (numbers[:, None] // powers % 10 + 48).astype(np.uint8)


def padded(numbers: Ints, width: int) -> Column:
    """Zero padded decimal text (补零数字)."""
    return fixed_width(digits(numbers, width))


def plain(numbers: Ints) -> Column:
    """Decimal text without padding (数字文本)."""
    return pa.array(numbers).cast(pa.string())


def civil(days: Ints) -> tuple[Ints, Ints, Ints]:
    """Year, month, day of days since 1970-01-01 (年月日)."""
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    years = dates.astype("datetime64[Y]").astype(np.int64) + _EPOCH_YEAR
    return years, months.astype(np.int64) % 12 + 1, (dates - months).astype(np.int64) + 1


def days_of(years: Ints, months: Ints, day: Ints) -> Ints:
    """Days since 1970-01-01 (日序); a day beyond the month's end runs on into the next month."""
    start = ((years - _EPOCH_YEAR) * 12 + months - 1).astype("datetime64[M]").astype("datetime64[D]")
    return start.astype(np.int64) + day - 1


DATE_STYLES = ("iso", "slash", "compact", "dotted", "chinese")
_NUMBERS = [str(n) for n in range(100)]


def dates(days: Ints, style: str) -> Column:
    """Dates as text in one spelling (日期写法): ``iso slash compact dotted chinese``."""
    year, month, day = civil(days)
    years = padded(year, 4)
    if style == "iso":
        return join(years, "-", padded(month, 2), "-", padded(day, 2))
    if style == "compact":
        return join(years, padded(month, 2), padded(day, 2))
    months, day_text = pick(_NUMBERS, month), pick(_NUMBERS, day)
    if style == "slash":
        return join(years, "/", months, "/", day_text)
    if style == "dotted":
        return join(years, ".", months, ".", day_text)
    return join(years, "年", months, "月", day_text, "日")


MONTH_STYLES = ("compact", "iso", "chinese", "dotted")


def months(numbers: Ints, style: str) -> Column:
    """Months (year × 12 + month − 1) as text in one spelling (月份写法)."""
    years, month = padded(numbers // 12, 4), numbers % 12 + 1
    if style == "compact":
        return join(years, padded(month, 2))
    if style == "iso":
        return join(years, "-", padded(month, 2))
    if style == "chinese":
        return join(years, "年", pick(_NUMBERS, month), "月")
    return join(years, ".", pick(_NUMBERS, month))


_FULL_WIDTH = {chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)}
_FULL_WIDTH_TABLE = str.maketrans(_FULL_WIDTH)


def full_width(column: Column) -> Column:
    """ASCII letters and digits as full-width ones (全角)."""
    return map_rows(column, lambda value: value.translate(_FULL_WIDTH_TABLE))
