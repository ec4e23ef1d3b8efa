"""A system subscribes (订阅): under a grant that names this way, with a filter that is no wider."""

import base64
import secrets
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
from django.db import connection, transaction

from minzheng.foundation.access.standing import as_node
from minzheng.foundation.audit.services import record
from minzheng.foundation.crypto.fields import seal
from minzheng.kernel.uuid7 import uuid7
from minzheng.sharing.grants.changes import Cursor, cursor_at, end_of_changes, place_committed
from minzheng.sharing.grants.models import Grant
from minzheng.sharing.grants.terms import Method
from minzheng.sharing.grants.using import grant_for
from minzheng.sharing.subscriptions.filtering import Filter
from minzheng.sharing.subscriptions.models import Subscription
from minzheng.sharing.subscriptions.terms import (
    CHANNEL,
    DEAD_AFTER_HOURS,
    LONGEST_DEAD_HOURS,
    MOST_OF_A_GRANT,
    State,
    SubscriptionError,
    Way,
)

START, NOW = "start", "now"
LOCK = 7044  # with the grant's number: two of one name at once


@dataclass(frozen=True, slots=True)
class Made:
    """A subscription as it was made (订阅结果); ``secret`` is said this once, empty where it stood already."""

    subscription: Subscription
    secret: str = ""
    is_new: bool = True


def subscribe(
    *, client: str, data_set: str, at: datetime, name: str = "", way: str = Way.STREAM, wanted: Mapping[str, Any] | None = None,
    url: str = "", ca: str = "", begin: str = NOW, dead_after_hours: int = DEAD_AFTER_HOURS,
) -> Made:  # fmt: skip
    """Subscribe a system (订阅); what stands already under this name with the same terms is that one.

    ``begin``: ``now``, ``start``, a moment or a cursor. A webhook is told of nothing until its receiver has agreed. Raises
    ``SubscriptionError``.
    """
    grant = grant_for(client, data_set, Method.PUSH, at=at)
    if grant is None:
        raise SubscriptionError("没有这个数据集订阅推送方式的有效授权")
    chosen = Filter.of(wanted or {}, grant).as_dict()
    if way not in Way.values:
        raise SubscriptionError(f"way 应为 {'、'.join(Way.values)}")
    if way == Way.WEBHOOK:
        _check_url(url, ca)
    elif url or ca:
        raise SubscriptionError("事件流不需要回调地址")
    if not 1 <= dead_after_hours <= LONGEST_DEAD_HOURS:
        raise SubscriptionError(f"停止时限应为 1 至 {LONGEST_DEAD_HOURS} 小时")
    name = " ".join(name.split())[:100] or "默认"
    with transaction.atomic(), as_node():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, grant.pk % 2**31])
        alike = Subscription.objects.filter(client_id=client, data_set=data_set).exclude(state=State.ENDED)
        known = alike.select_related("client").filter(name=name).first()
        if known is not None:
            same = (known.way, known.filter, known.url) == (way, chosen, url) and known.grant_id == grant.pk
            if not same:
                raise SubscriptionError(f"名为“{name}”的订阅已经存在且内容不同, 请换名称或先结束它")
            return Made(known, is_new=False)
        if alike.filter(grant=grant).count() >= MOST_OF_A_GRANT:
            raise SubscriptionError(f"一项授权最多 {MOST_OF_A_GRANT} 个订阅")
        return _make(
            grant,
            name,
            way,
            chosen,
            url,
            ca,
            place_of(begin, is_test=grant.client.is_test),
            dead_after_hours,
            at,
        )


def place_of(begin: str, *, is_test: bool = False) -> Cursor:
    """A place in the changes, said as a word, a moment or a cursor (位置). Raises ``SubscriptionError``."""
    text = begin.strip()
    if text == START:
        return Cursor()
    if text == NOW:
        if is_test:
            return Cursor()
        place_committed()
        return end_of_changes()
    if "T" in text or "-" in text:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise SubscriptionError("时间应写作 2026-01-31T08:00:00+08:00") from None
        if moment.tzinfo is None:
            raise SubscriptionError("时间应带时区, 如 2026-01-31T08:00:00+08:00")
        return cursor_at(moment)
    try:
        found = Cursor.of(text)
    except ValueError as error:
        raise SubscriptionError(str(error)) from None
    if found.position >= 2**62 or found.within >= 2**31:
        raise SubscriptionError("游标应照接口返回的原样填写")
    return found


def _make(
    grant: Grant, name: str, way: str, chosen: dict[str, Any], url: str, ca: str, place: Cursor, dead_after_hours: int,
    at: datetime,
) -> Made:  # fmt: skip
    secret = ""
    hook = way == Way.WEBHOOK
    if hook:
        secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    made = Subscription.objects.create(
        id=uuid7(at), grant=grant, client=grant.client, data_set=grant.data_set, name=name, division_code=grant.division_code,
        subscriber_code=grant.client.division_code, way=way, filter=chosen, state=State.UNCONFIRMED if hook else State.OPEN,
        position=place.position, within=place.within, sent_position=place.position, url=url, ca=ca.strip(),
        secret_cipher=seal("extra", secret) if hook else None, dead_after_hours=dead_after_hours, created_at=at,
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])
    record(
        by=grant.client_id, action="subscription.make", object_kind="subscription", object_id=made.pk, at=at,
        detail={"grant": grant.pk, "data_set": grant.data_set, "way": way, "filter": chosen,
            "to": httpx.URL(url).host if url else "",
        },
    )  # fmt: skip
    return Made(made, secret)


def _check_url(url: str, ca: str) -> None:
    try:
        parts = httpx.URL(url)
    except httpx.InvalidURL:
        raise SubscriptionError("回调地址不是有效的网址") from None
    if parts.scheme != "https" or not parts.host or len(url) > 500:
        raise SubscriptionError("回调地址应以 https:// 开头, 最长 500 字")
    if parts.userinfo or parts.fragment:
        raise SubscriptionError("回调地址中不能带账号和锚点")
    if ca.strip():
        try:
            ssl.create_default_context(cadata=ca)
        except (ssl.SSLError, ValueError):
            raise SubscriptionError("接收方根证书应为 PEM 格式") from None
