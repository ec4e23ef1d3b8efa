"""Stopping a bring-in at a chosen point: the database holds the process there until it is killed.

A trigger waits for an advisory lock that the test holds, so the point is met exactly, without racing a clock.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from tests.node import Apart

LOCK = 424_242
LIMIT_S = 90
RUNNER = Path(__file__).with_name("small_chunks.py")


@dataclass(frozen=True)
class Point:
    """Where to hold: the ``nth`` change of a table for which ``when`` is true."""

    name: str
    table: str
    when: str = "true"
    change: str = "INSERT"


def stage(name: str) -> Point:
    """The moment before a batch is said to have reached a stage: its work is done but not recorded."""
    return Point(
        f"before {name}", "exchange_batch", f"NEW.stage = '{name}' AND OLD.stage <> '{name}'", "UPDATE"
    )


POINTS = (
    stage("extracted"),
    Point(
        "refused rows half written",
        "exchange_quarantinedrow",
        "(SELECT count(*) FROM exchange_quarantinedrow) > 5",
    ),
    Point("cleaned, nothing loaded", "exchange_loadedchunk"),
    Point(
        "third chunk, all but its mark",
        "exchange_loadedchunk",
        "(SELECT count(*) FROM exchange_loadedchunk) >= 3",
    ),
    Point("last chunk", "exchange_loadedchunk", "NEW.name LIKE 'p%'"),
    stage("finished"),
)


def start(
    apart: Apart, rows: int, *arguments: object, file_limit: int | None = None
) -> "subprocess.Popen[str]":
    """A command of the node as a process, with chunks of this many rows; no file may grow past ``file_limit`` bytes.

    A limit on files stands in for a full disk: writing beyond it fails just so, without root and on any file system.
    """
    command = [sys.executable, str(RUNNER), str(rows), *map(str, arguments)]
    if file_limit:
        command = [
            "bash",
            "-c",
            f"trap '' XFSZ; ulimit -f {file_limit // 1024}; exec \"$@\"",
            "bash",
            *command,
        ]
    return subprocess.Popen(
        command,
        env=apart.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@contextmanager
def held_at(
    point: Point, connect: Callable[[], "psycopg.Connection[Any]"]
) -> Iterator[Callable[["subprocess.Popen[str]"], int]]:
    """Hold whoever comes to the point; gives a function that waits until a process is there: its backend's number."""
    with connect() as holder:
        holder.execute(
            f"""CREATE OR REPLACE FUNCTION held() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN IF {point.when} THEN PERFORM pg_advisory_xact_lock({LOCK}); END IF; RETURN NEW; END $$"""
        )
        holder.execute(
            f"CREATE TRIGGER held BEFORE {point.change} ON {point.table} FOR EACH ROW EXECUTE FUNCTION held()"
        )
        holder.execute(f"SELECT pg_advisory_lock({LOCK})")

        def there(process: "subprocess.Popen[str]") -> int:
            query = f"SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = {LOCK} AND NOT granted"
            deadline = time.monotonic() + LIMIT_S
            while time.monotonic() < deadline:
                found = holder.execute(query).fetchone()
                if found:
                    return int(found[0])
                assert process.poll() is None, f"the process ended before “{point.name}”: {finish(process)}"
                time.sleep(0.01)
            raise AssertionError(f"the process did not come to “{point.name}”")

        yield there
        if not holder.closed:
            forget_clients(holder)
            holder.execute(f"DROP TRIGGER held ON {point.table}")


def forget_clients(connection: "psycopg.Connection[Any]") -> None:
    """The backends of killed processes end as if their connection had broken: what was not committed is undone."""
    others = (
        "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
        "AND backend_type = 'client backend'"
    )
    connection.execute(f"SELECT pg_terminate_backend(pid) {others}")
    deadline = time.monotonic() + LIMIT_S
    while connection.execute(f"SELECT 1 {others}").fetchone():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def finish(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    """Exit code, output and error output of a process that comes to its end by itself."""
    out, err = process.communicate(timeout=LIMIT_S)
    return process.returncode, out, err
