"""How feeds are watched: by source, against the promise, within the scope."""

import json
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from django.utils import timezone
from tests.exchange.numbers import people, person
from tests.node import Node

from minzheng.cli.group import cli
from minzheng.exchange.models import Batch, DatabaseSource
from minzheng.foundation.access.scope import Scope
from minzheng.foundation.notices.models import Notice
from minzheng.registry.models import Source
from minzheng.stewardship.resources import services
from minzheng.stewardship.resources.queries.feeds import (
    last_arrivals,
    refused_files,
    running,
    watched,
    watched_feeds,
)
from minzheng.stewardship.resources.queries.tallies import trend
from minzheng.stewardship.resources.terms import Punctuality

PROVINCE, HANGZHOU = Scope("330000", 3), Scope("330100", 3)


@pytest.fixture
def brought(node: Node) -> Node:
    """Two sources of 人口底册: one file with a bad row, one file given back."""
    node.bring("persons", people(person(), person("王芳", 2, 性别="某")), source="杭州公安")
    node.bring("persons", "甲,乙\n1,2\n", source="宁波公安", name="错误.csv")
    return node


def by_name(scope: Scope = PROVINCE, **later: Any) -> dict[str, Any]:
    return {source.name: source for source in watched(scope, at=timezone.now() + timedelta(**later))}


def test_a_source_is_counted_with_what_it_brought(brought: Node) -> None:
    found = by_name()
    good, bad = found["杭州公安"], found["宁波公安"]
    assert (good.tally.batches, good.tally.read, good.tally.accepted, good.tally.quarantined) == (1, 2, 1, 1)
    assert good.tally.failure_rate == 0.5 and good.tally.seconds > 0 and good.tally.rows_per_s is not None
    assert good.standing.state == Punctuality.ON_TIME and good.cycle == "每月"
    assert (bad.tally.refused, bad.tally.read, bad.last_at) == (1, 0, None)
    assert bad.standing.state == Punctuality.ON_TIME, "a month from its first file is left"


def test_a_source_that_does_not_come_again_is_late_and_a_refused_file_is_no_delivery(brought: Node) -> None:
    assert by_name(days=40)["杭州公安"].standing.state == Punctuality.LATE
    found = by_name(days=90)["宁波公安"].standing
    assert found.state == Punctuality.VERY_LATE and found.workdays_late > 20
    feed = next(
        f for f in watched_feeds(PROVINCE, at=timezone.now() + timedelta(days=90)) if f.key == "persons"
    )
    assert feed.state == Punctuality.VERY_LATE and feed.late == 2


def test_a_database_that_had_nothing_new_has_delivered(brought: Node) -> None:
    DatabaseSource.objects.create(
        name="杭州公安", feed="persons", division_code="330000", kind="mysql", url_cipher=b"x", table="t",
        key_columns=["id"], created_at=timezone.now(), state="working", pulled_at=timezone.now() + timedelta(days=35),
    )  # fmt: skip
    DatabaseSource.objects.create(
        name="从未抽取", feed="persons", division_code="330000", kind="mysql", url_cipher=b"x", table="t",
        key_columns=["id"], created_at=timezone.now(), state="failed", problem="连接不上",
    )  # fmt: skip
    found = by_name(days=40)
    assert found["杭州公安"].standing.state == Punctuality.ON_TIME
    assert found["从未抽取"].standing.state == Punctuality.LATE
    assert found["从未抽取"].fetched.problem == "连接不上"


def test_days_without_anything_are_there_too(brought: Node) -> None:
    days = trend(PROVINCE, "persons", at=timezone.now(), days=7)
    assert [day.tally.batches for day in days] == [0, 0, 0, 0, 0, 0, 2]
    assert sum(day.tally.batches for day in trend(PROVINCE, "marriages", at=timezone.now())) == 0


def test_what_runs_and_what_was_given_back(brought: Node) -> None:
    assert running(PROVINCE) == []
    (refused,) = refused_files(PROVINCE, at=timezone.now())
    assert refused.file_name == "错误.csv" and refused.problem
    Batch.objects.filter(pk=refused.pk).update(stage=Batch.Stage.EXTRACTED)
    assert [batch.pk for batch in running(PROVINCE)] == [refused.pk]


def test_a_city_sees_no_source_of_the_province_and_still_the_day_of_arrival(brought: Node) -> None:
    assert watched(HANGZHOU, at=timezone.now()) == []
    assert all(not feed.sources for feed in watched_feeds(HANGZHOU, at=timezone.now()))
    assert running(HANGZHOU) == refused_files(HANGZHOU, at=timezone.now()) == []
    assert not any(day.tally.batches for day in trend(HANGZHOU, None, at=timezone.now()))
    assert set(last_arrivals(HANGZHOU)) == {"persons"}


def test_a_late_feed_is_told_once_to_the_data_officers(brought: Node, make_user: Any) -> None:
    make_user("officer", "data_officer")
    assert services.tell_late_feeds(at=timezone.now()) == 0
    late = timezone.now() + timedelta(days=40)
    assert services.tell_late_feeds(at=late) == services.tell_late_feeds(at=late) == 2
    notices = list(Notice.objects.filter(key__startswith="feed-late:").order_by("id"))
    assert len(notices) == 2
    assert (
        notices[0].title.startswith("数据逾期：人口底册（") and notices[0].url == "/resources/feeds/persons/"
    )
    services.tell_late_feeds(at=late + timedelta(days=40))
    assert Notice.objects.filter(key__startswith="feed-late:").count() == 4, "very late is told anew"


def test_a_source_that_is_not_expected_is_not_told_of(brought: Node, make_user: Any) -> None:
    admin = make_user("admin", "administrator")
    services.set_resource(
        key="persons",
        source="宁波公安",
        values={"note": "只报过一次"},
        expected=False,
        by=admin,
        at=timezone.now(),
    )
    services.set_resource(
        key="persons", source="杭州公安", values={"cycle_code": "6"}, by=admin, at=timezone.now()
    )
    found = by_name(days=90)
    assert found["宁波公安"].standing.state == Punctuality.NO_PROMISE
    assert found["杭州公安"].standing.state == Punctuality.ON_TIME and found["杭州公安"].cycle == "每年"
    assert services.tell_late_feeds(at=timezone.now() + timedelta(days=90)) == 0


def test_the_command_gives_the_same_figures(brought: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("minzheng.cli.exchange.boot", lambda: None)
    done = CliRunner().invoke(cli, ["feeds", "--json"])
    assert done.exit_code == 0, done.output
    persons = next(row for row in json.loads(done.output) if row["feed"] == "persons")
    assert persons["columns"][0] == {"heading": "姓名", "required": True}
    good = next(s for s in persons["sources"] if s["source"] == "杭州公安")
    assert (good["read"], good["quarantined"], good["state"], good["cycle"]) == (2, 1, "on_time", "每月")
    assert good["batch"] and good["last_arrival"] and good["due_on"]
    plain = CliRunner().invoke(cli, ["feeds"])
    assert "杭州公安" in plain.output and "退回 1 件" in plain.output


def test_many_sources_are_asked_in_few_queries(brought: Node, django_assert_max_num_queries: Any) -> None:
    now = timezone.now()
    Source.objects.bulk_create([Source(name=f"来源{n}", feed="persons", created_at=now) for n in range(50)])
    pattern = Batch.objects.filter(source_name="杭州公安").get()
    from minzheng.kernel.uuid7 import uuid7

    Batch.objects.bulk_create(
        [
            Batch(
                id=uuid7(now), feed="persons", source_id=source.pk, source_name=source.name, file_name="甲.csv",
                division_code="330000", received_at=now, received_by="", stage="finished", counts=pattern.counts,
                timings=pattern.timings, finished_at=now, followed_at=now,
            )
            for source in Source.objects.filter(name__startswith="来源")
        ]
    )  # fmt: skip
    with django_assert_max_num_queries(12):
        assert len(watched(PROVINCE, at=now)) == 52
