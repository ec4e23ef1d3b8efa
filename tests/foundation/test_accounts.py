"""Accounts: who is let in, who is not, and what is kept of it."""

import datetime
import re

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from minzheng.foundation.accounts import managing, services
from minzheng.foundation.accounts.models import PasswordHistory, User
from minzheng.foundation.audit.models import AuditEntry

pytestmark = pytest.mark.django_db
GOOD = "Xihu-Longjing-88"


def make(username="clerk", **fields):
    values = {
        "display_name": "王晓",
        "division_code": "330106",
        "roles": ["clerk"],
        "password": GOOD,
    } | fields
    return services.create_user(username=username, **values)


def try_in(password, at=None, username="clerk"):
    return services.authenticate(username=username, password=password, at=at)


def test_the_right_password_lets_in_and_is_audited():
    user = make()
    assert try_in(GOOD) == user
    entry = AuditEntry.objects.get(action="account.login")
    assert (entry.user, entry.result, entry.user_name) == (user, "ok", "王晓")


def test_five_failures_lock_for_fifteen_minutes_even_for_the_right_password():
    make()
    now = timezone.now()
    for _ in range(5):
        assert try_in("wrong", now) is None
    assert try_in(GOOD, now + datetime.timedelta(minutes=14, seconds=59)) is None
    assert try_in(GOOD, now + datetime.timedelta(minutes=15, seconds=1)) is not None


def test_after_the_lock_the_count_begins_anew():
    make()
    now = timezone.now()
    for _ in range(5):
        try_in("wrong", now)
    later = now + datetime.timedelta(minutes=16)
    for _ in range(4):
        try_in("wrong", later)
    assert try_in(GOOD, later) is not None


def test_four_failures_then_the_right_one_start_the_count_anew():
    user = make()
    for _ in range(4):
        try_in("wrong")
    assert try_in(GOOD)
    user.refresh_from_db()
    assert user.failed_logins == 0


def test_an_unknown_name_costs_a_hash_and_is_not_written_down(monkeypatch):
    hashed = []
    monkeypatch.setattr(services, "make_password", hashed.append)
    assert try_in("whatever", username="Secret-typed-here") is None
    assert hashed == ["whatever"]
    entry = AuditEntry.objects.get()
    assert (entry.result, entry.detail, entry.object_id) == ("refused", {"reason": "unknown"}, "")


def test_a_disabled_user_stays_out_and_cannot_be_deleted():
    user = make()
    managing.disable_user(user=user, by=None, at=timezone.now())
    assert try_in(GOOD) is None
    with pytest.raises(TypeError, match="不能删除"):
        user.delete()
    with pytest.raises(TypeError), transaction.atomic():
        User.objects.get(pk=user.pk).delete()


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("xihulongjing", "至少三类"),
        ("xihulongjing88", "至少三类"),
        ("Xh-1", "10"),
        ("Password123", "常见|常用"),
    ],
)
def test_weak_passwords_are_refused(password, why):
    with pytest.raises(ValidationError) as refused:
        make(password=password)
    assert re.search(why, " ".join(refused.value.messages))
    assert not User.objects.exists()


def test_the_last_five_passwords_are_refused_and_the_sixth_last_is_not():
    user = make(password="Xihu-Longjing-0")
    now = timezone.now()
    for n in range(1, 6):
        services.set_password(
            user=user, password=f"Xihu-Longjing-{n}", by=user, at=now + datetime.timedelta(days=n)
        )
    with pytest.raises(ValidationError, match="最近 5 次"):
        services.set_password(user=user, password="Xihu-Longjing-1", by=user)
    services.set_password(user=user, password="Xihu-Longjing-0", by=user)
    assert PasswordHistory.objects.filter(user=user).count() == 7


def test_a_new_password_lifts_the_lock():
    user = make()
    for _ in range(5):
        try_in("wrong")
    services.set_password(user=user, password="Qiantang-Chao-18", by=None, must_change=True)
    assert try_in("Qiantang-Chao-18").must_change_password


def test_managing_securing_and_auditing_are_held_apart():
    with pytest.raises(ValidationError, match="不得由同一账号兼任"):
        make(roles=["administrator", "auditor"])
    with pytest.raises(ValidationError, match="没有这样的角色"):
        make(roles=["king"])


def test_passwords_are_never_stored_or_audited_in_clear():
    user = make()
    assert GOOD not in user.password and user.password.startswith("scrypt$")
    assert GOOD not in str(list(AuditEntry.objects.values()))
