"""Values as callers write them, made comparable with what is kept (值的规范化)."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from django.utils import timezone

from minzheng.kernel import division, id_number
from minzheng.kernel.names import fold
from minzheng.kernel.text import half_width, squeeze
from minzheng.registry.variants import variants
from minzheng.sharing.grants.granted.fields import Field
from minzheng.sharing.interfaces.problems import ProblemError
from minzheng.standards.queries import code_book, division_spellings
from minzheng.standards.queries.codebook import plain
from minzheng.standards.terms import DIVISION_DOMAIN

LONGEST = 500
_DAY = re.compile(r"(\d{4})(?=\d{4}$|\D)[-/.年]?(\d{2}(?=\d{2}$)|\d{1,2}(?=\D))[-/.月]?(\d{1,2})日?")


def looked_up(field: Field, said: object) -> str:
    """A number to look up by, as it is kept (查询值). Raises ``ProblemError`` where it cannot be one."""
    text = said if isinstance(said, str) else ""
    if field.finds_person:
        number = id_number.normalise(text)
        wrong = id_number.problem(number, today=timezone.localdate())
        if wrong:
            raise ProblemError("invalid-value", f"{field.heading}: {wrong}", f"#/by/{field.name}")
        return number
    number = squeeze(half_width(text)).upper()
    if not number or len(number) > 100:
        raise ProblemError("invalid-value", f"请填写{field.heading}", f"#/by/{field.name}")
    return number


def comparable(field: Field, said: Any) -> Any:
    """A value, written or kept, in the one form in which it is compared; None says nothing (可比形式)."""
    if said is None or said == "":
        return None
    rule, element = field.element.rule or "", field.element
    if element.data_type == "D" or isinstance(said, date):
        return _day(said)
    if element.data_type in ("M", "N"):
        return _whole(said)
    text = str(said)[:LONGEST]
    by_rule = _BY_RULE.get(rule)
    if by_rule:
        return by_rule(text)
    if element.value_domain == DIVISION_DOMAIN:
        return _division(text)
    if element.value_domain and element.value_domain in {t.table_id for t in code_book().tables()}:
        return code_book().spellings(element.value_domain).get(plain(text), plain(text))
    if element.data_type == "P":
        return re.sub(r"\D", "", text)
    return squeeze(half_width(text)).upper()


def _day(said: Any) -> Any:
    if isinstance(said, date):
        return said
    text = half_width(str(said)).strip()
    found = _DAY.fullmatch(text)
    try:
        return date(*map(int, found.groups())) if found else f"?{text[:20]}"
    except ValueError:
        return f"?{text[:20]}"  # equals no day


def _whole(said: Any) -> Any:
    try:
        return int(str(said).strip())
    except ValueError:
        return f"?{str(said)[:20]}"


def _division(text: str) -> str:
    try:
        return division.normalise(text)
    except ValueError:
        return division_spellings().get(plain(text), plain(text))


_BY_RULE: dict[str, Callable[[str], str]] = {
    "id_number": id_number.normalise,
    "person_name": lambda text: fold(text, variants()),
    "phone": lambda text: re.sub(r"\D", "", half_width(text)),
    "bank_account": lambda text: re.sub(r"\D", "", half_width(text)),
    "address": lambda text: squeeze(half_width(text)),
    "uscc": lambda text: squeeze(half_width(text)).upper(),
}
