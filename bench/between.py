"""Between nodes: a day's changes from province to city to county, another city's beside them, and a single one over both hops.

Four nodes of four homes, their real processes, HTTPS between them. The baseline is a plain COPY of the same claims and persons
from the province's database into empty, equally indexed tables of another. What waits at the beginning is what waits for a node
that comes back after a day.
"""

import csv
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from bench.node import COMMAND, bring_in, sample
from bench.reporting import Figure, tell
from minzheng.foundation.database import embedded

SEED = 47
COUNTY = "330106"
# A city that is not behind, a county of it, and how many are registered there.
OTHER, OTHERS_COUNTY, OTHERS = "330200", "330203", 50
LEVELS = (("330000", ""), (OTHER, "330000"), ("330100", "330000"), (COUNTY, "330100"))
CHANGES = 60  # single changes, one a second or so
DAY_S = 86_400


@dataclass(frozen=True)
class Node:
    """One of the three."""

    code: str
    upper: str
    home: Path
    port: int
    door: int

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        return kept | {"MINZHENG_HOME": str(self.home), "MINZHENG_DIVISION": self.code}

    def run(self, *arguments: object) -> str:
        done = subprocess.run(
            [COMMAND, *map(str, arguments)], env=self.environment, check=True, capture_output=True, text=True
        )
        return done.stdout

    def connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(embedded.start(self.home), autocommit=True)


def run(rows: int) -> None:
    with tempfile.TemporaryDirectory(prefix="minzheng-bench-") as folder, ExitStack() as stack:
        nodes = _joined(Path(folder))
        province, other, city, county = nodes
        bring_in_all(province, Path(folder), rows)
        base = _copied(province)
        for node in (province, other, county, city):  # the city last, for it is what all wait for
            stack.enter_context(up(node))
        seconds, beside = _catches_up(province, county, other)
        at = f"{rows:,} rows, province → city → county"
        tell(Figure("changes between nodes", at, seconds, "s", "COPY of the same rows", base, "≤ 4×",
                    seconds <= 4 * base))  # fmt: skip
        made = DAY_S * rows / 1_000_000
        tell(Figure("caught up after a day away", at, seconds, "s", "made in, at 1M a day", made, "≤ 0.1×",
                    seconds <= made / 10))  # fmt: skip
        _waited("another city's change meanwhile", beside)
        _waited("a change, from commit above to visible below", list(_one_by_one(province, county, COUNTY)))


def _waited(name: str, seconds: list[float]) -> None:
    times = sorted(seconds)
    p99 = times[min(len(times) - 1, int(len(times) * 0.99))] * 1000
    tell(Figure(f"{name}, p99", f"{len(times)} changes", p99, "ms", "", None, "≤ 1 s", p99 <= 1000))
    print(f"  p50 {times[len(times) // 2] * 1000:.0f} ms, longest {times[-1] * 1000:.0f} ms")


def _joined(folder: Path) -> list[Node]:
    nodes = []
    for code, upper in LEVELS:
        home = folder / code
        home.mkdir(mode=0o755)
        nodes.append(Node(code, upper, home, free_port(), free_port()))
    for node in nodes:
        node.run("setup")
        card = folder / f"{node.code}.card"
        address = f"https://127.0.0.1:{node.door}"
        node.run(
            "exchange",
            "card",
            "--name",
            node.code,
            "--address",
            address,
            "--upper",
            node.upper,
            "--out",
            card,
        )
        nodes[0].run("exchange", "enrol", card)
    nodes[0].run("exchange", "members", "--out", folder / "members.json")
    for node in nodes[1:]:
        node.run("exchange", "trust", folder / "members.json")
    return nodes


def bring_in_all(province: Node, folder: Path, rows: int) -> None:
    """The sample's persons, all but a few registered in one county, so that everything takes both hops."""
    made = sample(folder / "sample", rows, SEED)
    target = made / "moved.csv"
    with (
        (made / "persons.csv").open(encoding="utf-8-sig") as file,
        target.open("w", encoding="utf-8", newline="") as out,
    ):
        heading, *lines = list(csv.reader(file))
        column = heading.index("户籍区划")
        places = [OTHERS_COUNTY] * OTHERS + [COUNTY] * (len(lines) - OTHERS)
        moved = ([*r[:column], place, *r[column + 1 :]] for r, place in zip(lines, places, strict=True))
        csv.writer(out).writerows([heading, *moved])
    os.environ["MINZHENG_DIVISION"] = province.code
    bring_in(province.home, "persons", target)


def _copied(province: Node) -> float:
    """Seconds of a COPY out of one database and into empty, equally indexed tables of another."""
    with province.connect() as source:
        source.execute("CREATE DATABASE copied")
        other = embedded.start(province.home).replace("/minzheng?", "/copied?")
        with psycopg.connect(other, autocommit=True) as target:
            for table in ("registry_personclaim", "registry_person"):
                _same_table(source, target, table)
            started = time.monotonic()
            for table in ("registry_personclaim", "registry_person"):
                columns = _columns(source, table)
                with (
                    source.cursor().copy(f"COPY {table} ({columns}) TO STDOUT (FORMAT binary)") as out,
                    target.cursor().copy(f"COPY {table} ({columns}) FROM STDIN (FORMAT binary)") as into,
                ):
                    for piece in out:
                        into.write(piece)
            seconds = time.monotonic() - started
        source.execute("DROP DATABASE copied")
        return seconds


def _columns(line: psycopg.Connection[Any], table: str) -> str:
    found = line.execute(
        "SELECT string_agg(attname, ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 "
        "AND NOT attisdropped AND attgenerated = ''", [table]
    ).fetchone()  # fmt: skip
    return str(found[0]) if found else ""


def _same_table(source: psycopg.Connection[Any], target: psycopg.Connection[Any], table: str) -> None:
    columns = source.execute(
        "SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod), ', ' ORDER BY attnum) FROM pg_attribute "
        "WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''", [table]
    ).fetchone()  # fmt: skip
    target.execute(f"CREATE TABLE {table} ({columns[0] if columns else ''})")
    for (index,) in source.execute(
        "SELECT indexdef FROM pg_indexes WHERE tablename = %s", [table]
    ).fetchall():
        target.execute(index)


@contextmanager
def up(node: Node) -> Iterator[None]:
    log = (node.home / "up.log").open("w")
    process = subprocess.Popen(
        [COMMAND, "up", "--port", str(node.port), "--exchange-port", str(node.door)], env=node.environment,
        stdout=subprocess.PIPE, stderr=log, text=True,
    )  # fmt: skip
    try:
        for line in process.stdout or ():
            if "http" in line:
                break
        yield
    finally:
        process.terminate()
        process.wait(30)
        log.close()


def _persons(node: Node, place: str) -> int:
    with node.connect() as line:
        ((count,),) = line.execute(
            "SELECT count(*) FROM registry_person WHERE hukou_division_code LIKE %s", [f"{place}%"]
        ).fetchall()
    return int(count)


def _catches_up(province: Node, county: Node, other: Node) -> tuple[float, list[float]]:
    """Seconds from when the nodes are up until the county has everyone; what another city's single changes take meanwhile."""
    started, persons = time.monotonic(), _persons(province, COUNTY)
    beside: list[float] = []
    few = _persons(province, OTHERS_COUNTY)
    while _persons(other, OTHERS_COUNTY) < few:
        time.sleep(0.2)
    while _persons(county, COUNTY) < persons:
        beside += _one_by_one(province, other, OTHERS_COUNTY, changes=3)
        if time.monotonic() - started > 3600:
            raise RuntimeError("did not arrive")
    return time.monotonic() - started, beside


def _one_by_one(above: Node, below: Node, place: str, changes: int = CHANGES) -> Iterator[float]:
    """Seconds each of single changes takes to be visible below: an outbox entry and a claim, in one transaction of their own."""
    with above.connect() as upper, below.connect() as lower:
        ids = upper.execute(
            "SELECT person_id FROM registry_personclaim WHERE hukou_division_code LIKE %s ORDER BY random() LIMIT %s",
            [f"{place}%", changes],
        ).fetchall()
        for (person,) in ids:
            rule = f"bench{time.monotonic_ns()}"[:20]
            with upper.transaction():
                upper.execute(
                    "UPDATE registry_personclaim SET rule = %s WHERE person_id = %s", [rule, person]
                )
                upper.execute(
                    "INSERT INTO foundation_outboxentry (at, data_set, division_code, operation, subject_ids) "
                    "VALUES (now(), 'persons', %s, 'updated', ARRAY[%s::uuid])", [place, person]
                )  # fmt: skip
            started = time.monotonic()
            query = "SELECT 1 FROM registry_personclaim WHERE person_id = %s AND rule = %s"
            while not lower.execute(query, [person, rule]).fetchone():
                if time.monotonic() - started > 60:
                    raise RuntimeError("a change did not arrive")
                time.sleep(0.005)
            yield time.monotonic() - started
            time.sleep(0.3)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])
