"""What a subscriber is told: in order, by filter, no more than granted, nothing lost and nothing twice without need."""

import threading
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone
from tests.node import Node, standards_of_this_run
from tests.sharing.making import ID, cities, granted, node, officer, system, transactional_db
from tests.sharing.subscriptions.telling import changed, person_of, subscribed, system_with_grant

from minzheng.foundation.database.url import libpq_uri
from minzheng.sharing.grants import services as granting
from minzheng.sharing.grants.changes import Cursor, changes_since
from minzheng.sharing.grants.granted.reading import scope_of
from minzheng.sharing.grants.models import Grant
from minzheng.sharing.subscriptions import services
from minzheng.sharing.subscriptions.events import Batch, give, read
from minzheng.sharing.subscriptions.models import Subscription
from minzheng.sharing.subscriptions.terms import State, SubscriptionError

__all__ = ["cities", "node", "standards_of_this_run", "transactional_db"]


def told(one: Subscription, since: Cursor | None = None, *, limit: int = 100) -> Batch:
    """Read as the senders read, and kept as given."""
    found = read(one, one.grant, Cursor(one.position, one.within) if since is None else since, limit=limit)
    give(one, found)
    if since is None:
        one.position, one.within = found.after.position, found.after.within
        one.save()
    return found


def said(batch: Batch) -> list[tuple[str, str]]:
    return [(e["type"].rpartition(".")[2], e["data"].get("person_person_name", "")) for e in batch.events]


def test_an_event_is_a_cloud_event_with_granted_fields_alone(node: Node) -> None:
    grant = system_with_grant(
        division_code="330106", fields=[ID, "person_person_name", "person_phone"], masked=["person_phone"]
    )
    one = subscribed(grant, begin="start")
    batch = told(one)
    assert {name for _, name in said(batch)} == {"王晓", "王建国"}, "of this division alone"
    event = batch.events[0]
    assert {name: event[name] for name in ("specversion", "source", "datacontenttype", "dataschema")} == {
        "specversion": "1.0", "source": f"urn:minzheng:{settings.NODE_DIVISION_CODE}:persons",
        "datacontenttype": "application/json", "dataschema": "urn:minzheng:data-set:persons",
    }  # fmt: skip
    assert event["type"] == "minzheng.persons.created" and event["subject"] == event["data"]["id"]
    assert set(event["data"]) == {"id", ID, "person_person_name", "person_phone"}
    assert event["data"]["person_phone"].startswith("138****")
    numbers = [(e["sequence"], Cursor.of(e["id"])) for e in batch.events]
    assert numbers == sorted(numbers) and len(set(numbers)) == len(numbers)
    assert told(one).events == [], "and not again"


def test_a_filter_bounds_kinds_elements_codes_and_division(node: Node) -> None:
    grant = system_with_grant()
    names = ("person_person_name", "person_sex_code")
    everything = subscribed(grant, name="全部")
    narrow = subscribed(
        grant, name="窄", wanted={"fields": names, "codes": {"person_sex_code": ["1"]}, "division": "330106"}
    )
    gone = subscribed(grant, name="离开", wanted={"kinds": ["withdrawn"], "division": "330106"})
    changed(node, "王晓", phone_blind=None, education_code="20")
    changed(node, "王芳", education_code="20")
    assert said(told(everything)) == [("updated", "王晓"), ("updated", "王芳")]
    assert said(told(narrow)) == [("updated", "王晓")], "of another division the other, and not asked for"
    changed(node, "王晓", education_code="30")
    assert said(told(everything)) == [("updated", "王晓")]
    assert told(narrow).events == [], "no element that is told of has changed"
    changed(node, "王晓", sex_code="2")
    assert said(told(narrow)) == [("withdrawn", "")], "no longer of those asked for"
    changed(node, "王晓", sex_code="2", education_code="40")
    assert told(narrow).events == [], "nor told of any more"
    changed(node, "王晓", sex_code="1")
    assert said(told(narrow)) == [("updated", "王晓")]
    assert told(gone).events == [], "it asked for none of these"
    changed(node, "王晓", "moved", former="330106", hukou_division_code="330203")
    assert said(told(gone)) == [("withdrawn", "")], "whoever leaves is told to the place he left"
    assert said(told(narrow)) == [("withdrawn", "")]
    assert said(told(everything)) == [("updated", "王晓")]
    changed(node, "王晓", "moved", former="330203", hukou_division_code="330106")


def test_a_filter_goes_no_further_than_the_grant(node: Node) -> None:
    grant = system_with_grant(
        division_code="330106", fields=[ID, "person_person_name", "person_phone"], masked=["person_phone"]
    )
    for wanted, why in (
        ({"fields": ["person_sex_code"]}, "授权内的字段"), ({"codes": {"person_sex_code": ["1"]}}, "授权内的字段"),
        ({"division": "330203"}, "超出授权范围"), ({"kinds": ["deleted"]}, "kinds"), ({"sql": "1=1"}, "只能写"),
        ({"codes": {"person_phone": ["1"]}}, "遮蔽"), ({"fields": "person_phone"}, "授权内的字段"),
    ):  # fmt: skip
        with pytest.raises(SubscriptionError, match=why):
            subscribed(grant, wanted=wanted)
    without = system_with_grant("other", methods=["one", "changes"])
    with pytest.raises(SubscriptionError, match="没有这个数据集订阅推送方式"):
        subscribed(without)
    assert not Subscription.objects.exists()


def test_nothing_is_lost_when_a_later_number_is_committed_first(node: Node) -> None:
    one = subscribed(system_with_grant())
    first, second = person_of(node, "王晓"), person_of(node, "王芳")
    insert = """INSERT INTO foundation_outboxentry (at, data_set, division_code, operation, subject_ids)
        VALUES (now(), 'persons', '330106', 'updated', ARRAY[%s::uuid])"""
    uri = libpq_uri(connection.settings_dict)
    with psycopg.connect(uri) as early, psycopg.connect(uri, autocommit=True) as late:
        early.execute(insert, [first])  # has the lower number, and is not committed
        late.execute(insert, [second])
        assert [event["subject"] for event in told(one).events] == [str(second)]
        early.commit()
    assert [event["subject"] for event in told(one).events] == [str(first)]


def test_under_concurrent_writers_every_change_is_told_once_in_one_order(node: Node) -> None:
    grant = system_with_grant()
    begun = subscribed(grant)
    start = Cursor(begun.position, begun.within)
    who = person_of(node, "王晓")
    uri, wanted = libpq_uri(connection.settings_dict), 4 * 25

    def write() -> None:
        with psycopg.connect(uri) as line:
            for _ in range(25):
                line.execute(
                    "INSERT INTO foundation_outboxentry (at, data_set, division_code, operation, subject_ids)"
                    " VALUES (clock_timestamp(), 'persons', '330106', 'updated', ARRAY[%s::uuid])", [who]
                )  # fmt: skip
                line.commit()

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    seen: list[Cursor] = []
    place = start
    while any(w.is_alive() for w in writers) or len(seen) < wanted:
        found = changes_since(scope_of(grant), "persons", place, limit=7)
        seen += [one.after for one in found]
        place = seen[-1] if seen else start
        assert len(seen) <= wanted
    assert seen == sorted(set(seen)) and len(seen) == wanted
    again = changes_since(scope_of(grant), "persons", start, limit=1000)
    assert [one.after for one in again] == seen, "the same from the same place"


def test_replaying_tells_again_and_a_batch_is_never_longer_than_asked(node: Node) -> None:
    one = subscribed(system_with_grant(), begin="start")
    first, second = told(one, limit=2), told(one, limit=2)
    assert len(first.events) == 2 and first.more and len(second.events) >= 1
    rest = told(one)
    assert told(one).events == []
    replayed = services.replay(subscription=one, begin="start", by="yibao", at=timezone.now())
    again = told(replayed, limit=2)
    assert [e["id"] for e in again.events] == [e["id"] for e in first.events], (
        "the same ids from the same place"
    )
    middle = services.replay(subscription=one, begin=str(first.after), by="yibao", at=timezone.now())
    ids = [e["id"] for e in (*second.events, *rest.events)]
    assert [e["id"] for e in told(middle).events] == ids
    soon = (timezone.now() + timedelta(minutes=1)).isoformat()
    assert told(services.replay(subscription=one, begin=soon, by="yibao", at=timezone.now())).events == []
    ago = (timezone.now() - timedelta(days=1)).isoformat()
    assert (
        len(told(services.replay(subscription=one, begin=ago, by="yibao", at=timezone.now())).events)
        == len(ids) + 2
    )
    for wrong in ("昨天", "2026-01-01T00:00:00", "-1.0", "1.x"):
        with pytest.raises(SubscriptionError):
            services.replay(subscription=one, begin=wrong, by="yibao", at=timezone.now())
    with pytest.raises(SubscriptionError, match="不是本系统"):
        services.replay(subscription=one, begin="start", by="another", at=timezone.now())


def test_a_test_system_is_told_of_the_sample_alone(node: Node) -> None:
    by = officer()
    client = system(by, "trying", is_test=True)
    granted(client, by)
    batch = told(subscribed(Grant.objects.select_related("client").get(), begin="start"))
    names = {name for _, name in said(batch)}
    assert len(batch.events) == 5 and all(name.startswith("样例") for name in names)


def test_a_grant_taken_back_ends_its_subscriptions(node: Node) -> None:
    grant = system_with_grant()
    one = subscribed(grant)
    granting.withdraw(grant=grant, reason="用途已变", by=officer("other"), at=timezone.now())
    services.sweep(at=timezone.now())
    one.refresh_from_db()
    assert one.state == State.ENDED and "撤回" in one.reason
    with pytest.raises(SubscriptionError, match="没有这个数据集"):
        subscribed(grant)


def test_the_same_name_is_the_same_subscription(node: Node) -> None:
    grant = system_with_grant()
    said_: dict[str, Any] = {"client": "yibao", "data_set": "persons", "name": "核对", "at": timezone.now()}
    first = services.subscribe(**said_)
    again = services.subscribe(**said_)
    assert first.is_new and not again.is_new and first.subscription.pk == again.subscription.pk
    with pytest.raises(SubscriptionError, match="已经存在且内容不同"):
        services.subscribe(**said_, wanted={"kinds": ["created"]})
    services.end(subscription=first.subscription, by="yibao", at=timezone.now())
    assert services.subscribe(**said_, wanted={"kinds": ["created"]}).is_new
    assert grant.pk
