"""The test database emptied and given its standards, quickly (清空测试库).

TRUNCATE of every table costs most of a second, whatever stands in them; deleting what a test left costs milliseconds.
Publishing the standards costs seconds; they are published once a run, kept as copied out, and copied in again only
where another state of them is wanted or somebody wrote to them, which triggers tell.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache

from django.db import connection

from minzheng.standards.queries.asking import forget_published

KEPT = ("standards_", "django_", "auth_")
LARGE = 256 * 1024  # bytes that may lie dead in a table before it is swept
_copies: dict[str, dict[str, bytes]] = {}

WATCHING = """
CREATE SCHEMA IF NOT EXISTS watching;
CREATE TABLE IF NOT EXISTS watching.standing (name text);
CREATE OR REPLACE FUNCTION watching.touched() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    AS $$ BEGIN DELETE FROM watching.standing; RETURN NULL; END $$;
"""
NUMBERING = """
WITH numbering AS MATERIALIZED (
    SELECT s.oid FROM pg_class s JOIN pg_depend d ON d.objid = s.oid AND d.classid = 'pg_class'::regclass
    WHERE s.relkind = 'S' AND d.deptype IN ('a', 'i') AND d.refobjid = ANY (%s::regclass[])
)
"""
ANEW = f"""{NUMBERING}
SELECT count(setval(oid::regclass, 1, false)) FROM numbering WHERE pg_sequence_last_value(oid) IS NOT NULL
"""


def tables(*, like: str = "%") -> list[str]:
    """Every table of the product, by name."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE %s ORDER BY 1",
            [like],
        )
        return [name for (name,) in cursor.fetchall()]


def batch_tables() -> list[str]:
    """Every table that a batch may write to."""
    return [name for name in tables() if not name.startswith(KEPT)]


def empty(names: Sequence[str]) -> None:
    """Nothing stands in these tables, whatever triggers and references say; numbering starts anew."""
    _delete(names)
    with connection.cursor() as cursor:
        cursor.execute(ANEW, [list(names)])
        cursor.execute(
            "SELECT relname FROM pg_class WHERE oid = ANY(%s::regclass[]) AND pg_relation_size(oid) > %s",
            [list(names), LARGE],
        )
        if large := [name for (name,) in cursor.fetchall()]:
            cursor.execute(f"VACUUM {', '.join(large)}")


def empty_all() -> None:
    """Nothing but the standards stands."""
    empty([*batch_tables(), "django_session"])


def _delete(names: Sequence[str]) -> None:
    with connection.cursor() as cursor:
        if may_pass_triggers():
            deletes = ";".join(f"DELETE FROM {name}" for name in names)
            cursor.execute(f"BEGIN; SET LOCAL session_replication_role = replica; {deletes}; COMMIT")
        else:
            cursor.execute(f"TRUNCATE {', '.join(names)} CASCADE")


@lru_cache(maxsize=1)
def may_pass_triggers() -> bool:
    """The owner of the embedded server may; an account on a server of one's own need not."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = session_user")
        return bool(cursor.fetchone()[0])


def watch_standards() -> None:
    """From now on it is known when somebody writes to the standards; what stands in them is not known yet."""
    triggers = "".join(
        f"CREATE OR REPLACE TRIGGER watching AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {name}"
        " FOR EACH STATEMENT EXECUTE FUNCTION watching.touched();"
        for name in tables(like=r"standards\_%")
    )
    with connection.cursor() as cursor:
        cursor.execute(f"{WATCHING} {triggers} DELETE FROM watching.standing")


def stand(name: str, publish: Callable[[], object]) -> None:
    """The standards by this name stand; ``publish`` makes them, the first time in a run.

    Numbering goes on: an edition that a test published is never mistaken for one that a later test does.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM watching.standing")
        if cursor.fetchall() == [(name,)]:
            return
    if name in _copies:
        _delete(list(_copies[name]))
        copy_in(_copies[name])
        with connection.cursor() as cursor:
            cursor.execute(f"VACUUM ANALYZE {', '.join(_copies[name])}")
    else:
        _delete(tables(like=r"standards\_%"))
        forget_published()
        publish()
        if may_pass_triggers():
            _copies[name] = copied_out(tables(like=r"standards\_%"))
    forget_published()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM watching.standing")
        cursor.execute("INSERT INTO watching.standing VALUES (%s)", [name])


def forget_standards() -> None:
    """No standards stand."""
    _delete(tables(like=r"standards\_%"))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM watching.standing")
    forget_published()


def copied_out(names: Sequence[str]) -> dict[str, bytes]:
    """What stands in these tables."""
    found = {}
    with connection.cursor() as cursor:
        for name in names:
            with cursor.copy(f"COPY {name} TO STDOUT (FORMAT BINARY)") as pieces:
                found[name] = b"".join(bytes(piece) for piece in pieces)
    return found


def copy_in(copies: dict[str, bytes]) -> None:
    """The same stands in these empty tables; no trigger hears of it."""
    with connection.cursor() as cursor:
        cursor.execute("BEGIN; SET LOCAL session_replication_role = replica")
        for name, copied in copies.items():
            with cursor.copy(f"COPY {name} FROM STDIN (FORMAT BINARY)") as pieces:
                pieces.write(copied)
        cursor.execute("COMMIT")


def filled_tables() -> list[str]:
    """In which tables something stands, beside the standards."""
    names = [*batch_tables(), "django_session"]
    with connection.cursor() as cursor:
        cursor.execute(
            " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for name in names)
        )
        return [name for (name,) in cursor.fetchall()]


def numbered(names: Sequence[str]) -> list[tuple[str, int]]:
    """How far each numbering of these tables has come."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"{NUMBERING} SELECT oid::regclass::text, pg_sequence_last_value(oid) FROM numbering",
            [list(names)],
        )
        return [(name, last) for name, last in cursor.fetchall() if last is not None]


def number_on(reached: Sequence[tuple[str, int]]) -> None:
    """Numbering goes on from there."""
    with connection.cursor() as cursor:
        for name, last in reached:
            cursor.execute("SELECT setval(%s::regclass, %s)", [name, last])
