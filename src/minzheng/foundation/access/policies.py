"""The declarations of ``row_security`` written into the database (写入行级安全策略): two roles, one set of policies a table.

Applied after every migration and at start where the declarations have changed; doing it again changes nothing.
"""

import hashlib
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, models, transaction

from minzheng.foundation.access.row_security import Everyone, effective, ours
from minzheng.foundation.access.standing import SCOPED, WHOLE

ROLES = (SCOPED, WHOLE)
KEEPER = "foundation_auditentry"  # its policy's comment says what was applied
# Only read by pages, and added to; the triggers refuse the rest even to the owner.
APPEND_ONLY = ("foundation_auditentry",)
# Matching text by a pattern can't betray a row to someone who writes no SQL; marked so, indexes serve it under policies.
LEAKPROOF = (
    "pg_catalog.textlike(text,text)", "pg_catalog.texticlike(text,text)", "pg_catalog.arraycontains(anyarray,anyarray)",
    "pg_catalog.arrayoverlap(anyarray,anyarray)", "similarity_op(text,text)", "word_similarity_op(text,text)",
    "strict_word_similarity_op(text,text)", "pg_catalog.left(text,integer)",
)  # fmt: skip
LOCK = 7011


class UnprotectedError(RuntimeError):
    """The database does not hold pages to their scope; the message says what must be granted (未受行级安全保护)."""


def apply() -> bool:
    """Roles, grants and policies as declared; whether they stand now (应用策略).

    False where this account may not make the roles: then the database is left as it was, and ``problem`` says what to do.
    """
    with connection.cursor() as cursor:
        if not _roles_stand(cursor) and not _make_roles(cursor):
            return False
        with transaction.atomic():
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            tables = set(connection.introspection.table_names(cursor))
            for statement in statements(tables):
                cursor.execute(statement)
            if KEEPER in tables:
                cursor.execute(f"COMMENT ON TABLE {KEEPER} IS '{_mark(tables)}'")
        _mark_leakproof(cursor)
    return True


def apply_if_changed() -> None:
    """Apply where the declarations are not those last applied (有变化时应用)."""
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        cursor.execute("SELECT obj_description(to_regclass(%s), 'pg_class')", [KEEPER])
        if cursor.fetchone()[0] == _mark(tables) and _roles_stand(cursor) and not _bare(cursor):
            return
    apply()


def problem() -> str | None:
    """Why the database does not protect the pages, with what to grant; None where it does (检查保护)."""
    with connection.cursor() as cursor:
        if not _roles_stand(cursor):
            return (
                "数据库中没有受限角色, 当前数据库账号也无权建立或使用。请由数据库管理员执行: "
                f"CREATE ROLE {SCOPED} NOLOGIN; CREATE ROLE {WHOLE} NOLOGIN; "
                f"GRANT {SCOPED}, {WHOLE} TO {_account(cursor)}; 然后执行 minzheng setup"
            )
        cursor.execute(
            "SELECT string_agg(rolname, ', ') FROM pg_roles WHERE rolname = ANY(%s) AND (rolsuper OR rolbypassrls)",
            [list(ROLES)],
        )
        if too_much := cursor.fetchone()[0]:
            return f"受限角色 {too_much} 带有超级用户或 BYPASSRLS 权限, 请收回后再启动"
        bare = _bare(cursor)
    if bare:
        return f"{len(bare)} 张表没有启用行级安全 (例如 {bare[0]}), 请执行 minzheng setup"
    return None


def require() -> str | None:
    """Refuse to go on unprotected; a warning where the settings say that this is meant (启动检查).

    Raises ``UnprotectedError``.
    """
    if settings.WITHOUT_ROW_SECURITY:
        return "已按 MINZHENG_WITHOUT_ROW_SECURITY=1 关闭数据库行级安全: 网页只靠查询条件限定范围"
    if found := problem():
        raise UnprotectedError(f"{found}。确需不受保护地运行时, 设 MINZHENG_WITHOUT_ROW_SECURITY=1")
    return None


def statements(tables: set[str]) -> list[str]:
    """What makes the database as declared, for the tables there are (策略语句)."""
    made: list[str] = []
    for model in ours():
        if model._meta.db_table in tables and model._meta.managed:
            made += _policies(model)
    return made + _grants(tables)


def _grants(tables: set[str]) -> list[str]:
    """Last, when every table of ours is locked.

    A grant writes the table's row in the catalogue without locking the table: a VACUUM that holds the table would wait for
    the row, and the policies for the table.
    """
    schema, both = "CURRENT_SCHEMA", ", ".join(ROLES)
    return [
        f"""DO $$ BEGIN
            EXECUTE format('GRANT USAGE ON SCHEMA %I TO {both}', {schema});
            EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO {both}', {schema});
            EXECUTE format('GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA %I TO {both}', {schema});
        END $$""",
        *(f"REVOKE UPDATE, DELETE ON {table} FROM {both}" for table in APPEND_ONLY if table in tables),
    ]


def _policies(model: type[models.Model]) -> list[str]:
    table, scope = model._meta.db_table, effective(model)
    dropped = [f"DROP POLICY IF EXISTS {name} ON {table}" for name in ("node", *ROLES)]
    if isinstance(scope, Everyone):
        return [
            *dropped,
            f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
        ]
    made = [
        *dropped,
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY node ON {table} TO CURRENT_USER USING (true) WITH CHECK (true)",
    ]
    for role in ROLES:
        said = scope.condition(model, whole=role == WHOLE)
        if said != "false":
            made.append(f"CREATE POLICY {role} ON {table} TO {role} USING ({said}) WITH CHECK ({said})")
    return made


def _mark(tables: set[str]) -> str:
    text = "\n".join(statements(tables))
    return f"row security {hashlib.sha256(text.encode()).hexdigest()[:16]}"


def _roles_stand(cursor: Any) -> bool:
    allows = "SET" if connection.pg_version >= 160000 else "MEMBER"  # type: ignore[attr-defined]
    cursor.execute(
        "SELECT count(*) FROM pg_roles WHERE rolname = ANY(%s) AND pg_has_role(session_user, oid, %s)",
        [list(ROLES), allows],
    )
    return bool(cursor.fetchone()[0] == len(ROLES))


def _make_roles(cursor: Any) -> bool:
    """Make the roles and let this account take them; whether it was allowed."""
    for role in ROLES:
        with suppress(DatabaseError), transaction.atomic():  # there already, or not allowed: looked at below
            cursor.execute(f"CREATE ROLE {role} NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE")
        with suppress(DatabaseError), transaction.atomic():
            cursor.execute(f"GRANT {role} TO CURRENT_USER")
    return _roles_stand(cursor)


def _mark_leakproof(cursor: Any) -> None:
    """Where this account may: only a superuser marks functions, which the embedded server's is."""
    cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    if not cursor.fetchone()[0]:
        return
    cursor.execute(
        "SELECT to_regprocedure(n)::text FROM unnest(%s::text[]) n JOIN pg_proc p ON p.oid = to_regprocedure(n)"
        " WHERE NOT p.proleakproof",
        [list(LEAKPROOF)],
    )
    for (function,) in cursor.fetchall():
        cursor.execute(f"ALTER FUNCTION {function} LEAKPROOF")


def _bare(cursor: Any) -> list[str]:
    """Tables that should be held and are not, or whose policies a restore has left out."""
    held = [m._meta.db_table for m in ours() if m._meta.managed and not isinstance(effective(m), Everyone)]
    cursor.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = CURRENT_SCHEMA::regnamespace AND relname = ANY(%s)"
        " AND NOT (relrowsecurity AND relforcerowsecurity AND EXISTS"
        " (SELECT 1 FROM pg_policy p WHERE p.polrelid = pg_class.oid AND p.polname = 'node')) ORDER BY 1",
        [held],
    )
    return [name for (name,) in cursor.fetchall()]


def _account(cursor: Any) -> str:
    cursor.execute("SELECT quote_ident(session_user)")
    return str(cursor.fetchone()[0])
