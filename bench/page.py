"""The person page: server time against its own SQL run bare, at 1M persons and 5M records.

The register comes from a sample; the records are monthly allowance payments, made by SQL for a tenth of the persons, fifty
each, with their claims. The page is asked for through the whole application (middleware, session, audit, templates).
"""

import json
import sys
import tempfile
import time
from pathlib import Path

from bench.node import bring_in, head, inside, node, sample
from bench.reporting import Figure, tell

ASKED = 300


def run(persons: int) -> None:
    with tempfile.TemporaryDirectory(prefix="minzheng-bench-") as folder:
        made = sample(Path(folder) / "sample", persons, 41)
        with node() as home:
            bring_in(home, "persons", head(made / "persons.csv", Path(folder) / "p.csv", 1, persons + 1))
            bring_in(home, "marriages", made / "marriages.csv")
            bring_in(home, "cremations", made / "cremations.csv")
            found = inside(home, "bench.page", str(persons * 5))
    at = f"{found['persons']:,} persons, {found['records']:,} records"
    tell(Figure("person page, server time p95", at, found["page_p95"], "ms", "its own SQL run bare, p95", found["sql_p95"],
                "≤ 60 ms and ≤ 3×", found["page_p95"] <= 60 and found["page_p95"] <= 3 * found["sql_p95"]))  # fmt: skip
    print(
        f"  p50 {found['page_p50']:.1f} ms against {found['sql_p50']:.1f} ms, {found['queries']} queries a page"
    )


def measure(records: int) -> dict[str, float]:
    """Inside the node: make the records, then ask for pages and run their SQL again bare."""
    from minzheng.cli.boot import boot

    boot()
    import random

    from django.db import connection
    from django.test import Client
    from django.urls import reverse

    from minzheng.foundation.accounts.models import User
    from minzheng.registry.models import Person, PersonClaim

    _make_records(records)
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
    pages, bare, queries = [], [], 0
    for number, person in enumerate(picked):
        url = reverse("desk:person", args=[person])
        seen: list[tuple[str, object]] = []

        def keep(execute, sql, params, many, context, seen=seen):  # type: ignore[no-untyped-def]
            seen.append((sql, params))
            return execute(sql, params, many, context)

        started = time.perf_counter()
        response = client.get(url)
        spent = time.perf_counter() - started
        assert response.status_code == 200, response.status_code
        with connection.execute_wrapper(keep):
            client.get(url)
        if number < 20:
            continue  # warm-up
        pages.append(spent)
        with connection.cursor() as cursor:
            started = time.perf_counter()
            for sql, params in seen:
                cursor.execute(sql, params)
                if cursor.description:
                    cursor.fetchall()
            bare.append(time.perf_counter() - started)
        queries = max(queries, len(seen))
    return {
        "persons": Person.objects.count(), "records": PersonClaim.objects.exclude(record_id=None).count(),
        "page_p50": _at(pages, 0.5), "page_p95": _at(pages, 0.95), "sql_p50": _at(bare, 0.5), "sql_p95": _at(bare, 0.95),
        "queries": queries,
    }  # fmt: skip


def _user():  # type: ignore[no-untyped-def]
    from minzheng.foundation.accounts.services import create_user

    return create_user(username="bench", password="Bench-only-2026", display_name="压测", division_code="330000",
                       roles=["data_officer"], data_level=4, must_change_password=False)  # fmt: skip


def _at(values: list[float], share: float) -> float:
    return sorted(values)[int(len(values) * share)] * 1000


def _make_records(records: int) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM relief_allowancepayment")
        if cursor.fetchone()[0] >= records:
            return
        cursor.execute(
            """INSERT INTO registry_source (name, feed, authority, created_at) VALUES ('bench', 'allowances', '{}', now())
            RETURNING id"""
        )
        source = cursor.fetchone()[0]
        cursor.execute(
            f"""CREATE TEMP TABLE paid AS
            SELECT gen_random_uuid() AS record_id, gen_random_uuid() AS claim_id, p.id AS person_id, p.name, p.name_key,
                   p.hukou_division_code AS division, g.n, (row_number() OVER ())::int AS row_no,
                   to_char(date '2022-01-01' + (g.n || ' months')::interval, 'YYYYMM') AS month, md5(p.id::text) AS mark
            FROM (SELECT * FROM registry_person LIMIT {records // 50}) p CROSS JOIN generate_series(1, 50) g(n)"""
        )
        cursor.execute(
            f"""INSERT INTO relief_allowancepayment (id, source_id, batch_id, row_no, key_digest, digest, division_code,
                happened_on, recorded_from, certificate_no, benefit_month, monthly_amount_fen)
            SELECT record_id, {source}, claim_id, row_no, record_id, record_id, division, to_date(month, 'YYYYMM'), now(),
                   '330106' || substr(mark, 1, 10), month, 93500 FROM paid"""
        )
        cursor.execute(
            f"""INSERT INTO registry_personclaim (id, person_id, source_id, role, record_id, batch_id, row_no, digest, rule,
                valid_from, recorded_from, name, name_key)
            SELECT claim_id, person_id, {source}, 'member', record_id, claim_id, row_no, claim_id, 'id_number',
                   to_date(month, 'YYYYMM'), now(), name, name_key FROM paid"""
        )
        cursor.execute("ANALYZE registry_person")
        cursor.execute("ANALYZE registry_personclaim")
        cursor.execute("ANALYZE relief_allowancepayment")


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]))))
