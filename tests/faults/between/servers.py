"""Databases for the nodes: copies of the run's in the run's server, or servers of their own that may be killed."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
from django.db import connection
from tests.faults.between.land import Server, lives
from tests.node import _url, publish_shipped_packs

from minzheng.foundation.database import embedded
from minzheng.foundation.database.url import libpq_uri

SMALL = {
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "32MB",
}


@contextmanager
def copies(codes: Sequence[str], blocker: Any) -> Iterator[dict[str, Server]]:
    """Databases of the run's server, with the shipped standards."""
    with blocker.unblock():
        publish_shipped_packs()
        settings = dict(connection.settings_dict)
        connection.close()
    admin = libpq_uri(settings | {"NAME": "postgres"})
    names = {code: f"{settings['NAME']}_land_{code}" for code in codes}
    with psycopg.connect(admin, autocommit=True) as server:
        for name in names.values():
            server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            server.execute(f"CREATE DATABASE {name} TEMPLATE {settings['NAME']}")
    try:
        yield {code: Server(_url(settings, name)) for code, name in names.items()}
    finally:
        with psycopg.connect(admin, autocommit=True) as server:
            for name in names.values():
                server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@contextmanager
def own(codes: Sequence[str], folder: Path) -> Iterator[dict[str, Server]]:
    """A server a node: one is set up as a node sets itself up, the others are its copies."""
    first = folder / "first"
    first.mkdir(parents=True)
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    command = [str(Path(sys.executable).parent / "minzheng"), "setup"]
    subprocess.run(
        command, env=kept | {"MINZHENG_HOME": str(first)}, check=True, capture_output=True, timeout=300
    )
    made = {}
    with ExitStack() as stack:
        for code in codes:
            data = folder / f"pg{code}"
            subprocess.run(["cp", "-a", str(first / "postgres"), str(data)], check=True)
            with (data / "postgresql.auto.conf").open("a") as file:
                file.writelines(f"{name} = '{value}'\n" for name, value in SMALL.items())
            for left in (".handle_pids.json", "postmaster.pid"):
                (data / left).unlink(missing_ok=True)
            url = start(data)
            stack.callback(stop, data)
            made[code] = Server(url, data)
        yield made
    shutil.rmtree(first)


def start(data: Path) -> str:
    """Start a server, after a crash too; its URL."""
    deadline = time.monotonic() + 60
    while True:
        try:
            server = embedded._get_server(data)
            return str(server.get_uri()).replace("/postgres?", f"/{embedded.DATABASE}?")
        except RuntimeError:  # its last processes are not gone yet
            if time.monotonic() > deadline:
                raise
            time.sleep(0.3)


def postmaster(data: Path) -> int:
    return int((data / "postmaster.pid").read_text().split()[0])


def kill(data: Path, how: signal.Signals = signal.SIGKILL) -> None:
    """The whole server, as a power cut would; its processes go with it."""
    pid = postmaster(data)
    children = [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    for one in [pid, *children]:
        with suppress(ProcessLookupError):
            os.kill(one, how)
    deadline = time.monotonic() + 30
    while any(lives(one) for one in [pid, *children]):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def stop(data: Path) -> None:
    with suppress(FileNotFoundError):
        kill(data)
