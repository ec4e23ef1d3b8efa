"""Everything there is, walked: an address opens to the roles it says, and 杭州 sees nothing of 宁波 by any of them.

First as the product is. Then with every filter taken out of the queries, so that only the database stands between.
"""

import re
import sys
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DatabaseError
from django.db.models import Q
from django.http import Http404
from django.test import Client
from django.urls import URLPattern, get_resolver
from django.utils import timezone
from tests.exchange.numbers import PERSON, csv_text, number, person
from tests.house.test_scope import FUNCTIONS, WITHOUT_SCOPE
from tests.house.test_urls import every_pattern
from tests.house.walking import Identities, answers, ask, pattern_converters, said, ways
from tests.node import Node, filled

from minzheng.foundation.access.rules import rule_of
from minzheng.foundation.access.scope import Scope
from minzheng.foundation.access.standing import as_scope
from minzheng.foundation.accounts.models import User
from minzheng.foundation.accounts.terms import HELD_APART, Role
from minzheng.foundation.audit.models import AuditEntry
from minzheng.registry.queries import persons_in
from minzheng.sharing.grants.services import register_client
from minzheng.sharing.interfaces.credentials import trial_token
from minzheng.web.desk.access_matrix import pages

TOKEN = "api/v1/token"  # asks for a secret itself, and says 401 where the walk expects a page
OURS, THEIRS = "钱塘", "甬江"
# What no page of 杭州 may say. The search's own words ("甬江") come back in its box; a name in full never may.
MARKS = (
    *(f"甬江{n}" for n in "一二三四五六"),
    "甬江慈善会",
    "J330203-2020-000007",
    "33020301",
    number(21),
    number(22),
)
# Each with the reason why it is not asked: it takes what was asked for within a scope, or a whole question.
NOT_ASKED = "takes something that is itself asked for within a scope"


def patterns() -> dict[str, URLPattern]:
    """What opens to accounts, or to anyone."""
    found = {place: pattern for place, pattern in every_pattern(get_resolver()) if rule_of(pattern.callback)}
    return {place: p for place, p in found.items() if rule_of(p.callback).gate is None and place != TOKEN}


def calls() -> list[str]:
    """The addresses that open to systems alone."""
    found = every_pattern(get_resolver())
    return [
        place.replace("^.*$", "x")
        for place, p in found
        if (rule := rule_of(p.callback)) and rule.gate is not None
    ]


def account(name: str, division: str, *roles: str) -> User:
    return User.objects.create_user(
        name, display_name=name, division_code=division, data_level=4, roles=list(roles), must_change_password=False
    )  # fmt: skip


def accounts(name: str, division: str) -> Iterator[tuple[User, dict[str, URLPattern]]]:
    """Accounts of as many roles as one may hold, and what each opens that those before it did not."""
    common = [role for role in Role.values if role not in HELD_APART]
    left = patterns()
    for apart in sorted(HELD_APART):
        user = account(f"{name}-{apart}", division, *common, apart)
        opened = {place: p for place, p in left.items() if rule_of(p.callback).admits(user)}
        left = {place: p for place, p in left.items() if place not in opened}
        yield user, opened
    assert not left, "some address opens to no role"


@pytest.fixture
def two_cities(node: Node) -> Node:
    return filled(node, "two cities", fill)


def fill(node: Node) -> None:
    """What every feed can say, of a household in 杭州 and one in 宁波, with something wrong in both."""
    for first, division, city in ((1, "330106", OURS), (21, "330203", THEIRS)):
        head = (*PERSON, "与户主关系", "户主公民身份号码")
        names = [f"{city}{n}" for n in "一二三四五六"]
        rows = [
            [*person(name, first + n, 户籍区划=division), "户主" if n == 0 else "子", number(first)]
            for n, name in enumerate(names[:4])
        ]
        wrong = [
            *person(names[4], 199, 户籍区划=division, 公民身份号码="330199199003071234"),
            "户主",
            number(first),
        ]
        node.bring("persons", csv_text(head, *rows, wrong))
        differs = [*person(names[5], first, 户籍区划=division), "户主", number(first)]
        node.bring("persons", csv_text(head, differs))
        certificate = f"J{division}-2020-{first // 3:06d}"
        node.bring("marriages", csv_text(
            ("登记类型", "登记证字号", "登记机关区划", "登记日期", "男方姓名", "男方公民身份号码",
             "女方姓名", "女方公民身份号码"),
            ("结婚", certificate, division, "2020-05-20", names[0], number(first), names[1], number(first + 1)),
        ))  # fmt: skip
        node.bring("cremations", csv_text(
            ("火化证号", "殡仪馆", "逝者姓名", "逝者公民身份号码", "性别", "死亡日期", "火化日期", "户籍地址"),
            (f"{division}01{first:04d}", "公用殡仪馆", names[0], number(first), "男", "2026-01-05", "2026-01-07", ""),
        ))  # fmt: skip
        node.bring("allowances", csv_text(
            ("低保证号", "户主姓名", "户主公民身份号码", "成员姓名", "成员公民身份号码", "与户主关系", "属地区划",
             "月保障金额(元)",
             "发放月份", "银行卡号"),
            *((f"{division}01{first:04d}", names[0], number(first), names[0], number(first), "户主", division, "935.00",
               month, "6222000000000000017") for month in ("202601", "202602", "202603")),
        ))  # fmt: skip
        node.bring("societies", csv_text(
            ("名称", "统一社会信用代码", "类型", "登记机关区划", "法定代表人", "法定代表人公民身份号码",
             "成立登记日期", "状态"),
            (f"{city}慈善会", "", "社会团体", division, names[0], number(first), "2020-01-01", "正常"),
        ))  # fmt: skip
    assert node.value("SELECT count(*) FROM registry_person WHERE name LIKE '甬江%%'") == 4


@pytest.fixture
def without_filters(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Every query forgets the scope: the whole country, every business, everyone."""

    def forget() -> None:
        for module in [m for name, m in sys.modules.items() if name.startswith("minzheng.")]:
            if getattr(module, "persons_in", None) is persons_in:
                monkeypatch.setattr(module, "persons_in", lambda _scope: Q())
        monkeypatch.setattr(Scope, "prefix", property(lambda _: ""))
        monkeypatch.setattr(Scope, "covers", lambda *_: True)
        monkeypatch.setattr(Scope, "allows_business", lambda *_: True)

    return forget


def leaks(
    client: Client, walked: dict[str, URLPattern], known: Identities, *, reading: bool = False
) -> tuple[set[str], int, set[str]]:
    """(what was told of 宁波 and where, how many answers, addresses that failed inside)."""
    found: set[str] = set()
    broken: set[str] = set()
    count = 0
    for method, way, status, words in answers(client, walked, known, reading=reading):
        count += 1
        found |= {f"{method} {way}: {mark}" for mark in MARKS if mark in words}
        if status == 500:
            broken.add(f"{method} {way}")
    return found, count, broken


@pytest.mark.usefixtures("transactional_db")
@pytest.mark.parametrize("role", Role.values)
def test_an_address_opens_to_the_roles_it_says(role: str, client: Client) -> None:
    client.raise_request_exception = False
    client.force_login(account(role, "330000", role))
    known = Identities({"any": [uuid.uuid4()], "number": [999_999]})
    matrix = {page.place: page for page in pages()}
    wrong = []
    for place, pattern in patterns().items():
        if place.startswith("logout"):
            continue
        way = next(ways(pattern, place, known))
        status = client.get(way).status_code
        may = matrix[f"/{place}"].admits(role)
        if (status == 403) is may or status == 500:
            wrong.append(f"{way}: {status}, the matrix says {'open' if may else 'closed'}")
    assert not wrong


def test_the_anonymous_get_no_further_than_the_login(client: Client, db: None) -> None:
    known = Identities({"any": [uuid.uuid4()], "number": [999_999]})
    for place, pattern in patterns().items():
        for answer in (
            client.get(next(ways(pattern, place, known))),
            client.post(next(ways(pattern, place, known))),
        ):
            if rule_of(pattern.callback).login:
                assert (answer.status_code, answer["Location"][:7]) == (302, "/login/"), place


OWN_LISTS = ("/api/v1/data", "/api/v1/uses", "/api/v1/subscriptions")


def test_a_call_for_systems_opens_to_no_account_and_to_no_one_without_a_grant(
    client: Client, node: Node
) -> None:
    known = Identities({"any": [uuid.uuid4()], "number": [999_999]})
    by = account("everyone", "330000", *Role.values)
    system = register_client(
        code="nothing",
        name="无授权系统",
        office="某局",
        division_code="330000",
        by=by,
        at=timezone.now(),
        is_test=True,
    )
    token = trial_token(client=system, by=by, at=timezone.now())
    client.force_login(by)
    assert len(calls()) > 8
    for place in calls():
        filled = place.replace("<key>", "persons")
        way = "/" + re.sub(r"<[^>]+>", str(known.by_table["any"][0]), filled)
        for send in (client.get, client.post):
            assert send(way).status_code == 401, way
            answer = send(way, headers={"Authorization": f"Bearer {token}"})
            listed = way in OWN_LISTS and send == client.get  # its own: nothing yet
            assert answer.status_code == 200 if listed else answer.status_code in (400, 403, 404, 405), way


def test_every_kind_of_parameter_can_be_filled() -> None:
    kinds = {kind for place in patterns() for _, kind in pattern_converters(place)}
    assert kinds <= {"uuid", "int", "slug", "str"}


def test_a_clerk_of_hangzhou_sees_nothing_of_ningbo(
    two_cities: Node, client: Client, without_filters: Any
) -> None:
    known = Identities.harvest()
    client.raise_request_exception = False
    # That the walk leads there at all: the province's officials find them on many pages.
    user, opened = next(accounts("zj", "330000"))
    client.force_login(user)
    seen, _, broken = leaks(client, opened, known, reading=True)
    assert not broken
    assert len({line.split(":")[0] for line in seen}) >= 8, seen
    hangzhou = list(accounts("hz", "330100"))
    counts = 0
    for user, opened in hangzhou:
        client.force_login(user)
        seen, count, broken = leaks(client, opened, known)
        assert (seen, broken) == (set(), set())
        counts += count
    assert counts > 200
    without_filters()
    for user, opened in hangzhou:
        client.force_login(user)
        seen, _, _ = leaks(client, opened, known)
        assert not seen, "the query forgot its filter, and the database let it"


def test_whoever_is_shown_personal_data_is_in_the_trail(two_cities: Node, client: Client) -> None:
    """Every page that tells someone's name leaves an entry of who asked for it."""
    known = Identities.harvest()
    unaudited = set()
    for user, opened in accounts("zj", "330000"):
        client.force_login(user)
        before = AuditEntry.objects.count()
        for method, way, _, words in answers(client, opened, known, reading=True):
            after = AuditEntry.objects.count()
            if after == before and any(
                mark in words for mark in MARKS if mark.startswith("甬江") and len(mark) == 3
            ):
                unaudited.add(f"{method} {way}")
            before = after
    assert not unaudited


def test_no_function_that_asks_tells_of_ningbo(two_cities: Node, without_filters: Any, settings: Any) -> None:
    known = Identities.harvest()
    hangzhou, province = Scope("330100", 4, user_id=1), Scope("330000", 4, user_id=1)
    asked = {name: function for name, function in FUNCTIONS.items() if name not in WITHOUT_SCOPE}
    unasked, told_province = [], set()
    for name, function in asked.items():
        try:
            words = _words(function, province, known)
        except (TypeError, NameError) as error:
            unasked.append(f"{name}: {error}")
            continue
        if any(mark in words for mark in MARKS):
            told_province.add(name)
        assert not [mark for mark in MARKS if mark in _words(function, hangzhou, known)], name
    assert len(told_province) >= 4, "the province must see them, or the question is none"
    assert len(unasked) <= len(asked) // 2, unasked
    without_filters()
    for name, function in asked.items():
        try:
            words = _words(function, hangzhou, known)
        except (TypeError, NameError):
            continue
        assert not [mark for mark in MARKS if mark in words], (
            f"{name} forgot its filter, and the database let it"
        )
    settings.WITHOUT_ROW_SECURITY = True  # with neither net the walk does find them: it can fail
    told = {name for name in told_province if any(m in _words(asked[name], hangzhou, known) for m in MARKS)}
    assert told == told_province


def _words(function: Any, scope: Scope, known: Identities) -> str:
    with as_scope(scope):
        return "\n".join([said(found) for found in _each(function, scope, known)])


def _each(function: Any, scope: Scope, known: Identities) -> Iterator[Any]:
    asking = ask(function, scope, known)
    while True:
        try:
            yield next(asking)
        except StopIteration:
            return
        except (ValueError, LookupError, Http404, DatabaseError):
            return  # refused: it tells nothing
