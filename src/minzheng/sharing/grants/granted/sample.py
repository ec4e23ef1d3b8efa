"""The sample a test system is answered from (样例数据): made up from the standard, of no one who lives.

Numbers carry an address code that was never assigned (``kernel.id_number.SYNTHETIC_ADDRESS``).
"""

from datetime import date, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from minzheng.kernel.id_number import check_digit
from minzheng.sharing.grants.granted.fields import Field, Shared, shared
from minzheng.sharing.grants.granted.row import Row
from minzheng.sharing.grants.models import Grant
from minzheng.standards.queries import code_book

ROWS = 5
NAMES = ("样例甲", "样例乙", "样例丙", "样例丁", "样例戊")
FIRST_DAY = date(2024, 3, 1)


def id_number(n: int) -> str:
    """The number of the n-th made-up person; odd sequences are men (样例号码)."""
    first = f"330199{1980 + n % 20}0{1 + n % 9}1500{n % 10}"
    return first + check_digit(first)


def by_number(grant: Grant, by: Field, number: str) -> list[Row]:
    """The sample's rows that bear a number, as a grant shows them (样例查找)."""
    found = [row for row in rows(grant) if _all(grant.data_set)[row.id.int].get(by.name) == number]
    return sorted(found, key=lambda row: row.happened_on or date.min, reverse=True)


def rows(grant: Grant) -> list[Row]:
    """All rows of the sample, with the fields a grant names (样例)."""
    made = _all(grant.data_set)
    return [
        Row(UUID(int=n), {name: value for name, value in values.items() if name in grant.fields}, FIRST_DAY + timedelta(days=n))
        for n, values in made.items()
    ]  # fmt: skip


@lru_cache(maxsize=32)
def _all(key: str) -> dict[int, dict[str, Any]]:
    found = shared(key)
    return {} if found is None else {n: _row(found, n) for n in range(1, ROWS + 1)}


def _row(found: Shared, n: int) -> dict[str, Any]:
    return {name: _value(field, n, place) for place, (name, field) in enumerate(found.fields.items())}


def _value(field: Field, n: int, place: int) -> Any:
    """By the element's rule, then its code table, then its type."""
    rule, element = field.element.rule or "", field.element
    # Each role of a row is someone else; the head of the household is the first.
    person = 1 if field.where == "head" else 2 * n + (1 if field.role in ("wife", "member") else 0)
    ruled = {
        "id_number": id_number(person),
        "person_name": NAMES[person % len(NAMES)],
        "phone": f"1380000000{n}",
        "bank_account": f"62170000000000000{n}",
        "address": f"浙江省杭州市西湖区样例路{n}号",
        "uscc": f"51330000MJ000000{n}X",
    }
    if rule in ruled:
        return ruled[rule]
    if element.key == "birth_date":
        number = id_number(person)
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    if element.value_domain == "division":
        return "330106"
    if element.value_domain and element.value_domain in _tables():
        codes = code_book().codes(element.value_domain)
        return codes[n % len(codes)].code
    day = FIRST_DAY + timedelta(days=n + place)
    by_type: dict[str, Any] = {"D": day, "P": f"{day:%Y%m}", "M": 80_000 + n * 100, "N": n}
    return by_type.get(element.data_type, f"样例{n:04d}")


def _tables() -> set[str]:
    return {table.table_id for table in code_book().tables()}


def example(key: str) -> dict[str, Any]:
    """The first row of a data set's sample, every field (样例行)."""
    return dict(_all(key)[1])
