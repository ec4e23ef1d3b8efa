"""What is done with the catalogue (目录办理): a node's own settings, each change kept; late feeds told."""

from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction

from minzheng.foundation.access.scope import Scope
from minzheng.foundation.accounts.models import User
from minzheng.foundation.accounts.terms import Role
from minzheng.foundation.audit.services import record
from minzheng.foundation.notices.services import notify
from minzheng.kernel.saying import say_day
from minzheng.standards.errors import UnknownStandardError
from minzheng.standards.queries import code_book, data_set
from minzheng.stewardship.resources.models import ResourceSetting
from minzheng.stewardship.resources.queries.feeds import watched
from minzheng.stewardship.resources.terms import CYCLE_TABLE

TEXTS = ("resource_code", "owner_office", "owner_contact", "owner_phone", "cycle_code", "note")
LABELS = {name: str(getattr(ResourceSetting._meta.get_field(name), "verbose_name", name)) for name in TEXTS}
OF_A_SOURCE = ("cycle_code", "note")


class SettingError(ValueError):
    """The setting can't be kept; the message says why (设置无效)."""


def set_resource(
    *, key: str, source: str = "", values: Mapping[str, str], expected: bool = True, by: User, at: datetime
) -> ResourceSetting | None:
    """Keep what holds from now on for a data set, or one source of it; None where nothing changed (设定).

    ``values``: the columns of ``TEXTS``; one not given becomes empty. Raises ``SettingError``, and where somebody else
    has changed it at the same moment.
    """
    texts = _checked(key, source, values, by)
    with transaction.atomic():
        current = ResourceSetting.objects.select_for_update().filter(
            data_set=key, source_name=source, recorded_to__isnull=True
        ).first()  # fmt: skip
        now = texts | {"expected": expected}
        before = {name: getattr(current, name) if current else _NOTHING_SAID[name] for name in now}
        if now == before:
            return None
        if current:
            current.recorded_to = at
            current.save(update_fields=["recorded_to"])
        try:
            kept = ResourceSetting.objects.create(
                data_set=key, source_name=source, division_code=settings.NODE_DIVISION_CODE, recorded_from=at,
                by=by, by_name=by.display_name, **now,
            )  # fmt: skip
        except IntegrityError:
            raise SettingError("这项设置刚由他人修改, 请刷新后重试") from None
        changed = sorted(name for name in now if now[name] != before[name])
        record(
            by=by, action="resources.set", object_kind="data_set", object_id=key,
            detail={"source": source, "changed": changed}, at=at,
        )  # fmt: skip
    return kept


_NOTHING_SAID: dict[str, str | bool] = dict.fromkeys(TEXTS, "") | {"expected": True}


def _checked(key: str, source: str, values: Mapping[str, str], by: User) -> dict[str, str]:
    if not by.has_role(Role.ADMINISTRATOR) or not Scope.of(by).covers(settings.NODE_DIVISION_CODE):
        raise SettingError("只有本节点的系统管理员可以修改目录设置")
    try:
        data_set(key)
    except UnknownStandardError as error:
        raise SettingError(str(error)) from error
    texts = {name: " ".join(values.get(name, "").split()) for name in TEXTS}
    if source and any(texts[name] for name in TEXTS if name not in OF_A_SOURCE):
        raise SettingError("来源只能设定更新周期、是否催报和说明")
    for name, text in texts.items():
        longest = getattr(ResourceSetting._meta.get_field(name), "max_length", None) or 0
        if len(text) > longest:
            raise SettingError(f"{LABELS[name]}不能超过 {longest} 字")
    cycle = texts["cycle_code"]
    if cycle and cycle not in {code.code for code in code_book().codes(CYCLE_TABLE)}:
        raise SettingError(f"更新周期“{cycle}”不在代码表之内")
    return texts


def tell_late_feeds(*, at: datetime) -> int:
    """A notice to the data officers for every source whose promised day is over; the same lateness once (催报)."""
    told = 0
    scope = Scope.system(settings.NODE_DIVISION_CODE)
    for source in watched(scope, at=at):
        if not source.standing.state.is_late or source.standing.due_on is None:
            continue
        due_on, state = source.standing.due_on, source.standing.state
        notify(
            division_code=settings.NODE_DIVISION_CODE,
            roles=[Role.DATA_OFFICER],
            title=f"数据{state.label}：{source.feed_label}（{source.name}）应于 {say_day(due_on)}到达",
            url=f"/resources/feeds/{source.feed}/",
            key=f"feed-late:{source.feed}:{source.name}:{due_on:%Y%m%d}:{state}",
            at=at,
        )
        told += 1
    return told
