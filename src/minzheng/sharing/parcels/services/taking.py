"""A parcel is taken in (接收报文): verified first, then brought in like any file, then answered. Twice is once.

What can't be believed is kept with the reason and writes nothing. What is believed is known by its sender and number: coming
again, by whatever road, it changes nothing and has the same receipt.
"""

import datetime
from pathlib import Path
from typing import Any, BinaryIO, cast
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SM3, Hash
from django.db import IntegrityError, transaction

from minzheng.exchange import services as exchange
from minzheng.exchange.declare import feeds
from minzheng.exchange.flow import BatchBusyError
from minzheng.exchange.models import Batch
from minzheng.foundation.access.standing import as_node
from minzheng.foundation.accounts.models import User
from minzheng.foundation.audit.services import record
from minzheng.foundation.crypto import sm2
from minzheng.foundation.files.services import store
from minzheng.foundation.members.models import Member
from minzheng.foundation.members.services import MemberError, check, own_code, trusted
from minzheng.kernel.masking import mask_within
from minzheng.kernel.uuid7 import uuid7
from minzheng.sharing.parcels.form.envelope import Envelope, opened, read_envelope
from minzheng.sharing.parcels.form.errors import ParcelError
from minzheng.sharing.parcels.form.manifest import RECEIPT
from minzheng.sharing.parcels.form.package import Package, check_digests, read_package
from minzheng.sharing.parcels.form.table import CsvTable, read_xml
from minzheng.sharing.parcels.models import Parcel
from minzheng.sharing.parcels.rights import may_read
from minzheng.sharing.parcels.services.answering import Receipt, outcome, seal_receipt, take_receipt
from minzheng.sharing.parcels.services.spooling import spooled
from minzheng.sharing.parcels.terms import CLOCKS_APART, LONGEST_FILE, Direction, State

PIECE = 1 << 20


def take(
    source: Path | BinaryIO,
    *,
    by: User | str | None,
    at: datetime.datetime,
    name: str = "",
    later: bool = False,
) -> Receipt:
    """Take in a parcel or a receipt from a file or a stream; a refusal is an answer, not an exception (接收).

    ``later``: bringing in is left to the worker, the receipt says ``taking`` until then.
    """
    name = Path(name or (source.name if isinstance(source, Path) else "")).name[:255]
    with as_node(), spooled(at=at) as folder:
        try:
            path = _as_file(source, folder / "parcel")
        except ParcelError as error:  # too large to keep: the reason alone
            return _refused(None, None, str(error), name=name, by=by, at=at)
        sm3 = _digest(path)
        known = Parcel.objects.filter(
            parcel_id__isnull=False, file_sm3=sm3, direction=Direction.RECEIVED
        ).first()
        if known is not None:
            reads = not may_read(by, known.data_set)
            return _again(known, later=later, at=at) if reads else Receipt(known, again=True)
        envelope: Envelope | None = None
        try:
            envelope = read_envelope(path)
            package = _verified(path, envelope, folder / "inside", at)
            if reason := may_read(by, package.manifest.data_set):
                raise ParcelError(reason)
            if package.manifest.kind == RECEIPT:
                return take_receipt(package, path, by=by, at=at)
            receipt = _enter(package, path, name, by=by, at=at, folder=folder)
        except (ParcelError, MemberError) as error:
            return _refused(path, envelope, str(error), name=name, by=by, at=at)
    return (
        _again(receipt.parcel, later=later, at=at) if receipt.again else _go_on(receipt, later=later, at=at)
    )


def finish(parcel: Parcel, *, at: datetime.datetime) -> Parcel:
    """Once the batch is over: outcome and receipt; before and afterwards nothing (结束接收)."""
    with as_node(), transaction.atomic():
        locked = Parcel.objects.select_for_update().get(pk=parcel.pk)
        if locked.state != State.TAKING:
            return locked
        batch = exchange.batch_named(str(locked.batch_id))
        if not batch.over:
            return locked
        loaded = batch.stage == Batch.Stage.FINISHED
        locked.state = State.TAKEN if loaded else State.REFUSED
        locked.problem = "" if loaded else (batch.problem or "")
        locked.counts = outcome(locked, batch, at=at)
        seal_receipt(locked, at=at)
        locked.answered_at = at
        locked.save()
    return locked


def _go_on(receipt: Receipt, *, later: bool, at: datetime.datetime) -> Receipt:
    """Bring in what was entered; where another process is at it, that one goes on."""
    parcel = receipt.parcel
    if parcel.state == State.TAKING and not later:
        with as_node():
            try:
                exchange.run(exchange.batch_named(str(parcel.batch_id)))
            except BatchBusyError:
                return Receipt(parcel, receipt.again)
            parcel = finish(parcel, at=at)
    return Receipt(parcel, receipt.again)


def _again(parcel: Parcel, *, later: bool, at: datetime.datetime) -> Receipt:
    """Known already: nothing changes, unless taking it in was interrupted."""
    return _go_on(Receipt(parcel, again=True), later=later, at=at)


def _verified(path: Path, envelope: Envelope, inside: Path, at: datetime.datetime) -> Package:
    """The package, once receiver, HMAC, signature, sender and digests hold. Raises ``ParcelError``, ``MemberError``."""
    if envelope.receiver != own_code():
        raise ParcelError(f"这份报文是发给 {envelope.receiver[:32]} 的, 不是发给本节点 ({own_code()}) 的")
    with inside.open("wb") as target:
        for piece in opened(path, sm2.own_pair(sm2.SEAL)):
            target.write(piece)
    package = read_package(inside)
    manifest = package.manifest
    if manifest.made_at > at + CLOCKS_APART:
        raise ParcelError("报文的制作时间晚于现在, 请核对双方时钟")
    check(bytes.fromhex(package.manifest_sm3), package.signed, at=manifest.made_at)
    sender = Member.objects.get(code=package.signed.by)
    if (
        sender.revoked_at is not None and sender.revoked_at <= at
    ):  # when it was made is only the sender's own word
        trusted(sender.code, at=max(at, sender.revoked_at))
    said = (manifest.id, manifest.sender, manifest.receiver)
    if said != (envelope.id, envelope.sender, envelope.receiver) or manifest.sender != package.signed.by:
        raise ParcelError("报文信封、清单和签名所说的编号或成员不一致")
    check_digests(package)
    return package


def _enter(
    package: Package, path: Path, name: str, *, by: User | str | None, at: datetime.datetime, folder: Path
) -> Receipt:
    """The parcel, its file and its batch in one transaction; one that is known already stays as it was."""
    manifest = package.manifest
    mine = {"direction": Direction.RECEIVED, "partner_code": manifest.sender, "parcel_id": manifest.id}
    known = Parcel.objects.filter(**mine).first()
    if known is None:
        try:
            with transaction.atomic():
                return Receipt(_keep(package, path, name, by=by, at=at, folder=folder))
        except IntegrityError:  # another process was quicker
            known = Parcel.objects.get(**mine)
    if known.manifest_sm3 != package.manifest_sm3:
        raise ParcelError("同一编号的报文已经接收, 而这一份的内容不同, 请发送方另行编号")
    return Receipt(known, again=True)


def _keep(
    package: Package, path: Path, name: str, *, by: User | str | None, at: datetime.datetime, folder: Path
) -> Parcel:
    manifest = package.manifest
    with path.open("rb") as file:
        stored = store(file, name=name or f"{manifest.id}.parcel", at=at)
    sender = Member.objects.get(code=manifest.sender)
    problem = _not_by_feed(package)
    parcel = Parcel(
        id=uuid7(at), parcel_id=UUID(manifest.id), direction=Direction.RECEIVED, partner_code=sender.code,
        partner_name=sender.name, data_set=manifest.data_set, division_code=own_code(), about_code=manifest.division,
        fields=list(manifest.fields), whole=manifest.whole, since_on=manifest.since,
        form=package.data_name.rpartition(".")[2], purpose=mask_within(manifest.purpose), grant=manifest.grant,
        rows=manifest.rows, size=stored.size, file_name=name, file_sm3=stored.sm3, manifest_sm3=package.manifest_sm3, begun_at=at,
        begun_by=str(by)[:150] if by else "命令行", made_at=manifest.made_at, reply_by_at=manifest.reply_by,
        state=State.KEPT if problem else State.TAKING, problem=problem,
    )  # fmt: skip
    if problem:
        data = folder / "data"
        _copy(package, data)
        with data.open("rb") as file:
            parcel.data_sm3 = store(file, name=package.data_name, at=at).sm3
        parcel.counts = outcome(parcel, None, at=at)
        seal_receipt(parcel, at=at)
        parcel.answered_at = at
    else:
        with _as_csv(package, folder).open("rb") as file:
            batch = exchange.receive(
                manifest.data_set, file, name=f"电子报文-{manifest.data_set}-{manifest.id[-12:]}.csv",
                source=f"{sender.name}电子报文"[:100], by=by if isinstance(by, User) else None, at=at,
            )  # fmt: skip
        parcel.batch_id = batch.id
    parcel.save(force_insert=True)
    record(
        by=by, action="parcel.take", object_kind="parcel", object_id=manifest.id, purpose=parcel.purpose,
        detail={"from": sender.code, "data_set": manifest.data_set, "rows": manifest.rows, "state": parcel.state},
        at=at,
    )  # fmt: skip
    return parcel


def _not_by_feed(package: Package) -> str:
    """Why a parcel is kept as it is instead of being brought in; empty where a feed takes it."""
    manifest = package.manifest
    if manifest.data_set not in feeds():
        return "本节点不接收这个数据集入库, 数据按原样留存"
    if not manifest.whole:
        return "报文只含部分字段, 入库会覆盖完整的内容, 数据按原样留存"
    later = Parcel.objects.filter(
        direction=Direction.RECEIVED, partner_code=manifest.sender, data_set=manifest.data_set,
        about_code=manifest.division, made_at__gt=manifest.made_at, state__in=[State.TAKING, State.TAKEN],
    )  # fmt: skip
    if later.exists():
        return "已接收同一发送方制作更晚的报文, 这一份没有入库, 数据按原样留存"
    return ""


def _as_csv(package: Package, folder: Path) -> Path:
    """The data as the feeds read them: a CSV as it is, XML turned into one."""
    data, path = folder / "data", folder / "data.csv"
    if package.data_name == "data.csv":
        _copy(package, path)
        return path
    _copy(package, data)
    columns = package.columns()
    headings, tags = [heading for heading, _ in columns], [tag for _, tag in columns]
    with path.open("wb") as out:
        table = CsvTable(cast("BinaryIO", out), headings)
        for piece in read_xml(data, headings, tags):
            table.write(piece)
        table.close()
    return path


def _copy(package: Package, target: Path) -> None:
    with target.open("wb") as out:
        for piece in package.pieces(package.data_name):
            out.write(piece)


def _refused(
    path: Path | None, envelope: Envelope | None, reason: str, *, name: str, by: User | str | None,
    at: datetime.datetime,
) -> Receipt:  # fmt: skip
    """Keep what was refused and why; the same file again is the same entry, its reason the latest."""
    claimed = envelope.sender[:32] if envelope else ""
    sm3 = ""
    with transaction.atomic():
        if path is not None and path.stat().st_size:
            with path.open("rb") as file:
                sm3 = store(file, name=name or "报文", at=at).sm3
        values: dict[str, Any] = {
            "direction": Direction.RECEIVED, "state": State.REFUSED, "partner_code": claimed, "file_name": name,
            "division_code": own_code(), "problem": reason[:500], "size": path.stat().st_size if path else 0,
        }  # fmt: skip
        once = {"begun_at": at, "begun_by": str(by)[:150] if by else "命令行", "id": uuid7(at)}
        parcel, new = Parcel.objects.update_or_create(
            file_sm3=sm3, parcel_id=None, defaults=values, create_defaults=values | once
        )
        record(
            by=by, action="parcel.take", object_kind="parcel", object_id=parcel.id, result="refused",
            detail={"from": claimed, "reason": reason[:200]}, at=at,
        )  # fmt: skip
    return Receipt(parcel, again=not new)


def _as_file(source: Path | BinaryIO, target: Path) -> Path:
    if isinstance(source, Path):
        if source.stat().st_size > LONGEST_FILE:
            raise ParcelError(f"文件超过上限 {LONGEST_FILE // 2**20:,} MB, 已拒收, 没有保存")
        return source
    left = LONGEST_FILE
    with target.open("wb") as out:
        while piece := source.read(PIECE):
            left -= len(piece)
            if left < 0:
                raise ParcelError(f"文件超过上限 {LONGEST_FILE // 2**20:,} MB, 已拒收, 没有保存")
            out.write(piece)
    return target


def _digest(path: Path) -> str:
    digest = Hash(SM3())
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
    return digest.finalize().hex()
