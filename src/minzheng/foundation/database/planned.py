"""Queries that pages ask so often, and that answer so quickly, that planning them is most of their cost (预备查询).

The policies of row-level security are planned with each statement: where rows are found by their identities, planning costs
more than finding them. A session plans such a query once.
"""

from typing import Any, cast

from django.db import connection
from django.db.models import QuerySet

from minzheng.foundation.database.backend.base import DatabaseWrapper


def planned_once(rows: QuerySet[Any, Any]) -> list[Any]:
    """The rows of a query as named tuples, its columns as the driver reads them (一次规划).

    One plan serves all values: for queries whose best plan does not depend on them, and whose text does not either.
    """
    statement, values = rows.query.sql_with_params()
    return cast("DatabaseWrapper", connection).planned_once(statement, values)
