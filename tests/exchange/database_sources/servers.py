"""Databases of other systems for tests: one beside the tests' own, one on MySQL or MariaDB."""

import os
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import psycopg
import pymysql
from django.db import connections
from tools.ensure_mysql import find_server

from minzheng.foundation.database.url import libpq_uri


@dataclass(frozen=True)
class Server:
    """``kind``, ``url`` of the source's database, and what types are called there."""

    kind: str
    url: str
    time_type: str
    now: str

    @contextmanager
    def connected(self) -> Iterator[Any]:
        if self.kind == "postgresql":
            with psycopg.connect(self.url, autocommit=True) as connection:
                yield connection
            return
        parts = urlsplit(self.url)
        options = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
        connection = pymysql.connect(
            host=parts.hostname or "localhost", port=parts.port or 3306, user=parts.username,
            password=parts.password or "", database=parts.path.lstrip("/"), charset="utf8mb4",
            unix_socket=options.get("socket"), autocommit=True,
        )  # fmt: skip
        try:
            yield connection
        finally:
            connection.close()

    def run(self, *statements: str) -> None:
        with self.connected() as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def fill(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        with self.connected() as connection, connection.cursor() as cursor:
            cursor.executemany(sql, rows)


@contextmanager
def postgres_beside() -> Iterator[Server]:
    """A second database on the tests' own server."""
    entry = connections["default"].settings_dict
    name = f"source_{secrets.token_hex(4)}"
    own = libpq_uri(entry | {"NAME": "postgres"})
    with psycopg.connect(own, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
        user, password = quote(entry["USER"], safe=""), quote(entry["PASSWORD"], safe="")
        host = entry["HOST"]
        at = "" if host.startswith("/") else f"{host}{':' + entry['PORT'] if entry['PORT'] else ''}"
        more = f"?host={quote(host, safe='')}{'&port=' + entry['PORT'] if entry['PORT'] else ''}"
        url = f"postgresql://{user}{':' + password if password else ''}@{at}/{name}{more if not at else ''}"
        try:
            yield Server("postgresql", url, "timestamptz", "now()")
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def mysql_server() -> Iterator[Server | None]:
    """The server ``MINZHENG_TEST_MYSQL_URL`` names, else one of the tests' own; None where there is none."""
    if url := os.environ.get("MINZHENG_TEST_MYSQL_URL"):
        yield Server("mysql", url, "datetime(6)", "now(6)")
        return
    program = find_server()
    if program is None or not program.endswith("mariadbd"):
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="minzheng-mysql-"))
    process = None
    try:
        process = _start(program, folder)
        password = secrets.token_hex(8)
        admin = pymysql.connect(unix_socket=str(folder / "s"), user="root", autocommit=True)
        with admin, admin.cursor() as cursor:
            cursor.execute("CREATE DATABASE source CHARACTER SET utf8mb4")
            cursor.execute(f"CREATE USER 'reader'@'localhost' IDENTIFIED BY '{password}'")
            cursor.execute("GRANT ALL ON *.* TO 'reader'@'localhost'")
        url = f"mysql://reader:{password}@localhost/source?socket={folder / 's'}"
        yield Server("mysql", url, "datetime(6)", "now(6)")
    finally:
        if process is not None:
            process.terminate()
            process.wait(60)
        shutil.rmtree(folder, ignore_errors=True)


def _start(program: str, folder: Path) -> "subprocess.Popen[bytes]":
    """A server on a socket alone, its data in a folder; as root it has to be told that this is meant."""
    data = folder / "data"
    user = ["--user=root"] if os.geteuid() == 0 else []
    installer = Path(program).with_name("mariadb-install-db")
    installer = (
        installer if installer.exists() else Path(shutil.which("mariadb-install-db") or "mariadb-install-db")
    )
    subprocess.run(
        [installer, "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal", *user],
        check=True, capture_output=True,
    )  # fmt: skip
    process = subprocess.Popen(
        [program, "--no-defaults", f"--datadir={data}", f"--socket={folder / 's'}",
         f"--pid-file={folder / 'pid'}",
         "--skip-networking", "--innodb-buffer-pool-size=64M", "--innodb-flush-log-at-trx-commit=0",
         "--sql-mode=", *user],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not (folder / "s").exists():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("the test's MariaDB did not start")
        time.sleep(0.1)
    return process
