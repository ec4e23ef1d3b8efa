"""The person page: server time against its own SQL run bare, at 1M persons and 5M records.

The page is asked for through the whole application (middleware, session, audit, templates).
"""

import json
import time
from typing import Any

from bench.node import inside
from bench.register import Register
from bench.replaying import again, kept
from bench.reporting import Figure, tell

ASKED = 300


def run(register: Register) -> None:
    found = inside(register.home, "bench.page")
    first, page, sql = found["first_p95"], found["page_p95"], found["sql_p95"]
    tell(
        Figure(
            "person page, asked for the first time, p95",
            str(register),
            first,
            "ms",
            "",
            None,
            "≤ 60 ms",
            first <= 60,
        )
    )
    tell(Figure("person page, again, p95", str(register), page, "ms", "its own SQL run bare, p95", sql, "≤ 60 ms and ≤ 3×",
                page <= 60 and page <= 3 * sql))  # fmt: skip
    print(
        f"  p50 {found['page_p50']:.1f} ms against {found['sql_p50']:.1f} ms, {found['queries']} queries a page"
    )


def measure() -> dict[str, float]:
    """Inside the node: ask for pages and run their SQL again bare."""
    from minzheng.cli.boot import boot

    boot()
    import random

    from django.test import Client
    from django.urls import reverse

    from minzheng.foundation.accounts.models import User
    from minzheng.registry.models import Person, PersonClaim
    from minzheng.web import ready

    ready.load()  # as a process that serves pages does before the first
    user = User.objects.filter(username="bench").first() or _user()
    client = Client()
    client.force_login(user)
    drawn = list(
        PersonClaim.objects.filter(role="member")
        .order_by("row_no")
        .values_list("person_id", flat=True)[: ASKED * 25]
    )
    drawn += list(
        Person.objects.filter(hukou_division_code__isnull=False).values_list("id", flat=True)[: ASKED * 10]
    )
    picked = random.Random(7).sample(sorted(set(drawn)), ASKED)
    first, pages, bare, queries = [], [], [], 0
    for number, person in enumerate(picked):
        url = reverse("desk:person", args=[person])
        spent = _timed(client, url)  # as the first who asks waits
        with kept() as said:
            client.get(url)
        if number < 20:
            continue  # warm-up
        first.append(spent)
        pages.append(_timed(client, url))  # now everything is at hand, for the page and for its SQL alike
        bare.append(again(said))
        queries = max(queries, len(said))
    return {
        "first_p95": _at(first, 0.95), "page_p50": _at(pages, 0.5), "page_p95": _at(pages, 0.95),
        "sql_p50": _at(bare, 0.5), "sql_p95": _at(bare, 0.95), "queries": queries,
    }  # fmt: skip


def _timed(client: Any, url: str) -> float:
    started = time.perf_counter()
    response = client.get(url)
    spent = time.perf_counter() - started
    assert response.status_code == 200, response.status_code
    return spent


def _user():  # type: ignore[no-untyped-def]
    from minzheng.foundation.accounts.services import create_user

    return create_user(username="bench", password="Bench-only-2026", display_name="压测", division_code="330000",
                       roles=["data_officer"], data_level=4, must_change_password=False)  # fmt: skip


def _at(values: list[float], share: float) -> float:
    return sorted(values)[int(len(values) * share)] * 1000


if __name__ == "__main__":
    print(json.dumps(measure()))
