"""The way to PostgreSQL: addresses, the bulk road, the embedded server that processes share."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from urllib.parse import quote

import psycopg
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.conninfo import conninfo_to_dict

from minzheng.foundation.database.arrow import bulk
from minzheng.foundation.database.url import libpq_uri, parse_database_url


def test_an_address_with_a_host():
    entry = parse_database_url("postgresql://wang:p%40ss%2Fword@db.example:5433/minzheng?sslmode=require")
    assert (entry["HOST"], entry["PORT"], entry["NAME"]) == ("db.example", "5433", "minzheng")
    assert (entry["USER"], entry["PASSWORD"], entry["OPTIONS"]) == (
        "wang",
        "p@ss/word",
        {"sslmode": "require"},
    )
    assert entry["ENGINE"] == "minzheng.foundation.database.backend"


def test_no_process_waits_for_what_only_comparing_names_needs():
    """pandas would be found by Arrow as soon as it is given a list: a second and 30 MB of every command."""
    asked = (
        "import sys, django; django.setup(); import pyarrow; pyarrow.array(['王晓']);"
        "print([name for name in ('pandas', 'splink', 'adbc_driver_postgresql') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", asked],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
        env=os.environ.copy(),
    )
    assert done.stdout.strip() == "[]", done.stdout


def test_an_address_with_a_socket():
    entry = parse_database_url("postgresql://postgres@/minzheng?host=/var/run/pg")
    assert (entry["HOST"], entry["PORT"], entry["PASSWORD"]) == ("/var/run/pg", "", "")
    assert parse_database_url("postgres://db.example")["NAME"] == "postgres"


def test_no_address_is_no_server_and_no_other_database_will_do():
    assert parse_database_url("")["NAME"] == ""
    for other in ("mysql://a/b", "sqlite:///x", "db.example/minzheng"):
        with pytest.raises(ValueError, match="只支持 PostgreSQL"):
            parse_database_url(other)


words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12)


@given(words, words, words, st.integers(1, 65535))
def test_whatever_stands_in_an_address_arrives_at_the_driver(user, password, name, port):
    user_info = f"{quote(user, safe='')}:{quote(password, safe='')}"
    entry = parse_database_url(
        f"postgresql://{user_info}@db.example:{port}/{quote('x' + name, safe='')}?connect_timeout=3"
    )
    assert conninfo_to_dict(libpq_uri(entry)) == {
        "user": user, "password": password, "host": "db.example", "port": str(port), "dbname": "x" + name,
        "connect_timeout": "3",
    }  # fmt: skip


TYPES = pa.schema(
    [("id", pa.binary(16)), ("n", pa.int64()), ("name", pa.string()), ("on_day", pa.date32()), ("sealed", pa.binary())]
)  # fmt: skip


def rows(count: int) -> pa.Table:
    return pa.table(
        {
            "id": [n.to_bytes(16, "big") for n in range(count)],
            "n": list(range(count)),
            "name": [None if n % 3 else f"王\U00020bb7{n}\\\t\n\"'" for n in range(count)],
            "on_day": [date(1990, 1, 1 + n % 28) for n in range(count)],
            "sealed": [bytes([n % 256]) for n in range(count)],
        },
        schema=TYPES,
    )


@pytest.fixture
def table(django_db_setup: None, django_db_blocker) -> Iterator[str]:
    """A table that exists, for who commits on a connection of its own."""
    with django_db_blocker.unblock():
        with bulk() as work:
            work.run("DROP TABLE IF EXISTS bulk_road")
            work.run("CREATE TABLE bulk_road (sealed bytea, id uuid, n bigint, name text, on_day date)")
            work.commit()
        yield "bulk_road"
        with bulk() as work:
            work.run("DROP TABLE bulk_road")
            work.commit()


def test_columns_go_in_and_come_out_whole(table):
    with bulk() as work:
        assert work.copy_in(table, rows(1000)) == 1000
        work.commit()
    with bulk() as work:
        found = work.table(f"SELECT id, n, name, on_day, sealed FROM {table} ORDER BY n")
        assert [found[name].to_pylist() for name in ("n", "name", "on_day", "sealed")] == [
            rows(1000)[name].to_pylist() for name in ("n", "name", "on_day", "sealed")
        ]
        assert work.scalar(f"SELECT count(DISTINCT id) AS n FROM {table}") == 1000
        assert work.rows(f"SELECT n, name FROM {table} WHERE n = 1") == [{"n": 1, "name": None}]


def test_what_is_not_committed_is_gone(table):
    with bulk() as work:
        work.copy_in(table, rows(10))
        work.rollback()
        work.copy_in(table, rows(5))
    with pytest.raises(ZeroDivisionError), bulk() as work:
        work.copy_in(table, rows(7))
        _ = 1 / 0
    with bulk() as work:
        assert work.scalar(f"SELECT count(*) AS n FROM {table}") == 0


def test_a_temporary_table_is_of_its_transaction_only(table):
    with bulk() as work:
        work.run("CREATE TEMP TABLE narrow (n bigint) ON COMMIT DROP")
        work.copy_in("narrow", pa.table({"n": [1, 2, 3]}), temporary=True)
        assert work.scalar("SELECT sum(n)::bigint AS n FROM narrow") == 6
        work.commit()
        assert work.scalar("SELECT to_regclass('narrow') IS NULL AS gone")


PROCESS = """
import sys
from pathlib import Path
from minzheng.foundation.database.embedded import start
print(start(Path(sys.argv[1])), flush=True)
sys.stdin.readline()
"""


class Member:
    """A process that has joined the server and stays until told to leave."""

    def __init__(self, home: Path) -> None:
        kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROCESS, str(home)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=kept,
        )  # fmt: skip
        assert self.process.stdout
        self.url = self.process.stdout.readline().strip()

    def leave(self) -> None:
        self.process.communicate("\n", timeout=60)
        assert self.process.returncode == 0

    def die(self) -> None:
        self.process.kill()
        self.process.communicate(timeout=60)


@pytest.fixture
def apart() -> Iterator[Path]:
    """A home that the server's own user can reach."""
    home = Path(tempfile.mkdtemp(prefix="minzheng-embedded-"))
    home.chmod(0o755)
    yield home
    shutil.rmtree(home)


def ask(url: str, statement: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchone()[0] if cursor.description else None


@pytest.mark.slow
def test_processes_share_one_server_and_the_last_to_leave_stops_it(apart):
    first = Member(apart)
    second = Member(apart)
    members = [first, second]
    try:
        assert first.url == second.url and "/minzheng?" in first.url
        assert ask(first.url, "SHOW shared_buffers") == "768MB"  # the node's settings, not the default ones
        ask(first.url, "CREATE TABLE kept AS SELECT 42 AS n")
        first.leave()
        assert ask(second.url, "SELECT n FROM kept") == 42
        second.leave()
        assert not (apart / "postgres" / "postmaster.pid").exists()
        with pytest.raises(psycopg.OperationalError):
            ask(second.url, "SELECT 1")
        third = Member(apart)
        members.append(third)
        assert ask(third.url, "SELECT n FROM kept") == 42
        third.die()  # killed: it could not say that it left
        fourth = Member(apart)
        members.append(fourth)
        assert ask(fourth.url, "SELECT n FROM kept") == 42
        fourth.leave()
        assert not (apart / "postgres" / "postmaster.pid").exists()
    finally:
        for member in members:
            if member.process.poll() is None:
                member.leave()
