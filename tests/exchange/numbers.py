"""Rows to bring in: numbers of nobody (address codes 33xx99 were never assigned), files of a few lines."""

import csv
import io
from collections.abc import Sequence

from minzheng.kernel.id_number import check_digit

PERSON = ("姓名", "公民身份号码", "性别", "出生日期", "户籍区划", "联系电话")


def number(serial: int = 1, *, born: str = "19900307", place: str = "330199") -> str:
    """The 18-digit number with this sequence; odd is male."""
    first17 = f"{place}{born}{serial:03d}"
    return first17 + check_digit(first17)


def csv_text(headings: Sequence[str], *rows: Sequence[object], delimiter: str = ",") -> str:
    """A CSV with a header line."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    writer.writerow(headings)
    writer.writerows(rows)
    return out.getvalue()


def person(name: str = "王晓", serial: int = 1, **said: str) -> list[str]:
    """One row of 人口底册 with the headings ``PERSON``, right unless said otherwise."""
    row = {
        "姓名": name, "公民身份号码": number(serial), "性别": "男" if serial % 2 else "女", "出生日期": "1990-03-07",
        "户籍区划": "330106", "联系电话": f"1380000{serial:04d}",
    } | said  # fmt: skip
    return [row[heading] for heading in PERSON]


def people(*rows: Sequence[object], delimiter: str = ",") -> str:
    """A file of persons."""
    return csv_text(PERSON, *rows, delimiter=delimiter)
