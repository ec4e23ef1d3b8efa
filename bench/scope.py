"""The scope's cost: the same questions with and without row-level security, by a county, a city and the province.

With: as a page asks, under the restricted role. Without: the same call as the node, whose role no policy binds. Both in turn,
so that caches and noise fall on both alike.
"""

import json
import random
import statistics
import time
from collections.abc import Callable
from datetime import date
from typing import Any

from bench.node import inside
from bench.register import Register
from bench.reporting import Figure, tell

PLACES = {"county": "330106", "city": "330100", "province": "330000"}
ROUNDS = 120


def run(register: Register) -> None:
    found = inside(register.home, "bench.scope")
    for name, (held, free) in found["asked"].items():
        tell(Figure(f"scope, {name}", str(register), held, "ms", "without row-level security", free, "≤ 1.2×",
                    held <= 1.2 * free))  # fmt: skip


def measure() -> dict[str, Any]:
    """Inside the node: everything is asked both ways."""
    from minzheng.cli.boot import boot

    boot()
    from minzheng.foundation.access.scope import Scope
    from minzheng.foundation.access.standing import as_node, as_scope

    asked: dict[str, tuple[float, float]] = {}
    for place, division in PLACES.items():
        scope = Scope(division, 3)
        for name, ask in _questions(scope).items():
            held, free = [], []
            for turn in range(ROUNDS):
                for standing, times in ((as_scope(scope), held), (as_node(), free)):
                    with standing:
                        _settle()
                        started = time.perf_counter()
                        ask(turn)
                        times.append(time.perf_counter() - started)
            asked[f"{name}, {place}"] = (_middle(held), _middle(free))
        asked[f"person page, {place}"] = _pages(scope)
    return {"asked": asked}


def _questions(scope: Any) -> dict[str, Callable[[int], object]]:
    """What pages ask; each is given the number of the round, to ask for something else each time."""
    from minzheng.business.relief.models import AllowancePayment
    from minzheng.exchange.queries import batches, timeline
    from minzheng.registry.queries import find_persons, person_record

    surnames = "王李张刘陈杨黄赵周吴"
    picked = _persons(scope)
    links = [found.links for found in (person_record(scope, person) for person in picked) if found]
    payments = AllowancePayment.objects.filter(
        division_code__startswith=scope.prefix, recorded_to__isnull=True
    )
    return {
        "name prefix": lambda n: find_persons(scope, surnames[n % 10]),
        "name prefix, two characters": lambda n: find_persons(scope, surnames[n % 10] + "建"),
        "batches": lambda _: list(batches(scope)[:50]),
        "timeline": lambda n: timeline(scope, links[n % len(links)]),
        "records of a month": lambda n: list(payments.filter(happened_on=date(2023, n % 12 + 1, 1))[:50]),
        "count of persons": lambda _: _count(scope),
    }


def _count(scope: Any) -> int:
    from minzheng.registry.models import Person
    from minzheng.registry.queries import persons_in

    return Person.objects.filter(persons_in(scope), superseded_by__isnull=True).count()


def _persons(scope: Any) -> list[Any]:
    """Twenty persons of the scope, most of them with an allowance."""
    from minzheng.registry.models import Person, PersonClaim

    inside = Person.objects.filter(hukou_division_code__startswith=scope.prefix)
    paid = PersonClaim.objects.filter(role="member").values("person_id")
    drawn = list(inside.filter(id__in=paid).order_by("id").values_list("id", flat=True)[:500])
    drawn += list(inside.order_by("id").values_list("id", flat=True)[:100])
    return random.Random(7).sample(sorted(set(drawn)), 20)


def _pages(scope: Any) -> tuple[float, float]:
    """The person page through the whole application, with and without."""
    from django.conf import settings
    from django.test import Client
    from django.urls import reverse

    from minzheng.foundation.accounts.models import User
    from minzheng.foundation.accounts.services import create_user

    name = f"bench{scope.division_code}"
    user = User.objects.filter(username=name).first() or create_user(
        username=name, password="Bench-only-2026", display_name="压测", division_code=scope.division_code,
        roles=["data_officer"], data_level=4, must_change_password=False,
    )  # fmt: skip
    client = Client()
    client.force_login(user)
    held, free = [], []
    for turn in range(3):
        for person in _persons(scope):
            for times, without in ((held, False), (free, True)):
                settings.WITHOUT_ROW_SECURITY = without
                started = time.perf_counter()
                answer = client.get(reverse("desk:person", args=[person]))
                if turn:
                    times.append(time.perf_counter() - started)
                assert answer.status_code == 200, answer.status_code
    settings.WITHOUT_ROW_SECURITY = False
    return _middle(held), _middle(free)


def _settle() -> None:
    """The change of role is a request's, not a query's."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _middle(times: list[float]) -> float:
    return statistics.median(times) * 1000


if __name__ == "__main__":
    print(json.dumps(measure()))
