"""The database holds a page to its scope, whatever the query forgets; and lets the node work."""

import ast
import threading
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.http import HttpResponse, StreamingHttpResponse
from django.test import override_settings
from django.urls import path
from tests.house.source import PRODUCT, python_files, tree

from minzheng.foundation.access import policies
from minzheng.foundation.access.row_security import Everyone, effective, ours
from minzheng.foundation.access.rules import authenticated, public
from minzheng.foundation.access.scope import Scope
from minzheng.foundation.access.standing import NOBODY, as_node, as_scope, standing
from minzheng.foundation.accounts.models import User
from minzheng.foundation.audit.models import AuditEntry
from minzheng.foundation.audit.services import record
from minzheng.foundation.database.backend.base import NODE, DatabaseWrapper
from minzheng.foundation.database.planned import planned_once
from minzheng.foundation.database.url import libpq_uri
from minzheng.urls import handler403, handler404, handler500  # noqa: F401 - this module is a URL configuration
from minzheng.urls import urlpatterns as house_patterns

HANGZHOU, NINGBO, PROVINCE = Scope("330100", 2), Scope("330200", 2), Scope("330000", 2)


def seen() -> set[str]:
    """Every account there is, as far as the connection may know."""
    return set(User.objects.values_list("username", flat=True))


def role() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        return str(cursor.fetchone()[0])


@public
def open_view(_request: Any) -> HttpResponse:
    return HttpResponse(",".join(sorted(seen())))


@authenticated
def everyone(_request: Any) -> HttpResponse:
    return HttpResponse(",".join(sorted(seen())))


@authenticated
def failing(_request: Any) -> HttpResponse:
    seen()
    raise RuntimeError("broken")


@authenticated
def broken_transaction(_request: Any) -> HttpResponse:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0")
    return HttpResponse("never")


@authenticated
def survived_transaction(_request: Any) -> HttpResponse:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")
    except DatabaseError:
        pass
    return HttpResponse(",".join(sorted(seen())))


@authenticated
def piece_by_piece(_request: Any) -> StreamingHttpResponse:
    def pieces() -> Iterator[bytes]:
        for name in sorted(seen()):
            yield f"{name},".encode()
        yield f"again {len(seen())}".encode()

    return StreamingHttpResponse(pieces())


urlpatterns = [
    path("open/", open_view),
    path("everyone/", everyone),
    path("failing/", failing),
    path("broken/", broken_transaction),
    path("survived/", survived_transaction),
    path("pieces/", piece_by_piece),
    *house_patterns,
]
here = override_settings(ROOT_URLCONF=__name__)


@pytest.fixture
def three(db: None) -> None:
    for name, division in (("hangzhou", "330106"), ("ningbo", "330203"), ("province", "330000")):
        User.objects.create_user(
            name, display_name=name, division_code=division, roles=["clerk"], must_change_password=False
        )


def test_a_query_without_a_filter_gives_what_the_scope_covers(three):
    with as_scope(HANGZHOU):
        assert seen() == {"hangzhou"}
    with as_scope(NINGBO):
        assert seen() == {"ningbo"}
    with as_scope(PROVINCE):
        assert seen() == {"hangzhou", "ningbo", "province"}
    assert seen() == {"hangzhou", "ningbo", "province"}, "outside the block it is the node again"


def test_where_no_scope_is_set_there_is_nothing(three):
    with standing(NOBODY):
        for model in ours():
            if not isinstance(effective(model), Everyone):
                assert not model._default_manager.exists(), model
        assert not seen()
        with as_node():
            assert seen()
        assert not seen()


def test_nothing_can_be_written_outside_the_scope(three):
    with as_scope(HANGZHOU):
        assert User.objects.filter(username="ningbo").update(data_level=4) == 0
        assert User.objects.all().update(data_level=1) == 1
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            User.objects.create_user("spy", display_name="x", division_code="330203")
    assert User.objects.get(username="ningbo").data_level == 2


def test_the_audit_trail_takes_entries_and_gives_the_own_divisions(three):
    hangzhou, ningbo = (User.objects.get(username=name) for name in ("hangzhou", "ningbo"))
    record(by=ningbo, action="x", object_kind="y", object_id=1)
    with as_scope(Scope.of(hangzhou)):
        record(by=hangzhou, action="x", object_kind="y", object_id=2)
        assert set(AuditEntry.objects.values_list("object_id", flat=True)) == {"2"}
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            AuditEntry.objects.update(purpose="")


def test_a_rollback_takes_no_one_out_of_the_scope(three):
    with as_scope(HANGZHOU):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")
        assert seen() == {"hangzhou"}
        with pytest.raises(DatabaseError), transaction.atomic(), as_node(), connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")
        assert seen() == {"hangzhou"}


@pytest.mark.django_db(transaction=True)
def test_a_new_session_stands_where_the_old_one_stood(three):
    with as_scope(HANGZHOU):
        assert seen() == {"hangzhou"}
        connection.close()
        assert seen() == {"hangzhou"}
        with pytest.raises(RuntimeError), transaction.atomic():
            assert role() == "minzheng_scoped"
            raise RuntimeError
        assert role() == "minzheng_scoped"
    with transaction.atomic(), as_scope(NINGBO):
        assert seen() == {"ningbo"}
    assert len(seen()) == 3


def asked_by_plan() -> set[str]:
    """The same by a statement that the session plans once."""
    return {row.username for row in planned_once(User.objects.values_list("username"))}


def test_a_statement_planned_once_is_held_to_whoever_asks_now(three):
    """With the same session's plans: under two cities, under the province, as the node, as no one, again and again."""
    for _ in range(8):
        with as_scope(HANGZHOU):
            assert asked_by_plan() == {"hangzhou"}
        with as_scope(NINGBO):
            assert asked_by_plan() == {"ningbo"}
        with as_scope(PROVINCE):
            assert asked_by_plan() == {"hangzhou", "ningbo", "province"}
        with standing(NOBODY):
            assert asked_by_plan() == set()
        assert len(asked_by_plan()) == 3
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT split_part(statement, ' ', 2), generic_plans FROM pg_prepared_statements"
            " WHERE statement LIKE %s", ["%foundation_user%"],
        )  # fmt: skip
        plans = dict(cursor.fetchall())
    assert set(plans) == {"minzheng_scoped", "minzheng_whole", "node", "nobody"}
    assert min(plans.values()) >= 3, "after five times the plan stands"


def test_a_plan_made_under_one_role_is_not_used_under_another(three):
    """What PostgreSQL itself sees to, were a statement ever to be shared between roles."""
    with as_node(), connection.cursor() as cursor:
        cursor.execute("PREPARE all_of_them AS SELECT count(*) FROM foundation_user")
        for _ in range(7):
            cursor.execute("EXECUTE all_of_them")
        assert cursor.fetchone() == (3,)
    with as_scope(HANGZHOU), connection.cursor() as cursor:
        cursor.execute("EXECUTE all_of_them")
        assert cursor.fetchone() == (1,)
        cursor.execute("DEALLOCATE all_of_them")


def test_a_rollback_leaves_statements_planned_once_usable_and_held(three):
    with as_scope(HANGZHOU):
        assert asked_by_plan() == {"hangzhou"}
        with pytest.raises(DatabaseError), transaction.atomic():
            asked_by_plan()
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 / 0")
        assert asked_by_plan() == {"hangzhou"}
        with pytest.raises(DatabaseError), transaction.atomic():
            planned_once(User.objects.extra(where=["1 / (id - id) = 1"]).values_list("username"))
        assert asked_by_plan() == {"hangzhou"}


@here
def test_a_request_is_held_and_the_connection_put_back(client, three):
    client.force_login(User.objects.get(username="hangzhou"))
    assert client.get("/everyone/").content == b"hangzhou"
    assert connection.standing is NODE
    assert client.get("/open/").content == b"", "a page for everyone is no one's"
    with pytest.raises(RuntimeError):
        client.get("/failing/")
    assert connection.standing is NODE and len(seen()) == 3
    with pytest.raises(DatabaseError):
        client.get("/broken/")
    assert connection.standing is NODE and len(seen()) == 3
    assert client.get("/survived/").content == b"hangzhou"
    assert client.get("/nowhere/").status_code == 404
    assert connection.standing is NODE and role() != "minzheng_scoped"


@here
def test_what_is_streamed_is_held_too(client, three):
    client.force_login(User.objects.get(username="hangzhou"))
    answer = client.get("/pieces/")
    first = next(iter(answer.streaming_content))
    assert (first, len(seen())) == (b"hangzhou,", 3), "between two pieces the thread is nobody's page"
    assert b"".join(client.get("/pieces/").streaming_content) == b"hangzhou,again 1"


@pytest.mark.django_db(transaction=True)
def test_a_thread_that_a_page_starts_knows_nothing(three, monkeypatch):
    monkeypatch.setattr(DatabaseWrapper, "at_first", NOBODY)  # as in a process that serves pages
    found: list[set[str]] = []

    def look() -> None:
        found.append(seen())
        connection.close()

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert found == [set()]


@here
def test_the_scope_costs_a_request_two_small_statements(client, three, monkeypatch):
    client.force_login(User.objects.get(username="hangzhou"))
    client.get("/everyone/")
    settled: list[str] = []
    whole = DatabaseWrapper.create_cursor

    def counting(self: DatabaseWrapper, name: str | None = None) -> Any:
        if self._session != self.standing:
            settled.append(self.standing.name)
        return whole(self, name)

    monkeypatch.setattr(DatabaseWrapper, "create_cursor", counting)
    client.get("/everyone/")
    client.get("/everyone/")
    assert settled == ["minzheng_scoped 330106", "node", "minzheng_scoped 330106"]


def test_every_table_is_held_or_says_why_not(db):
    assert policies.problem() is None
    said = {model._meta.label: effective(model) for model in ours()}
    free = {label for label, scope in said.items() if isinstance(scope, Everyone)}
    assert not {label for label in free if not said[label].why}
    assert {"foundation.User", "registry.Person", "registry.PersonClaim", "exchange.Batch"}.isdisjoint(free)


def test_applying_again_changes_nothing(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), md5(string_agg(pg_policies::text, '' ORDER BY tablename, policyname)) FROM pg_policies"
        )
        before = cursor.fetchone()
        assert policies.apply()
        cursor.execute(
            "SELECT count(*), md5(string_agg(pg_policies::text, '' ORDER BY tablename, policyname)) FROM pg_policies"
        )
        assert cursor.fetchone() == before
    call_command("migrate", verbosity=0)


@pytest.mark.django_db(transaction=True)
def test_policies_wait_for_who_is_at_work_on_a_table_and_he_not_for_them(db):
    """One vacuums or analyses a table while a new version starts: neither is cancelled."""
    done: list[bool] = []

    def apply() -> None:
        done.append(policies.apply())
        connection.close()

    with psycopg.connect(libpq_uri(connection.settings_dict)) as other:
        other.execute("LOCK TABLE registry_person IN SHARE UPDATE EXCLUSIVE MODE")
        thread = threading.Thread(target=apply)
        thread.start()
        for _ in range(500):
            waiting = other.execute(
                "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'registry_person'::regclass"
            ).fetchone()
            if waiting != (0,):
                break
            time.sleep(0.01)
        assert waiting == (1,)
        other.execute("ANALYZE registry_person")
    thread.join(10)
    assert done == [True]


def test_a_table_that_lost_its_policy_is_noticed_and_mended(db):
    with connection.cursor() as cursor:
        cursor.execute("DROP POLICY node ON registry_person")
        cursor.execute("ALTER TABLE exchange_batch DISABLE ROW LEVEL SECURITY")
    assert "2 张表没有启用行级安全" in str(policies.problem())
    with pytest.raises(policies.UnprotectedError, match="minzheng setup"):
        policies.require()
    policies.apply_if_changed()
    assert policies.problem() is None


def test_unprotected_only_when_the_settings_say_so(db, settings, three):
    settings.WITHOUT_ROW_SECURITY = True
    assert "已按 MINZHENG_WITHOUT_ROW_SECURITY=1 关闭" in str(policies.require())
    with as_scope(HANGZHOU):
        assert len(seen()) == 3


@pytest.mark.django_db(transaction=True)
def test_an_account_that_may_make_no_roles_is_told_what_to_grant(db):
    """A server of one's own, where the roles belong to another and may not be taken."""
    uri = libpq_uri(connection.settings_dict)
    with psycopg.connect(uri, autocommit=True) as admin:
        admin.execute("DROP ROLE IF EXISTS plain_account")
        admin.execute("CREATE ROLE plain_account LOGIN")
        try:
            admin.execute("GRANT USAGE ON SCHEMA public TO plain_account")
            connection.close()
            with connection.cursor() as cursor:
                cursor.execute("SET SESSION AUTHORIZATION plain_account")
                try:
                    assert policies.apply() is False
                    told = str(policies.problem())
                    with pytest.raises(policies.UnprotectedError, match="MINZHENG_WITHOUT_ROW_SECURITY=1"):
                        policies.require()
                finally:
                    cursor.execute("RESET SESSION AUTHORIZATION")
            assert "GRANT minzheng_scoped, minzheng_whole TO plain_account" in told
        finally:
            connection.close()
            admin.execute("DROP OWNED BY plain_account")
            admin.execute("DROP ROLE plain_account")


def test_the_bulk_road_stays_out_of_pages():
    """It is the node's own: what asks for a page may take it only for rows that came to it through the policies."""
    through_the_policies = {
        "listing.py", "pair.py", "persons.py",  # review: rows of items, and persons, the page was given
    }  # fmt: skip
    asking = [p for p in python_files() if "web" in p.parts or p.stem == "queries" or "queries" in p.parts]
    assert len(asking) > 20
    taking = {
        path.relative_to(PRODUCT).as_posix()
        for path in asking
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom) and node.module == "minzheng.foundation.database.arrow"
    }
    assert taking <= {f"web/desk/review/views/{name}" for name in through_the_policies}
