"""Between nodes: a whole register from province to city to county, and a single change from its commit to the county's.

Three nodes of three homes, their real processes, HTTPS between them. The baseline is a plain COPY of the same claims and persons
from the province's database into empty, equally indexed tables of another.
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
LEVELS = (("330000", ""), ("330100", "330000"), (COUNTY, "330100"))
CHANGES = 60  # single changes, one a second or so


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
        province, _, county = nodes
        bring_in_all(province, Path(folder), rows)
        base = _copied(province)
        for node in nodes:
            stack.enter_context(_up(node))
        seconds = _arrives(county, _persons(province))
        at = f"{rows:,} rows, province → city → county"
        tell(
            Figure(
                "changes between nodes",
                at,
                seconds,
                "s",
                "COPY of the same rows",
                base,
                "≤ 4×",
                seconds <= 4 * base,
            )
        )
        times = sorted(_one_by_one(province, county))
        p99 = times[min(len(times) - 1, int(len(times) * 0.99))] * 1000
        tell(Figure("a change, from commit above to visible below, p99", f"{len(times)} changes over two hops", p99, "ms", "",
                    None, "≤ 1 s", p99 <= 1000))  # fmt: skip
        print(f"  p50 {times[len(times) // 2] * 1000:.0f} ms")


def _joined(folder: Path) -> list[Node]:
    nodes = []
    for code, upper in LEVELS:
        home = folder / code
        home.mkdir(mode=0o755)
        nodes.append(Node(code, upper, home, _free(), _free()))
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
    """The sample's persons, all of them registered in one county, so that everything takes both hops."""
    made = sample(folder / "sample", rows, SEED)
    target = made / "moved.csv"
    with (
        (made / "persons.csv").open(encoding="utf-8-sig") as file,
        target.open("w", encoding="utf-8", newline="") as out,
    ):
        heading, *lines = list(csv.reader(file))
        column = heading.index("户籍区划")
        csv.writer(out).writerows([heading, *([*r[:column], COUNTY, *r[column + 1 :]] for r in lines)])
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
def _up(node: Node) -> Iterator[None]:
    process = subprocess.Popen(
        [COMMAND, "up", "--port", str(node.port), "--exchange-port", str(node.door)], env=node.environment,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        for line in process.stdout or ():
            if "http" in line:
                break
        yield
    finally:
        process.terminate()
        process.wait(30)


def _persons(node: Node) -> int:
    with node.connect() as line:
        ((count,),) = line.execute("SELECT count(*) FROM registry_person").fetchall()
    return int(count)


def _arrives(county: Node, persons: int) -> float:
    """Seconds from when the nodes are up until the county has everyone; starting them is not in it, being hours of others."""
    started = time.monotonic()
    while time.monotonic() - started < 3600:
        if _persons(county) >= persons:
            return time.monotonic() - started
        time.sleep(0.2)
    raise RuntimeError("did not arrive")


def _one_by_one(province: Node, county: Node) -> Iterator[float]:
    """Seconds each of single changes takes to be visible below: an outbox entry and a claim, in one transaction of their own."""
    with province.connect() as above, county.connect() as below:
        ids = [
            row[0]
            for row in above.execute(
                "SELECT person_id FROM registry_personclaim LIMIT %s", [CHANGES]
            ).fetchall()
        ]
        for number, person in enumerate(ids):
            with above.transaction():
                above.execute(
                    "UPDATE registry_personclaim SET rule = %s WHERE person_id = %s",
                    [f"bench{number}", person],
                )
                above.execute(
                    "INSERT INTO foundation_outboxentry (at, data_set, division_code, operation, subject_ids) "
                    "VALUES (now(), 'persons', %s, 'updated', ARRAY[%s::uuid])", [COUNTY, person]
                )  # fmt: skip
            started = time.monotonic()
            query = "SELECT 1 FROM registry_personclaim WHERE person_id = %s AND rule = %s"
            while not below.execute(query, [person, f"bench{number}"]).fetchone():
                if time.monotonic() - started > 60:
                    raise RuntimeError("a change did not arrive")
                time.sleep(0.005)
            yield time.monotonic() - started
            time.sleep(0.3)


def _free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])
