"""What is done with intakes (接入来源服务): entered, changed, tried, confirmed, stopped, removed; places allowed."""

import dataclasses
import shutil
import tempfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any

from django.conf import settings
from django.db import transaction

from minzheng.exchange.declare import feed_named
from minzheng.exchange.errors import IntakeError, SourceError, UnconfirmedError
from minzheng.exchange.extract.database.address import parse_url
from minzheng.exchange.intake.declare import adapter_named
from minzheng.exchange.intake.places import parse_place
from minzheng.exchange.intake.running import Ran, Watch, plainly, run, spool_of, work_of
from minzheng.exchange.intake.sealed import opened, put, read_settings
from minzheng.exchange.models import AllowedPlace, DatabaseSource, Intake
from minzheng.foundation.access.scope import Scope
from minzheng.foundation.accounts.models import User
from minzheng.foundation.accounts.terms import Role
from minzheng.foundation.audit.services import record
from minzheng.foundation.crypto.fields import open_text

__all__ = ["Ran", "Watch", "run"]
CHECK_S = 25
LONGEST_CYCLE = 60 * 24 * 366
By = User | str | None


def add(
    name: str, *, feed: str, adapter: str, values: Mapping[str, Any], cycle_minutes: int = 0, by: By, at: datetime
) -> Intake:  # fmt: skip
    """Enter a source; it is not connected to yet (登记接入来源). Raises ``IntakeError`` or ``UnknownFeedError``."""
    may_manage(by, feed)
    found, spec = adapter_named(adapter), feed_named(feed)
    intake = Intake(
        name=_name(name), feed=spec.key, division_code=settings.NODE_DIVISION_CODE, adapter=found.key,
        cycle_minutes=_cycle(cycle_minutes), created_at=at,
    )  # fmt: skip
    put(intake, read_settings(found, values, {}))
    intake.next_at = at if intake.cycle_minutes else None
    with transaction.atomic():
        if (
            Intake.objects.filter(name=intake.name).exists()
            or DatabaseSource.objects.filter(name=intake.name).exists()
        ):
            raise IntakeError(f"来源“{intake.name}”已经登记")
        intake.save(force_insert=True)
        _record(intake, "intake.add", by, at, place=found.place(opened(intake)))
    return intake


def change(
    intake: Intake, *, values: Mapping[str, Any], cycle_minutes: int, by: By, at: datetime
) -> list[str]:
    """Other settings or another cycle; returns what changed, by name. Raises ``IntakeError`` (修改接入来源)."""
    may_manage(by, intake.feed)
    found = adapter_named(intake.adapter)
    with transaction.atomic():
        kept = Intake.objects.select_for_update().get(pk=intake.pk)
        before = opened(kept)
        read = read_settings(found, values, before)
        changed = sorted(name for name, value in read.items() if value != before.get(name))
        if kept.cycle_minutes != _cycle(cycle_minutes):
            changed.append("cycle_minutes")
        put(kept, read)
        kept.cycle_minutes = _cycle(cycle_minutes)
        if any(f.address and f.name in changed for f in found.fields):
            kept.offered = {}
            kept.reached = {}  # how far another server was read says nothing of this one
        kept.next_at = at if kept.cycle_minutes and not kept.paused else None
        kept.save()
        if changed:
            _record(kept, "intake.change", by, at, changed=changed)
    intake.refresh_from_db()
    return changed


def check(intake: Intake, *, by: By, at: datetime) -> str:
    """Try the road and say in one sentence what was found; raises ``SourceError`` with the first thing wrong (试连)."""
    may_manage(by, intake.feed)
    found = adapter_named(intake.adapter)
    work = work_of(intake, found)
    with tempfile.TemporaryDirectory(dir=spool_of(intake).parent, prefix="check-") as folder:
        short = dataclasses.replace(work, spool=Path(folder), ends_at=monotonic() + CHECK_S)
        try:
            with plainly(found):
                said = found.check(opened(intake), short)
        except SourceError as error:
            if isinstance(error, UnconfirmedError):
                intake.offered = {"field": error.field, "value": error.value, "shown": error.shown}
                intake.save(update_fields=["offered"])
            _record(intake, "intake.check", by, at, result="refused", problem=str(error))
            raise
    _record(intake, "intake.check", by, at)
    return said


def confirm(intake: Intake, *, shown: str, by: By, at: datetime) -> None:
    """Hold the other side to what an officer has compared, a host key by its fingerprint (确认). Raises ``IntakeError``."""
    may_manage(by, intake.feed)
    with transaction.atomic():
        kept = Intake.objects.select_for_update().get(pk=intake.pk)
        if not shown or kept.offered.get("shown") != shown.strip():
            raise IntakeError("指纹与最近一次试连所见的不同, 请重新试连后核对")
        kept.settings |= {kept.offered["field"]: kept.offered["value"]}
        kept.offered = {}
        kept.save(update_fields=["settings", "offered"])
        _record(kept, "intake.confirm", by, at, shown=shown.strip())
    intake.refresh_from_db()


def forget_confirmed(intake: Intake, *, by: By, at: datetime) -> None:
    """Forget what was confirmed, where the other side has changed its key; it must be confirmed anew (重新确认)."""
    may_manage(by, intake.feed)
    names = [f.name for f in adapter_named(intake.adapter).fields if f.kind == "confirmed"]
    with transaction.atomic():
        intake.settings |= dict.fromkeys(names, "")
        intake.offered = {}
        intake.save(update_fields=["settings", "offered"])
        _record(intake, "intake.unconfirm", by, at)


def pause(intake: Intake, *, paused: bool, by: By, at: datetime) -> None:
    """Stop fetching by itself, or go on with it (停用、启用)."""
    may_manage(by, intake.feed)
    with transaction.atomic():
        intake.paused = paused
        intake.next_at = at if intake.cycle_minutes and not paused else None
        intake.save(update_fields=["paused", "next_at"])
        _record(intake, "intake.pause" if paused else "intake.resume", by, at)


def remove(intake: Intake, *, by: By, at: datetime) -> None:
    """Forget a source, its secrets and which files it took; batches and what they brought stay (移除接入来源)."""
    may_manage(by, intake.feed)
    with transaction.atomic():
        _record(intake, "intake.remove", by, at)
        shutil.rmtree(spool_of(intake), ignore_errors=True)
        intake.delete()


def adopt(source: DatabaseSource, *, cycle_minutes: int = 0, by: By, at: datetime) -> Intake:
    """A database entered by the command becomes an intake and goes on where it was read to (转入). Raises ``IntakeError``."""
    address = parse_url(open_text("extra", source.url_cipher) or "")
    options = {k.lower(): v for k, v in address.options.items()}
    mode = (options.pop("sslmode", "") or options.pop("ssl-mode", "")).lower()
    tls = {"require": "require", "required": "require", "verify-full": "verify", "verify_identity": "verify"}
    if (mode and mode not in (*tls, "prefer", "preferred")) or source.key_overlap is not None:
        raise IntakeError(f"来源库“{source.name}”的加密方式或按键增量不能转入, 请继续用命令抽取")
    host = address.host or options.pop("host", "") or options.pop("socket", "")
    values = {
        "kind": address.kind, "host": host, "port": address.port or 0, "database": address.database,
        "user": address.user, "password": address.password, "tls": tls.get(mode, "prefer"),
        "options": "\n".join(f"{k}={v}" for k, v in options.items()), "table": source.table or "",
        "query": source.query or "", "columns": "\n".join(f"{k}={v}" for k, v in source.columns.items()),
        "key_columns": ",".join(source.key_columns), "time_column": source.time_column or "",
        "overlap": int(source.overlap.total_seconds() // 60),
    }  # fmt: skip
    with transaction.atomic():
        DatabaseSource.objects.filter(pk=source.pk).delete()
        intake = add(
            source.name, feed=source.feed, adapter="database", values=values, cycle_minutes=cycle_minutes,
            by=by, at=at,
        )  # fmt: skip
        intake.reached = {"time": source.watermark_time, "key": source.watermark_key}
        intake.save(update_fields=["reached"])
    return intake


def allow(place: str, *, note: str = "", by: By, at: datetime) -> AllowedPlace:
    """Let sources be fetched from a host, network or folder; raises ``IntakeError`` (允许访问)."""
    _may_allow(by)
    text = place.strip().lower() if not place.strip().startswith("/") else place.strip()
    parse_place(text)
    with transaction.atomic():
        kept, made = AllowedPlace.objects.get_or_create(
            place=text[:255], defaults={"note": note.strip()[:200], "allowed_at": at}
        )
        if made:
            record(by=by, action="intake.allow", object_kind="allowed_place", object_id=text, at=at)
    return kept


def disallow(place: AllowedPlace, *, by: By, at: datetime) -> None:
    """No source is fetched from there from now on (不再允许)."""
    _may_allow(by)
    with transaction.atomic():
        record(by=by, action="intake.disallow", object_kind="allowed_place", object_id=place.place, at=at)
        place.delete()


def may_manage(by: By, feed: str) -> None:
    """Data officers and administrators of the whole node, within their businesses; the command line is the node itself.

    Raises ``IntakeError`` for anyone else (可否办理).
    """
    if not isinstance(by, User):
        return
    scope = Scope.of(by)
    if not by.has_role(Role.DATA_OFFICER, Role.ADMINISTRATOR) or not scope.covers(
        settings.NODE_DIVISION_CODE
    ):
        raise IntakeError("只有本节点的数据管理员和系统管理员可以办理接入来源")
    if not scope.allows_business(feed_named(feed).business_code):
        raise IntakeError("这个数据集不在您的业务范围之内")


def _may_allow(by: By) -> None:
    if isinstance(by, User) and not (
        by.has_role(Role.ADMINISTRATOR) and Scope.of(by).covers(settings.NODE_DIVISION_CODE)
    ):
        raise IntakeError("只有本节点的系统管理员可以修改允许访问的地址")


def _name(name: str) -> str:
    text = " ".join(name.split())
    if not 1 <= len(text) <= 100:
        raise IntakeError("来源名称应为 1 至 100 字")
    return text


def _cycle(minutes: int) -> int:
    if not 0 <= minutes <= LONGEST_CYCLE:
        raise IntakeError("周期应在 0 (只手动取数) 至 366 天之间")
    return minutes


def _record(intake: Intake, action: str, by: By, at: datetime, *, result: str = "ok", **detail: Any) -> None:
    said = {"name": intake.name, "adapter": intake.adapter} | detail
    record(by=by, action=action, object_kind="intake", object_id=intake.pk, result=result, detail=said, at=at)
