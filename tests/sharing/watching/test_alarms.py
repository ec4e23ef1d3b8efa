"""Alarms begin, end, are looked after, and never flap."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.node import Node
from tests.sharing.making import officer

from minzheng.foundation.audit.models import AuditEntry
from minzheng.foundation.notices.models import Notice
from minzheng.sharing.watching.alarms import services
from minzheng.sharing.watching.alarms.hysteresis import Course, step
from minzheng.sharing.watching.alarms.readings import Reading
from minzheng.sharing.watching.alarms.rules import RULES, Rule, RuleError, rules
from minzheng.sharing.watching.models import Alarm
from minzheng.sharing.watching.terms import AlarmState

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
QUICK = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)  # a busy machine
LAG = Rule("lag", "滞后", 900, 300, for_s=180, clear_for_s=300)


def run(rule: Rule, values: list[float], every_s: int = 60) -> list[tuple[int, AlarmState]]:
    """(look, state) of every raising and clearing."""
    course: Course | None = None
    turns = []
    for n, value in enumerate(values):
        before = course.state if course else None
        course = step(course, rule, value, BEGIN + timedelta(seconds=n * every_s))
        if course and course.state != before and course.state != AlarmState.PENDING:
            turns.append((n, course.state))
        if course and course.state == AlarmState.CLEARED:
            course = None
    return turns


def test_it_begins_after_its_time_and_ends_after_its_time() -> None:
    assert run(LAG, [0, 1000, 1000, 1000, 1000]) == [(4, AlarmState.OPEN)]
    assert run(LAG, [1000, 1000, 0, 1000, 1000, 0]) == []  # never long enough
    beyond, back = [1000.0] * 4, [100.0] * 6
    assert run(LAG, beyond + back) == [(3, AlarmState.OPEN), (9, AlarmState.CLEARED)]
    assert run(LAG, beyond + [500.0] * 60) == [(3, AlarmState.OPEN)]  # between the limits nothing ends
    assert run(LAG, [*beyond, 100, 100, 500, 100, 100]) == [(3, AlarmState.OPEN)]
    small_is_bad = Rule("disk", "磁盘", 10, 15, below=True, clear_for_s=0)
    assert run(small_is_bad, [20, 9, 12, 14, 16]) == [(1, AlarmState.OPEN), (4, AlarmState.CLEARED)]


@QUICK
@given(st.lists(st.integers(301, 2000), min_size=1, max_size=60))
def test_a_value_that_never_comes_back_raises_once_however_it_trembles(values: list[float]) -> None:
    assert [state for _, state in run(LAG, values)] in ([], [AlarmState.OPEN])


@QUICK
@given(st.lists(st.sampled_from((0, 300, 500, 899, 900, 2000)), min_size=1, max_size=60))
def test_between_two_turns_lies_the_time_that_was_declared(values: list[float]) -> None:
    turns = run(LAG, values)
    for (n, _), (later, state) in pairwise(turns):
        assert (later - n) * 60 >= (LAG.clear_for_s if state == AlarmState.CLEARED else LAG.for_s)
    assert [state for _, state in turns] == [AlarmState.OPEN, AlarmState.CLEARED] * (len(turns) // 2) + [
        AlarmState.OPEN
    ] * (len(turns) % 2)


def test_every_rule_has_room_between_its_limits() -> None:
    assert all(not rule.within(rule.raise_at) and not rule.beyond(rule.clear_at) for rule in RULES)
    assert len({rule.key for rule in RULES}) == len(RULES)


def reading(value: float, rule: str = "silence") -> Reading:
    return Reading(rule, "road-330100", "杭州市 (330100)", "330000", value)


def test_an_alarm_is_told_once_looked_after_and_told_when_it_ends(node: Node) -> None:
    by = officer()
    at = [BEGIN + timedelta(minutes=n) for n in range(30)]
    services.hold_against_rules([reading(400)], at=at[0])
    assert Alarm.objects.get().state == AlarmState.PENDING and not Notice.objects.exists()
    for n, value in ((1, 450), (2, 500), (3, 290), (4, 301)):
        services.hold_against_rules([reading(value)], at=at[n])
    alarm = Alarm.objects.get()
    assert (alarm.state, float(alarm.worst)) == (AlarmState.OPEN, 500)
    notice = Notice.objects.get()
    assert "对方失联: 杭州市" in notice.title and notice.url == f"/watching/alarms/{alarm.pk}/"
    services.acknowledge(alarm, note="已联系杭州重启", by=by, at=at[5])
    with pytest.raises(services.AlarmError, match="已由 王晓 确认"):
        services.acknowledge(alarm, note="再来一次", by=by, at=at[5])
    assert AuditEntry.objects.filter(action="alarm.acknowledge", object_id=str(alarm.pk)).exists()
    for n in range(6, 13):
        services.hold_against_rules([reading(10)], at=at[n])
    alarm.refresh_from_db()
    assert alarm.state == AlarmState.CLEARED and Notice.objects.count() == 2
    # The next time is another alarm; a subject that is no more ends its own.
    for n in (14, 16):
        services.hold_against_rules([reading(999)], at=at[n])
    assert Alarm.objects.filter(state=AlarmState.OPEN).count() == 1
    assert [one.state for one in services.hold_against_rules([], at=at[17])] == [AlarmState.CLEARED]


def test_a_node_may_set_its_limits_otherwise_but_not_without_room(node: Node) -> None:
    said = node.home / "alarms.toml"
    said.write_text("[silence]\nraise_at = 900\n")
    assert rules()["silence"].raise_at == 900
    for wrong, why in (
        ("[silence]\nraise_at = 100\n", "没有余地"), ("[none]\nraise_at = 1\n", "没有名为 none"),
        ("[silence]\nname = 'x'\n", "设置不对"), ("[", "读不懂"),
    ):  # fmt: skip
        said.write_text(wrong)
        with pytest.raises(RuleError, match=why):
            rules()
