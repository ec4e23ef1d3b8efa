"""How many there are, without counting what is many (估计数量): exact up to a limit, beyond it as the planner believes."""

import json
from dataclasses import dataclass
from typing import Any

from django.db import connection
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


def planned(sql: str, values: list[Any]) -> int:
    """How many rows the planner's statistics expect of a statement (统计估计)."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT json) {sql}", values)
        ((plan,),) = cursor.fetchall()
    return int(plan[0]["Plan"]["Plan Rows"])
