"""Notices: told once, to the right officials of the right division, read by each for himself."""

import datetime

import pytest
from django.test import Client

from minzheng.foundation.access.scope import Scope
from minzheng.foundation.accounts.managing import disable_user
from minzheng.foundation.accounts.models import User
from minzheng.foundation.notices import queries, services
from minzheng.foundation.notices.models import Notice

pytestmark = pytest.mark.django_db
AT = datetime.datetime(2026, 3, 2, 9, tzinfo=datetime.UTC)


def official(name: str, division: str, *roles: str) -> User:
    return User.objects.create_user(
        name, display_name=name, division_code=division, roles=list(roles), must_change_password=False
    )


def tell(division: str = "330106", key: str = "k", roles: tuple[str, ...] = ("clerk",)) -> Notice:
    return services.notify(
        division_code=division, roles=roles, title="新线索 3 条", url="/signals/", key=key, at=AT
    )


def titles(user: User) -> list[str]:
    return [n.title for n in queries.notices(Scope.of(user), user)]


def test_the_same_key_is_the_same_notice():
    assert tell().pk == tell().pk
    assert Notice.objects.count() == 1
    assert tell(key="other").pk != tell().pk


def test_it_reaches_the_role_in_the_division_and_no_one_else():
    xihu, reviewer = official("a", "330106", "clerk"), official("b", "330106", "reviewer")
    yuhang, city = official("c", "330110", "clerk"), official("d", "330100", "clerk")
    tell()
    assert titles(xihu) == ["新线索 3 条"]
    assert [titles(user) for user in (reviewer, yuhang, city)] == [[], [], []]


def test_where_a_division_has_no_such_official_the_one_above_is_told():
    city, province = official("d", "330100", "clerk"), official("e", "330000", "clerk")
    official("b", "330106", "reviewer")
    tell()
    assert titles(city) and not titles(province)
    disable_user(user=city, by=None, at=AT)
    tell(key="later")
    assert len(titles(province)) == 1


def test_each_reads_for_himself():
    one, other = official("a", "330106", "clerk"), official("b", "330106", "clerk")
    notice = tell()
    tell(key="second")
    services.mark_read(notices=[notice.pk], by=one, at=AT)
    services.mark_read(notices=[notice.pk], by=one, at=AT)
    assert queries.unread_count(Scope.of(one), one) == 1
    assert queries.unread_count(Scope.of(other), other) == 2
    assert [n.is_read for n in queries.notices(Scope.of(one), one)] == [False, True]


def test_a_list_goes_on_from_the_last_one_shown():
    one = official("a", "330106", "clerk")
    made = [tell(key=str(n)).pk for n in range(5)]
    first = queries.notices(Scope.of(one), one, limit=2)
    rest = queries.notices(Scope.of(one), one, limit=9, before=first[-1].id)
    assert [n.id for n in first + rest] == made[::-1]


@pytest.mark.parametrize(
    "wrong", [{"roles": ()}, {"roles": ("king",)}, {"url": "//example.org/"}, {"url": "x"}]
)
def test_what_cannot_be_told_is_refused(wrong):
    given = {"division_code": "330106", "roles": ("clerk",), "title": "x", "url": "/", "key": "k", "at": AT}
    with pytest.raises(ValueError):
        services.notify(**given | wrong)
    assert not Notice.objects.exists()


def test_the_panel_counts_and_opening_one_reads_it(client: Client):
    one, stranger = official("a", "330106", "clerk"), official("c", "330110", "clerk")
    notice = tell()
    client.force_login(stranger)
    assert "新线索" not in client.get("/").content.decode()
    assert client.post(f"/notices/{notice.pk}/").status_code == 404
    client.force_login(one)
    page = client.get("/").content.decode()
    assert "待办与通知" in page and "新线索 3 条" in page and "未读 1" in page
    assert client.get(f"/notices/{notice.pk}/").status_code == 405
    assert client.post(f"/notices/{notice.pk}/")["Location"] == "/signals/"
    assert "未读 1" not in client.get("/").content.decode()


def test_all_are_read_at_once(client: Client):
    one = official("a", "330106", "clerk")
    for n in range(3):
        tell(key=str(n))
    client.force_login(one)
    assert "全部标为已读" in client.get("/notices/").content.decode()
    assert client.post("/notices/read/")["Location"] == "/notices/"
    page = client.get("/notices/").content.decode()
    assert "全部标为已读" not in page and page.count("新线索") == 3
