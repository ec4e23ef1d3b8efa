"""Whoever waits at the door is woken, whichever process gave the change its place."""

import asyncio
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.utils import timezone
from tests.node import standards_of_this_run, transactional_db

from minzheng.foundation.members.models import Member
from minzheng.sharing.between import routing
from minzheng.web.between.waking import Waking

__all__ = ["standards_of_this_run", "transactional_db"]


class Slower(Waking):
    """One that never comes first: others have always routed what has changed."""

    def _look(self) -> set[str]:
        return set()


def _changed_and_routed(division: str) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO foundation_outboxentry (at, data_set, division_code, operation, subject_ids) "
                "VALUES (now(), 'persons', %s, 'updated', ARRAY[gen_random_uuid()])",
                [division],
            )
        routing.route_all()
    finally:
        connections.close_all()


async def _woken(member: str, division: str) -> bool:
    async with Slower() as waking:
        with waking.waiting(member) as woken:
            for _ in range(10):  # the first may come before it listens
                await asyncio.to_thread(_changed_and_routed, division)
                if await woken(0.3):
                    return True
    return False


@pytest.mark.usefixtures("transactional_db")
def test_who_waits_hears_of_what_another_process_has_routed() -> None:
    now = timezone.now()
    span = {"valid_from": now - timedelta(days=1), "valid_to": now + timedelta(days=1)}
    for code, upper in (("330000", ""), ("330100", "330000"), ("330200", "330000")):
        Member.objects.create(
            code=code,
            name=code,
            kind=Member.NODE,
            division_code=code,
            upper_code=upper,
            sign_key="0" * 128,
            **span,
        )
    assert asyncio.run(_woken("330100", "330106"))
    assert not asyncio.run(_woken("330200", "330106"))
