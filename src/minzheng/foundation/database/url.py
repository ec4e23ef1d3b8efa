"""A DATABASE_URL as Django and libpq want it."""

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit


def parse_database_url(url: str) -> dict[str, Any]:
    """Django's ``DATABASES`` entry for a ``postgresql://`` URL; an empty URL gives an entry without a server.

    Sockets are named as libpq does: ``postgresql://user@/name?host=/dir``. Raises ``ValueError`` for any other scheme.
    """
    entry: dict[str, Any] = {
        "ENGINE": "minzheng.foundation.database.backend",
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,  # the database may have been started anew since a thread last asked
    }
    if not url:
        return entry | {"NAME": "", "CONN_MAX_AGE": 0}
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise ValueError(f"DATABASE_URL 只支持 PostgreSQL (postgresql://…), 现为 {parts.scheme or '空'}")
    options = dict(parse_qsl(parts.query))
    return entry | {
        "NAME": unquote(parts.path.lstrip("/")) or "postgres",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", None) or unquote(parts.hostname or ""),
        "PORT": str(parts.port or options.pop("port", "")),
        "OPTIONS": options,
    }


def libpq_uri(entry: dict[str, Any]) -> str:
    """The same entry as a libpq URI, for drivers beside Django (COPY, Arrow, the job queue)."""
    from psycopg.conninfo import make_conninfo

    known = {
        "dbname": entry["NAME"],
        "user": entry.get("USER"),
        "password": entry.get("PASSWORD"),
        "host": entry.get("HOST"),
        "port": entry.get("PORT"),
    }
    return make_conninfo("", **{k: v for k, v in (known | entry.get("OPTIONS", {})).items() if v})
