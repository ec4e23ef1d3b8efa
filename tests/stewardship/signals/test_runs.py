"""Runs: batches end where a look at everything ends; once a subject; what officials decided stands."""

import json
import random

import pytest
from click.testing import CliRunner
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from tests.business.registering import nothing_more_to_settle
from tests.exchange.numbers import csv_text
from tests.node import Node
from tests.stewardship.signals.files import (
    CARDS,
    HEADINGS,
    bring,
    cremated,
    cremation_row,
    kept,
    last_change,
    marriage_row,
    name,
    paid,
    payment_rows,
    person_rows,
    society_row,
)
from tests.stewardship.signals.runs import everything, full, nothing_more_to_find

from minzheng.cli.signals import signals as command
from minzheng.foundation.access.scope import Scope
from minzheng.foundation.accounts.services import create_user
from minzheng.foundation.notices.models import Notice
from minzheng.registry.services import join, put_back, split
from minzheng.stewardship.signals import run, services, telling
from minzheng.stewardship.signals.declare import Kind
from minzheng.stewardship.signals.models import Signal

MONTHS = ("202512", "202601", "202602", "202603")


def random_batch(node: Node, random: random.Random, feed: str) -> None:
    """A file about few persons, households, cards and addresses, so that much meets and much is corrected."""
    rows = {tuple(row[at] for at in KEYS[feed]): row for row in HOW[feed](random)}
    node.bring(feed, csv_text(HEADINGS[feed], *rows.values()))


KEYS = {"persons": (1,), "allowances": (0, 3, 8), "cremations": (0,), "marriages": (1,), "societies": (1,)}
MEN, WOMEN = (1, 3, 5, 7), (2, 4, 6, 8)


def _payments(random: random.Random):
    head = random.choice(MEN)
    members = [head, *random.sample(WOMEN, random.randint(0, 2))]
    return [
        row
        for _ in range(5)
        for row in payment_rows(
            random.sample(MONTHS, 2), members, certificate=random.randint(1, 5), card=random.choice(CARDS[:2]),
            yuan=random.choice((1000, 1500)),
        )
    ]  # fmt: skip


HOW = {
    "persons": lambda r: [
        row for one in r.sample((*MEN, *WOMEN), 3) for row in person_rows(one, at=r.randint(1, 2))
    ],
    "allowances": _payments,
    "cremations": lambda r: [
        cremation_row(r.choice((*MEN, *WOMEN)), f"2026-0{m}-10", f"2026-0{m}-12", certificate=r.randint(1, 3))
        for m in (1, 1, 2, 3)
    ],
    "marriages": lambda r: [
        marriage_row(
            r.choice(("结婚", "结婚", "离婚", "撤销")),
            r.randint(1, 5),
            f"2026-0{m}-15",
            r.choice(MEN),
            r.choice(WOMEN),
        )
        for m in (1, 1, 2, 2, 3)
    ],
    "societies": lambda r: [
        society_row(which, r.choice(MEN), state=r.choice(("正常", "正常", "注销"))) for which in (0, 1, 2)
    ],
}


def split_or_join(node: Node, random: random.Random) -> None:
    """What an official does on a person's page: a statement taken away from someone, or two persons made one."""
    said = {"by": "测试", "at": timezone.now(), "reason": "核对后更正"}
    persons = node.rows(
        "SELECT person_id, array_agg(id ORDER BY role, valid_from, row_no) FROM registry_personclaim "
        "WHERE recorded_to IS NULL GROUP BY 1 HAVING count(*) > 1 ORDER BY min(digest::text)"
    )
    (person, claims), (other, _) = random.sample(persons, 2)
    if random.random() < 0.7:
        new = split(person, random.sample(claims, random.randint(1, len(claims) - 1)), **said)
        nothing_more_to_find(node)
        if random.random() < 0.5:
            put_back(person, new, said["at"], **(said | {"at": timezone.now()}))
    else:
        join(person, other, **said)


@pytest.mark.parametrize("world", [20260301, 7])
def test_whatever_comes_ends_with_the_signals_a_look_at_everything_finds(node: Node, world: int) -> None:
    """Small worlds at random: files of any feed, and links changed by hand between them."""
    drawn = random.Random(world)
    bring(node, "persons", *person_rows(*MEN, *WOMEN, at=1))
    bring(
        node, "allowances", *[row for head in MEN for row in payment_rows(MONTHS[:2], [head], card=CARDS[0])]
    )
    feeds = [*drawn.sample(list(HOW), len(HOW)), *drawn.choices(list(HOW), k=3)]
    for number, feed in enumerate(feeds):
        random_batch(node, drawn, feed)
        nothing_more_to_find(node)
        if number % 2:
            split_or_join(node, drawn)
            nothing_more_to_find(node)
            nothing_more_to_settle(node)
    ever = kept(node)
    assert {state for *_, state, _ in ever} == {"new", "closed"} and len({kind for kind, *_ in ever}) >= 4


def test_who_leaves_an_address_lets_an_earlier_month_count_there(node: Node) -> None:
    """None of those who stay was touched, and no signal named the one who left."""
    bring(node, "persons", *person_rows(11, 13, 15, 17, at=1))
    bring(
        node,
        "allowances",
        *[row for head in (11, 13, 15) for row in payment_rows(["202603"], [head])],
        *payment_rows(["202604"], [17]),
    )
    assert kept(node) == set()
    bring(node, "persons", *person_rows(17, at=2))
    assert [(kind, state, fen) for kind, _, state, fen in kept(node)] == [("shared_address", "new", 300_000)]
    nothing_more_to_find(node)
    bring(node, "persons", *person_rows(17, at=1))
    assert [(kind, state) for kind, _, state, _ in kept(node)] == [("shared_address", "closed")]
    nothing_more_to_find(node)


def test_links_changed_by_hand_are_followed(node: Node) -> None:
    """Nothing but the change itself: what follows from it is told by the registry."""

    def states() -> list[str]:
        nothing_more_to_find(node)
        return [state for kind, _, state, _ in kept(node) if kind == "paid_after_death"]

    paid(node, MONTHS, [1, 2])
    cremated(node, 4, "2026-01-10", "2026-01-12")
    (wife,), (dead,) = (
        node.rows("SELECT id FROM registry_person WHERE name = %s", name(serial))[0] for serial in (2, 4)
    )
    assert states() == []
    joined_at = timezone.now()
    join(wife, dead, by="测试", at=joined_at, reason="曾用名")
    assert states() == ["new"]
    put_back(dead, wife, joined_at, by="测试", at=timezone.now(), reason="不是同一人")
    assert states() == ["closed"]
    join(wife, dead, by="测试", at=timezone.now(), reason="曾用名")
    assert states() == ["new"]
    ((claim,),) = node.rows(
        "SELECT id FROM registry_personclaim WHERE role = 'deceased' AND recorded_to IS NULL"
    )
    split(wife, [claim], by="测试", at=timezone.now(), reason="不是同一人")
    assert states() == ["closed"]
    reason = "死亡登记已更正或撤销，此人没有死亡日期"
    assert last_change(node, "paid_after_death", 2) == ("new", "closed", reason)


def test_a_kind_asked_for_very_many_looks_at_everything_and_ends_alike(node: Node, monkeypatch) -> None:
    """As after the first file of a large node; the narrow query must not even be made."""
    monkeypatch.setattr(run, "MANY", 0)
    monkeypatch.setattr(run, "_persons", lambda _: 0)
    monkeypatch.setattr(Kind, "of_asked", property(lambda _: 1 / 0), raising=False)
    cremated(node, 1, "2026-01-10", "2026-01-12")
    paid(node, MONTHS, [1])
    assert [row[2:] for row in kept(node)] == [("new", 200_000)]


def test_what_officials_decided_stands_until_the_facts_change(node: Node) -> None:
    user = create_user(
        username="xihu", password="Xihu-Longjing-88", display_name="王芳", division_code="330106", roles=["clerk"],
        must_change_password=False,
    )  # fmt: skip
    scope, at = Scope.of(user), timezone.now()

    def decide(to: str) -> str:
        (signal,) = Signal.objects.all()
        decision = services.decide(
            scope=scope, signal_ids=[signal.pk], to_state=to, reason="同名登记错误", by=user, at=at
        )
        assert services.carry_out(decision, scope=scope, by=user, at=at).failures == []
        signal.refresh_from_db()
        return signal.state

    cremated(node, 1, "2026-01-10", "2026-01-12")
    paid(node, ["202602"], [1])
    assert decide("discarded") == "discarded"
    paid(node, ["202603"], [1])  # one month more changes no fact an official has judged
    full(node)
    assert [row[2:] for row in kept(node)] == [("discarded", 200_000)]
    cremated(node, 1, "2026-01-20", "2026-01-22")
    assert last_change(node, "paid_after_death", 1) == ("discarded", "new", "事实有变化，重新提示")
    assert decide("confirmed") == "confirmed"
    cremated(node, 3, "2026-01-20", "2026-01-22", 1)
    assert last_change(node, "paid_after_death", 1)[:2] == ("confirmed", "closed")
    with connection.cursor() as cursor:
        for change in ("UPDATE signals_signalevent SET reason = ''", "DELETE FROM signals_signalevent"):
            with pytest.raises(DatabaseError, match="只增不改"), transaction.atomic():
                cursor.execute(change)


def test_on_demand_by_the_command_and_what_is_overdue(node: Node) -> None:
    for division in ("330106", "330212"):
        create_user(
            username=f"u{division}", password="Xihu-Longjing-88", display_name="王芳", division_code=division,
            roles=["clerk"], must_change_password=False,
        )  # fmt: skip
    paid(node, MONTHS, [1])
    paid(node, MONTHS, [2], division="330212")
    bring(
        node,
        "cremations",
        cremation_row(1, "2026-01-10", "2026-01-12"),
        cremation_row(2, "2026-01-10", "2026-01-12"),
    )
    with connection.cursor() as cursor:  # as before the first run
        cursor.execute("DELETE FROM signals_decision")
        cursor.execute("TRUNCATE signals_signalevent, signals_signal")
    report = told("--division", "330212", "--json")
    assert [(line["kind"], line["new"], line["amount_fen"]) for line in report["kinds"]] == [
        ("paid_after_death", 1, 200_000)
    ]
    assert {row[0] for row in node.rows("SELECT division_code FROM signals_signal")} == {"330212"}
    report = told("--json")
    assert report["kinds"][0]["new"] == 2 and report["run"]["kinds"]["paid_after_death"]["raised"] == 1
    before = everything(node)
    assert told("--kind", "paid_after_death", "--json")["run"]["kinds"]["paid_after_death"]["raised"] == 0
    assert everything(node) == before
    done = CliRunner().invoke(command, ["--kind", "nothing"])
    assert done.exit_code != 0 and "没有线索类别 nothing" in done.output

    Signal.objects.filter(division_code="330106").update(due_on="2026-01-05")
    for _ in range(2):
        telling.tell_overdue(at=timezone.now())
    assert [n.division_code for n in Notice.objects.filter(title__contains="已超过核查期限")] == ["330106"]
    assert told("--no-full", "--json")["kinds"][0]["overdue"] == 1


def told(*arguments: str) -> dict:
    done = CliRunner().invoke(command, list(arguments))
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)
