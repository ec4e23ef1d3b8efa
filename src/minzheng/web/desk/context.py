"""What every page's frame needs (页面框架): where one is, who one is, where one may go."""

from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import resolve, reverse
from django.utils.functional import SimpleLazyObject

from minzheng import __version__
from minzheng.foundation.access.rules import Rule, rule_of
from minzheng.foundation.accounts.models import User
from minzheng.foundation.accounts.terms import Role
from minzheng.web.desk.places import division_name

# Group, then (label, view): what one does first stands first. A user sees only what the view's own rule admits.
NAVIGATION: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    ("", (("首页", "desk:home"), ("综合查询", "desk:lookup:search"))),
    (
        "数据汇集",
        (
            ("导入数据", "desk:bring_in"),
            ("导入批次", "desk:batches"),
            ("来源接入", "desk:intakes:list"),
            ("接口监控", "desk:resources:feeds"),
        ),
    ),
    (
        "数据管理",
        (
            ("业务协同线索", "desk:signals:worklist"),
            ("待核处置", "desk:review:waiting"),
            ("数据质量", "desk:quality:overview"),
            ("名单比对", "desk:compare:home"),
            ("数据目录", "desk:resources:catalogue"),
        ),
    ),
    (
        "共享交换",
        (
            ("资源目录", "desk:catalogue:home"),
            ("供需对接", "desk:catalogue:demands"),
            ("共享申请", "desk:grants:applications"),
            ("授信管理", "desk:grants:list"),
            ("接入系统", "desk:grants:clients"),
            ("订阅管理", "desk:subscriptions:list"),
            ("接口试用", "desk:grants:trial"),
            ("电子报文", "desk:parcels:list"),
            ("数据回流", "desk:returning:overview"),
            ("收到的目录", "desk:catalogue:received"),
            ("采集主机", "desk:catalogue:hosts"),
        ),
    ),
    (
        "交换监控",
        (
            ("交换监控", "desk:watching:overview"),
            ("告警", "desk:watching:alarms"),
            ("链路诊断", "desk:watching:diagnose"),
            ("全省态势", "desk:watching:map"),
            ("使用记录", "desk:watching:uses"),
        ),
    ),
    ("标准规范", (("标准规范", "desk:standards:home"),)),
    (
        "系统管理",
        (
            ("账号管理", "desk:accounts:list"),
            ("权限一览", "desk:accounts:matrix"),
            ("审计记录", "desk:audit:trail"),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the navigation (导航项)."""

    name: str
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Lines under one heading (导航组)."""

    name: str
    entries: list[Entry]


@dataclass(slots=True)
class Frame:
    """The frame's values (页面框架)."""

    division_name: str
    node_code: str
    version: str = __version__
    user_division_name: str = ""
    sees_persons: bool = False
    role_names: list[str] = field(default_factory=list)
    navigation: list[Group] = field(default_factory=list)


def frame(request: HttpRequest) -> dict[str, Any]:
    """Template context ``frame`` of every page (框架上下文)."""
    return {
        "frame": SimpleLazyObject(lambda: _frame(request))
    }  # a fragment has none, and need not wait for one


def _frame(request: HttpRequest) -> Frame:
    values = Frame(division_name(settings.NODE_DIVISION_CODE), settings.NODE_DIVISION_CODE)
    user = getattr(request, "user", None)
    if isinstance(user, User):
        values.user_division_name = division_name(user.division_code)
        values.role_names = [str(Role(code).label) for code in user.roles if code in Role.values]
        values.navigation = _navigation(request.path, user)
        values.sees_persons = _admits("desk:lookup:search", user)
    return values


def _navigation(path: str, user: User) -> list[Group]:
    here = _here(path)
    groups = []
    for name, lines in NAVIGATION:
        entries = []
        for label, view in lines:
            url, rule = _target(view)
            if rule is not None and rule.admits(user):
                entries.append(Entry(label, url, url == here))
        if entries:
            groups.append(Group(name, entries))
    return groups


def _here(path: str) -> str:
    """The entry a page belongs to: of those its address begins with the longest; the first page only itself."""
    urls = [_target(view)[0] for _, lines in NAVIGATION for _, view in lines]
    within = [url for url in urls if path == url or (url != "/" and path.startswith(url))]
    return max(within, key=len, default="")


def _admits(view: str, user: User) -> bool:
    _, rule = _target(view)
    return rule is not None and rule.admits(user)


@cache
def _target(view: str) -> tuple[str, Rule | None]:
    """Where a view is and its rule: the same for every request, and asked a dozen times by each."""
    url = reverse(view)
    return url, rule_of(resolve(url).func)
