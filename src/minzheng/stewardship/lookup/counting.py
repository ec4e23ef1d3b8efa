"""How many there are, without counting what is many (估计数量): exact up to a limit, beyond it as the planner believes."""

import json
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from minzheng.stewardship.lookup.reading import rounded

COUNTED_TO = 2_000


@dataclass(frozen=True, slots=True)
class Count:
    """How many (数量); ``exact`` where it was counted."""

    number: int
    exact: bool


def about(found: QuerySet[Any]) -> Count:
    """How many rows a query has: counted while they are few, else estimated from the statistics (约数)."""
    few = found.order_by()[: COUNTED_TO + 1].count()
    if few <= COUNTED_TO:
        return Count(few, True)
    plan = json.loads(found.order_by().explain(format="json"))
    return Count(max(rounded(float(plan[0]["Plan"]["Plan Rows"])), COUNTED_TO), False)
