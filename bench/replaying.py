"""A page's own SQL, run bare: every statement it sent, for whom it was sent, again one after another."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def kept() -> Iterator[list[tuple[Any, str, Any]]]:
    """Every statement as it goes out, with for whom."""
    from django.db import connection

    said: list[tuple[Any, str, Any]] = []

    def keep(execute, sql, params, many, context):  # type: ignore[no-untyped-def]
        said.append((connection.standing, sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(keep):
        yield said


def again(said: list[tuple[Any, str, Any]]) -> float:
    """Seconds that the statements take alone, their rows fetched."""
    from django.db import connection

    former = connection.standing
    started = time.perf_counter()
    for standing, sql, params in said:
        connection.stand(standing)
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            if cursor.description:
                cursor.fetchall()
    spent = time.perf_counter() - started
    connection.stand(former)
    return spent
