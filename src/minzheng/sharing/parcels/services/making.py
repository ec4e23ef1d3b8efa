"""A parcel is made (制作报文): asked for with a purpose, held against what may be given, read, sealed, kept."""

import datetime
import os
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, cast
from uuid import UUID

from django.db import transaction

from minzheng.exchange.declare import UnknownFeedError
from minzheng.exchange.outgoing import (
    OutColumn,
    OutgoingRefusedError,
    Wanted,
    check_scope,
    columns_kept,
    rows_out,
)
from minzheng.foundation.access.scope import Scope
from minzheng.foundation.access.standing import as_node
from minzheng.foundation.accounts.models import User
from minzheng.foundation.audit.services import record
from minzheng.foundation.crypto.keys import KeyUnusableError
from minzheng.foundation.files.services import copy_out, store
from minzheng.foundation.members.models import Member
from minzheng.foundation.members.services import MemberError, own_code, sign, trusted
from minzheng.kernel.division import prefix
from minzheng.kernel.masking import mask_within
from minzheng.kernel.uuid7 import uuid7
from minzheng.sharing.grants.terms import Method
from minzheng.sharing.grants.using import count_use, take_quota
from minzheng.sharing.parcels.form.envelope import Sealing
from minzheng.sharing.parcels.form.manifest import DATA, Manifest
from minzheng.sharing.parcels.form.package import Packing
from minzheng.sharing.parcels.form.schema import SchemaColumn
from minzheng.sharing.parcels.form.table import CSV, FORMS
from minzheng.sharing.parcels.models import Parcel
from minzheng.sharing.parcels.rights import Allowed, Allows, NotAllowedError, again, by_right, may_read
from minzheng.sharing.parcels.services.spooling import spooled
from minzheng.sharing.parcels.terms import (
    ANSWER_WITHIN,
    SHORTEST_PURPOSE,
    SUFFIX,
    Direction,
    State,
)
from minzheng.standards import queries as standards
from minzheng.standards.errors import StandardsError


class ParcelRefusedError(ValueError):
    """What is asked of a parcel can't be done; the message is the reason in Chinese (报文不予办理)."""


# What is refused before anything is read, each with its reason in Chinese.
REFUSALS = (
    ParcelRefusedError, OutgoingRefusedError, NotAllowedError, MemberError, UnknownFeedError, StandardsError,
)  # fmt: skip


def begin(
    data_set: str, *, to: str, scope: Scope, purpose: str, by: User | str | None, at: datetime.datetime,
    division: str | None = None, since: datetime.date | None = None, fields: Sequence[str] | None = None,
    form: str = CSV, allows: Allows = by_right,
) -> Parcel:  # fmt: skip
    """Hold what is asked for against scope and rights, and enter it; nothing is read yet (登记制作).

    ``fields`` are headings, all that are kept where none is named. Raises ``ParcelRefusedError``; then nothing is entered
    but the refusal in the audit trail.
    """
    purpose = mask_within(" ".join(purpose.split()))[:500]
    try:
        if len(purpose) < SHORTEST_PURPOSE:
            raise ParcelRefusedError("请写明用途 (记入审计)")
        if form not in FORMS:
            raise ParcelRefusedError(f"数据格式应为 {'、'.join(FORMS)}")
        columns, whole = _columns(data_set, fields)
        member = _receiver(to, at)
        spec = standards.data_set(data_set)
        allowed = allows(member, spec, None if whole else [column.heading for column in columns], at)
        if whole and allowed.fields is not None:  # all that is granted, where no field is named
            columns, whole = _columns(data_set, list(allowed.fields))
        wanted = Wanted(_division(division, allowed, scope), since)
        check_scope(scope, data_set, wanted)
        _take_quota(allowed, at)
    except REFUSALS as error:
        record(
            by=by, action="parcel.make", object_kind="parcel", object_id="", purpose=purpose, result="refused",
            detail={"data_set": data_set[:40], "to": to[:32], "reason": str(error)[:200]}, at=at,
        )  # fmt: skip
        raise ParcelRefusedError(str(error)) from error
    new = uuid7(at)
    with as_node(), transaction.atomic():
        parcel = Parcel.objects.create(
            id=new, parcel_id=new, direction=Direction.SENT, state=State.MAKING, partner_code=member.code,
            partner_name=member.name, data_set=data_set, division_code=wanted.division, about_code=wanted.division,
            fields=[column.heading for column in columns], whole=whole, since_on=since, form=form, purpose=purpose,
            grant=allowed.grant, begun_at=at, begun_by=_name(by), reply_by_at=at + ANSWER_WITHIN,
        )  # fmt: skip
        record(
            by=by, action="parcel.make", object_kind="parcel", object_id=new, purpose=purpose,
            detail=_told(parcel), at=at,
        )  # fmt: skip
    return parcel


def fill(parcel_id: UUID, *, at: datetime.datetime) -> Parcel:
    """Read, seal and keep what was entered; what is made already stays as it is (制作). Raises ``ParcelRefusedError``."""
    with as_node():
        parcel = Parcel.objects.get(pk=parcel_id, direction=Direction.SENT)
        if parcel.state not in (State.MAKING, State.FAILED):
            return parcel
        try:
            with spooled(at=at) as folder:
                path = folder / "parcel"
                grant, allowed = (
                    again(parcel.grant, at=at) if parcel.grant else (None, Allowed(parcel.division_code))
                )
                _write(parcel, path, allowed, at)
                with path.open("rb") as file:
                    stored = store(file, name=file_name(parcel), at=at)
                parcel.file_sm3, parcel.size, parcel.made_at = stored.sm3, stored.size, at
                parcel.file_name, parcel.state, parcel.problem = file_name(parcel), State.MADE, ""
        except (*REFUSALS, KeyUnusableError) as error:
            parcel.state, parcel.problem = State.FAILED, str(error)
            parcel.save(update_fields=["state", "problem"])
            raise ParcelRefusedError(str(error)) from error
        with transaction.atomic():
            parcel.save()
            if grant is not None:
                count_use(grant, Method.PARCEL, at=at, hits=parcel.rows)
    return parcel


def make(
    data_set: str, *, to: str, scope: Scope, purpose: str, by: User | str | None, at: datetime.datetime, out: Path,
    division: str | None = None, since: datetime.date | None = None, fields: Sequence[str] | None = None,
    form: str = CSV, allows: Allows = by_right,
) -> Path:  # fmt: skip
    """A parcel made and written at once; where ``out`` is a folder, under its own name (制作并写出). Returns the file."""
    parcel = begin(
        data_set, to=to, scope=scope, purpose=purpose, by=by, at=at, division=division, since=since,
        fields=fields, form=form, allows=allows,
    )  # fmt: skip
    parcel = fill(parcel.id, at=at)
    target = out / parcel.file_name if out.is_dir() else out
    write_parcel(parcel, target, by=by, at=at)
    return target


def write_parcel(parcel: Parcel, target: Path, *, by: User | str | None, at: datetime.datetime) -> None:
    """Write the sealed file, whole or not at all, and mark it handed over; audited (取出报文)."""
    if not parcel.file_sm3 or parcel.direction != Direction.SENT:
        raise ParcelRefusedError("报文还没有制作完成, 不能取出")
    if parcel.grant:
        _still_granted(parcel, at)
    with as_node(), transaction.atomic():
        Parcel.objects.filter(pk=parcel.pk, handed_at__isnull=True).update(handed_at=at)
        record(
            by=by, action="parcel.out", object_kind="parcel", object_id=parcel.parcel_id,
            purpose=parcel.purpose, detail={"to": parcel.partner_code}, at=at,
        )  # fmt: skip
    copy_out(parcel.file_sm3, target)


def write_data(parcel: Parcel, target: Path, *, purpose: str, by: User | str | None, at: datetime.datetime) -> None:  # fmt: skip
    """Write the data of a received parcel no feed takes, in clear; asks for a purpose, audited (取出留存的数据)."""
    purpose = mask_within(" ".join(purpose.split()))[:500]
    if len(purpose) < SHORTEST_PURPOSE:
        raise ParcelRefusedError("请写明用途 (记入审计)")
    if reason := may_read(by, parcel.data_set):
        raise ParcelRefusedError(reason)
    if not parcel.data_sm3:
        raise ParcelRefusedError("这份报文没有留存的数据文件")
    record(
        by=by, action="parcel.data_out", object_kind="parcel", object_id=parcel.parcel_id, purpose=purpose,
        detail={"from": parcel.partner_code, "data_set": parcel.data_set}, at=at,
    )  # fmt: skip
    copy_out(parcel.data_sm3, target)


def file_name(parcel: Parcel) -> str:
    """How the file is called: sender, data set, receiver, the number's end (文件名)."""
    return f"{own_code()}-{parcel.data_set}-{parcel.partner_code}-{parcel.id.hex[-12:]}{SUFFIX}"


def own_name() -> str:
    """The name this node is known by (本节点名称)."""
    name = Member.objects.filter(code=own_code()).values_list("name", flat=True).first()
    return name or f"{standards.division_name(own_code())}民政部门"


def _write(parcel: Parcel, path: Path, allowed: Allowed, at: datetime.datetime) -> None:
    columns, _ = _columns(parcel.data_set, parcel.fields)
    member = _receiver(parcel.partner_code, at)
    shown = [SchemaColumn(c.heading, c.name, c.element, c.required) for c in columns]
    with path.open("wb") as target:
        sealing = Sealing(
            target, parcel_id=str(parcel.id), sender=own_code(), receiver=member.code,
            seal_key=bytes.fromhex(member.seal_key),
        )  # fmt: skip
        with Packing(cast("BinaryIO", sealing), at) as packing:
            # What may be read was settled when it was asked for.
            pieces = rows_out(
                Scope.system(own_code()),
                parcel.data_set,
                columns,
                Wanted(
                    parcel.division_code, parcel.since_on, allowed.from_on, allowed.to_on,
                    tuple((name, tuple(codes)) for name, codes in allowed.codes.items()),
                ),
            )  # fmt: skip
            parcel.rows = packing.rows(shown, parcel.form, allowed.hidden(pieces))
            if not parcel.rows:
                raise ParcelRefusedError("没有符合条件的数据, 没有制作报文")
            packing.describe(shown, parcel.form, _manifest(parcel, packing, at), _title(parcel))
            parcel.manifest_sm3 = packing.seal_off(_manifest(parcel, packing, at), sign).hex()
        sealing.close()
        target.flush()
        os.fsync(target.fileno())


def _manifest(parcel: Parcel, packing: Packing, at: datetime.datetime) -> Manifest:
    return Manifest(
        id=str(parcel.id), kind=DATA, sender=own_code(), sender_name=own_name(), receiver=parcel.partner_code,
        data_set=parcel.data_set, division=parcel.division_code, made_at=at, rows=parcel.rows,
        members=packing.members, fields=tuple(parcel.fields), whole=parcel.whole, since=parcel.since_on,
        purpose=parcel.purpose, grant=parcel.grant, reply_by=parcel.reply_by_at,
    )  # fmt: skip


def _title(parcel: Parcel) -> str:
    return f"{standards.data_set(parcel.data_set).name} ({standards.division_name(parcel.division_code)})"


def _columns(data_set: str, fields: Sequence[str] | None) -> tuple[list[OutColumn], bool]:
    """(the columns asked for, whether they are all)."""
    kept = columns_kept(data_set)
    if not fields:
        return kept, True
    unknown = [heading for heading in fields if heading not in {column.heading for column in kept}]
    if unknown:
        raise ParcelRefusedError(
            f"没有字段 {'、'.join(unknown)[:200]}, 可选: {'、'.join(c.heading for c in kept)}"
        )
    chosen = [column for column in kept if column.heading in set(fields)]
    return chosen, len(chosen) == len(kept)


def _receiver(code: str, at: datetime.datetime) -> Member:
    if code == own_code():
        raise ParcelRefusedError("接收方是本节点自己")
    member = trusted(code, at=at)
    if not member.seal_key:
        raise ParcelRefusedError(f"{member} 还没有登记封装公钥, 不能向其发送报文")
    return member


def _division(asked: str | None, allowed: Allowed, scope: Scope) -> str:
    """The rows' division: as asked, else as far as both the grant and the scope reach."""
    most = prefix(allowed.division)
    if asked is None:
        asked = allowed.division if most.startswith(scope.prefix) else scope.division_code
    if not standards.division_tree().get(asked):
        raise ParcelRefusedError(f"没有区划 {asked[:12]}")
    if not prefix(asked).startswith(most):
        raise ParcelRefusedError(f"区划 {asked} 超出可向该成员提供的范围 ({allowed.division})")
    return asked


def _take_quota(allowed: Allowed, at: datetime.datetime) -> None:
    if allowed.grant:
        grant, _ = again(allowed.grant, at=at)
        over = take_quota(grant, at=at)
        if over is not None:
            raise ParcelRefusedError(f"{grant}每{over.per}限 {over.limit} 次, 已用完")


def _still_granted(parcel: Parcel, at: datetime.datetime) -> None:
    try:
        again(parcel.grant, at=at)
    except NotAllowedError as error:
        raise ParcelRefusedError(str(error)) from None


def _told(parcel: Parcel) -> dict[str, object]:
    return {
        "to": parcel.partner_code, "data_set": parcel.data_set, "division": parcel.division_code,
        "since": parcel.since_on.isoformat() if parcel.since_on else None, "fields": parcel.fields,
        "grant": parcel.grant,
    }  # fmt: skip


def _name(by: User | str | None) -> str:
    return str(by)[:150] if by else "命令行"
