"""A node to bring files into: standards published once a run, everything else emptied after each test.

The bulk road commits on connections of its own, so a test can't be rolled back; these fixtures stand in for the
database marks. Tests that start processes get a database of their own, copied from the run's.
"""

import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote as url_quote

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from minzheng.exchange import services
from minzheng.exchange.models import Batch
from minzheng.exchange.returning import quarantined
from minzheng.foundation.database.url import libpq_uri
from minzheng.registry.sources import forget_sources
from minzheng.standards.queries.asking import forget_published
from minzheng.standards.services import publish_shipped_packs
from tests.emptying import (
    batch_tables,
    copied_out,
    copy_in,
    empty_all,
    filled_tables,
    may_pass_triggers,
    number_on,
    numbered,
    stand,
)

COUNTS = ("read", "accepted", "quarantined", "created", "updated", "unchanged", "review")


@dataclass
class Brought:
    """What a file brought in came to: its batch and report."""

    batch: Batch
    report: dict[str, Any]

    @property
    def counts(self) -> tuple[int, ...]:
        """read, accepted, quarantined, created, updated, unchanged, review."""
        return tuple(self.report[name] for name in COUNTS)

    @property
    def problem(self) -> str:
        return self.report["problem"] or ""

    @property
    def refused(self) -> list[tuple[int, str, str, str]]:
        """(row number, field, rule, reason) of every problem in quarantine."""
        return [
            (row["row_no"], problem["field"], problem["rule"], problem["reason"])
            for row in quarantined(self.batch)
            for problem in row["problems"]
        ]

    @property
    def rules(self) -> list[tuple[int, str, str]]:
        """(row number, field, rule) of every problem in quarantine."""
        return [problem[:3] for problem in self.refused]


class Node:
    """The node under test, in this process."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def bring(
        self, feed: str, content: str | bytes | Path, *, name: str = "文件.csv", source: str | None = None
    ) -> Brought:
        """Bring a file in as the command does; the report always adds up."""
        if isinstance(content, Path):
            content, name = content.read_bytes(), content.name
        data = content.encode() if isinstance(content, str) else content
        batch = services.receive(feed, BytesIO(data), name=name, source=source, by=None, at=timezone.now())
        batch = services.run(batch)
        report = services.report(batch)
        if batch.stage == Batch.Stage.FINISHED:
            assert report["read"] == report["accepted"] + report["quarantined"]
            assert report["accepted"] == sum(report[name] for name in COUNTS[3:])
        return Brought(batch, report)

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """The rows of a query on the node's database."""
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall()

    def value(self, sql: str, *values: object) -> Any:
        """The only value of a query."""
        ((value,),) = self.rows(sql, *values)
        return value

    def tables(self) -> list[str]:
        """Every table that a batch may write to."""
        return batch_tables()

    def written(self) -> dict[str, int]:
        """How many rows stand in each table that says something about persons, organisations, records or changes."""
        told = (
            "registry_",
            "marriage_",
            "relief_",
            "funeral_",
            "societies_",
            "foundation_outbox",
            "exchange_",
        )
        left = {
            name: self.value(f"SELECT count(*) FROM {name}")
            for name in self.tables()
            if name.startswith(told)
        }
        return {
            name: count
            for name, count in left.items()
            if count and name not in ("exchange_batch", "registry_source")
        }


@pytest.fixture(scope="session")
def standards_of_this_run(django_db_setup: None) -> None:
    """By this name it is known that a fixture of a wider scope than a test wants the database."""


@pytest.fixture
def transactional_db(standards_of_this_run: None, django_db_blocker: Any) -> Iterator[None]:
    """Real transactions on a database that holds the standards and nothing else, before and after."""
    with django_db_blocker.unblock():
        stand("shipped", publish_shipped_packs)
        empty_all()
        yield
        empty_all()


@pytest.fixture
def node(transactional_db: None, home: Path) -> Node:
    """The node in this process, which has seen nothing of an earlier test's standards and sources."""
    forget_published()
    forget_sources()
    return Node(home)


@dataclass
class Filling:
    """What stood in the tables, how far numbering had come, and the home, after a node was filled."""

    rows: dict[str, bytes]
    reached: list[tuple[str, int]]
    home: Path


_fillings: dict[str, Filling] = {}
_homes = tempfile.TemporaryDirectory(prefix="filled-", dir=settings.HOME)


def filled(node: Node, name: str, fill: Callable[[Node], object]) -> Node:
    """The node as ``fill`` leaves it: filled once a run, from then on what stood in it is copied in.

    Where something stands in it before, it is filled as ever. ``fill`` asks nothing of the test but the node.
    """
    if (
        (kept := _fillings.get(name))
        and not any(node.home.iterdir())
        and kept.rows.keys().isdisjoint(filled_tables())
    ):
        shutil.copytree(kept.home, node.home, dirs_exist_ok=True)
        copy_in(kept.rows)
        number_on(kept.reached)
        forget_sources()
        return node
    first = may_pass_triggers() and not kept and not any(node.home.iterdir()) and not filled_tables()
    fill(node)
    if first:
        names = filled_tables()
        home = Path(_homes.name) / str(len(_fillings))
        shutil.copytree(node.home, home)
        _fillings[name] = Filling(copied_out(names), numbered(names), home)
    return node


@dataclass
class Apart:
    """A node of processes: a home, a database and a key of its own."""

    home: Path
    url: str | None
    key: str

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        kept |= {"MINZHENG_HOME": str(self.home), "MINZHENG_MASTER_KEY": self.key, "PYTHONUNBUFFERED": "1"}
        return kept | ({"DATABASE_URL": self.url} if self.url else {})

    def command(self, *arguments: object) -> list[str]:
        return [str(Path(sys.executable).parent / "minzheng"), *map(str, arguments)]

    def run(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        """One command to its end."""
        return subprocess.run(
            self.command(*arguments),
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def json(self, *arguments: object) -> Any:
        """What a command that succeeds reports with ``--json``."""
        done = self.run(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def connect(self) -> psycopg.Connection[Any]:
        assert self.url
        return psycopg.connect(self.url, autocommit=True)


MakeApart = Callable[[], Apart]
KEY = secrets.token_hex(32)


@pytest.fixture
def make_apart(transactional_db: None, tmp_path: Path) -> Iterator[MakeApart]:
    """Nodes of their own, their databases copied from the run's, all with one key so that they can be compared."""
    database = connection.settings_dict
    admin = libpq_uri(database | {"NAME": "postgres"})
    made: list[str] = []

    def make() -> Apart:
        name = f"{database['NAME']}_apart_{len(made)}"
        connection.close()
        with psycopg.connect(admin, autocommit=True) as server:
            server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            try:
                server.execute(f"CREATE DATABASE {name} TEMPLATE {database['NAME']}")
            except psycopg.errors.ObjectInUse as error:
                raise AssertionError(f"someone kept a connection: {_sessions(server)}") from error
        made.append(name)
        home = tmp_path / name
        home.mkdir()
        return Apart(home, _url(database, name), KEY)

    yield make
    with psycopg.connect(admin, autocommit=True) as server:
        for name in made:
            server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _sessions(server: psycopg.Connection[Any]) -> list[tuple[Any, ...]]:
    """Who is connected to what, and what they last asked."""
    return server.execute(
        "SELECT datname, pid, application_name, backend_start, state_change, state, left(query, 200)"
        " FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
    ).fetchall()


def _url(database: dict[str, Any], name: str) -> str:
    user, password, host = (url_quote(database[key] or "", safe="") for key in ("USER", "PASSWORD", "HOST"))
    port = f"&port={database['PORT']}" if database["PORT"] else ""
    return f"postgresql://{user}{':' + password if password else ''}@/{name}?host={host}{port}"
