"""The cycle: queued when due, never two at once, later with every failure, told after the third."""

from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from tests.exchange.database_sources.pulling import COLUMNS, make_table, minutes_ago, put
from tests.exchange.database_sources.servers import postgres_beside
from tests.exchange.intakes.entering import allow, checked, entered, failed, names, run
from tests.exchange.numbers import people, person
from tests.node import Node

from minzheng.exchange import jobs, sources
from minzheng.exchange.errors import IntakeError
from minzheng.exchange.intake import running, services
from minzheng.exchange.models import Batch, DatabaseSource, Intake
from minzheng.foundation.access.scope import Scope
from minzheng.foundation.database.url import libpq_uri
from minzheng.foundation.notices.models import Notice
from minzheng.stewardship.resources.queries.feeds import watched


@pytest.fixture
def drop(node: Node, tmp_path: Path) -> Path:
    folder = tmp_path / "drop"
    folder.mkdir()
    allow(str(folder))
    return folder


def queued() -> list[str]:
    return list(
        ProcrastinateJob.objects.filter(task_name="exchange.fetch_intake").values_list("lock", flat=True)
    )


def test_what_is_due_is_queued_once_and_run(drop: Path) -> None:
    intake = entered("folder", {"folder": str(drop), "settle": 0}, cycle=60)
    entered_by_hand = services.add("另一个", feed="persons", adapter="folder", values={"folder": str(drop)}, by=None,
                                   at=timezone.now())  # fmt: skip
    assert entered_by_hand.next_at is None
    jobs.queue_due_intakes(timestamp=0)
    jobs.queue_due_intakes(timestamp=0)
    assert queued() == [f"intake-{intake.pk}"], "asked twice, queued once, and locked by its own name"
    (drop / "一.csv").write_text(people(person("王晓", 1)))
    jobs.fetch_intake(intake.pk)
    intake.refresh_from_db()
    assert names() == {"王晓"} and intake.next_at - intake.pulled_at == timedelta(hours=1)
    services.pause(intake, paused=True, by=None, at=timezone.now())
    assert intake.next_at is None
    services.pause(intake, paused=False, by=None, at=timezone.now())
    assert intake.next_at is not None


def test_two_runs_of_one_source_do_not_run_side_by_side(drop: Path) -> None:
    intake = entered("folder", {"folder": str(drop), "settle": 0})
    with psycopg.connect(libpq_uri(connection.settings_dict)) as other:
        other.execute("SELECT pg_advisory_lock(%s, %s)", (running.LOCK_CLASS, intake.pk))
        with pytest.raises(IntakeError, match="正在取数"):
            run(intake)
        assert intake.state == "new" and intake.failures == 0, "who waits has not failed"
    assert run(intake) == []


def test_failures_are_counted_put_off_told_and_shown(drop: Path) -> None:
    intake = entered("folder", {"folder": str(drop), "settle": 0}, cycle=15)
    drop.rmdir()
    waits = []
    for _ in range(3):
        failed(intake)
        waits.append((intake.next_at - intake.pulled_at) // timedelta(minutes=1))
    assert waits == [5, 10, 20] and intake.failures == 3
    Intake.objects.update(failures=30)
    intake.refresh_from_db()
    failed(intake)
    assert intake.next_at - intake.pulled_at == timedelta(hours=6)
    (notice,) = Notice.objects.filter(key__startswith="intake-failed:")
    assert notice.title == "接入来源“市公安局”连续 3 次取数失败" and notice.url == f"/intakes/{intake.pk}/"
    (source,) = [s for s in watched(Scope("330000", 3), at=timezone.now()) if s.name == "市公安局"]
    assert source.intake == intake and "不存在" in source.fetched.problem
    jobs.fetch_intake(intake.pk)  # a failure stands in the row; the job itself is done
    drop.mkdir()
    run(intake)
    assert (intake.failures, intake.problem, intake.state) == (0, None, "working")


def test_a_view_of_a_database_is_read_on_from_where_the_command_had_come(node: Node) -> None:
    with postgres_beside() as server:
        make_table(server)
        put(server, (1, "王晓", minutes_ago(60)), (2, "李芳", minutes_ago(50)))
        server.run("CREATE VIEW rk_view AS SELECT * FROM rk")
        given = {"table": "rk_view", "key_columns": ["id"], "time_column": "gxsj", "columns": COLUMNS}
        source = sources.add("市人口库", feed="persons", url=server.url, by=None, at=timezone.now(),
                             overlap=timedelta(0), **given)  # fmt: skip
        sources.pull(source, by=None, at=timezone.now())
        intake = services.adopt(source, cycle_minutes=60, by=None, at=timezone.now())
        assert not DatabaseSource.objects.exists() and intake.reached["key"] == ["2"]
        assert "不在允许访问的地址之内" in checked(intake)
        host = intake.settings["host"]
        allow(host if host.startswith("/") else f"{host}:{intake.settings['port'] or 5432}", "127.0.0.1")
        assert checked(intake).startswith("连接正常: PostgreSQL") and "共 2 行" in checked(intake)
        put(server, (3, "张三丰", minutes_ago(1)))
        (batch,) = run(intake)
        assert batch.counts["read"] <= 2 and batch.counts["created"] == 1
        assert names() == {"王晓", "李芳", "张三丰"} and intake.reached["key"] == ["3"]
        run(intake)  # the last row once more, for it is looked back to
        assert run(intake) == [] and Batch.objects.count() == 3, "the same content makes no batch"
        password = services.opened(intake)["password"]
        assert not password or password not in repr(intake.settings)
        with pytest.raises(IntakeError, match="连接选项 hostaddr 不能使用"):
            services.change(intake, values=intake.settings | {"options": "hostaddr=10.0.0.1", "password": "x"},
                            cycle_minutes=0, by=None, at=timezone.now())  # fmt: skip
        server.run("DROP VIEW rk_view")
        assert "没有这个表, 或表已被删除" in failed(intake)
