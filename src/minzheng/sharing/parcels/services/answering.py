"""Receipts (回执): what became of a parcel, itself a small signed parcel back to its sender. No personal data in it.

A refused row is named by its number in the parcel, its column and the rule; the value stays where it is.
"""

import datetime
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from django.db import transaction

from minzheng.exchange import services as exchange
from minzheng.exchange.models import Batch, QuarantinedRow
from minzheng.foundation.access.standing import as_node
from minzheng.foundation.accounts.models import User
from minzheng.foundation.audit.services import record
from minzheng.foundation.crypto.keys import KeyUnusableError
from minzheng.foundation.files.services import copy_out, store
from minzheng.foundation.members.models import Member
from minzheng.foundation.members.services import own_code, sign
from minzheng.kernel.masking import mask_within
from minzheng.kernel.uuid7 import uuid7
from minzheng.sharing.parcels.form.envelope import Sealing
from minzheng.sharing.parcels.form.errors import ParcelError
from minzheng.sharing.parcels.form.manifest import RECEIPT, Manifest
from minzheng.sharing.parcels.form.package import RECEIPT_FILE, Package, Packing
from minzheng.sharing.parcels.models import Parcel
from minzheng.sharing.parcels.services.making import ParcelRefusedError, own_name
from minzheng.sharing.parcels.services.spooling import spooled
from minzheng.sharing.parcels.terms import MOST_TOLD, RULES, SUFFIX, Direction, State

COUNTS = ("read", "accepted", "quarantined", "created", "updated", "unchanged", "review")
OUTCOMES = (State.TAKEN, State.KEPT, State.REFUSED)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What came of a parcel taken in (回执). ``again``: it was known already and nothing changed."""

    parcel: Parcel
    again: bool = False

    @property
    def state(self) -> str:
        """One of ``State``; ``taking`` while a worker is still at it."""
        return str(self.parcel.state)

    def as_dict(self) -> dict[str, Any]:
        """As plain data, for JSON (数据)."""
        parcel, counts = self.parcel, self.parcel.counts
        return {
            "id": str(parcel.id),
            "parcel": str(parcel.parcel_id) if parcel.parcel_id else None,
            "direction": parcel.direction,
            "partner": parcel.partner_code,
            "data_set": parcel.data_set,
            "state": self.state,
            "rows": parcel.rows,
            **{name: counts.get(name) for name in COUNTS},
            "problem": parcel.problem,
            "batch": str(parcel.batch_id) if parcel.batch_id else None,
            "has_receipt": bool(parcel.receipt_sm3),
            "again": self.again,
        }


def outcome(parcel: Parcel, batch: Batch | None, *, at: datetime.datetime) -> dict[str, Any]:
    """What the receipt says of a parcel (回执内容)."""
    said: dict[str, Any] = {
        "parcel": str(parcel.parcel_id),
        "manifest_sm3": parcel.manifest_sm3,
        "state": parcel.state,
        "rows": parcel.rows,
        "problem": mask_within(parcel.problem)[:500],
        "taken_at": at.isoformat(),
    }
    if batch is not None:
        report = exchange.report(batch)
        said |= {name: report[name] for name in COUNTS}
        said["refused_rows"] = _refused_rows(batch)
    return said


def _refused_rows(batch: Batch) -> list[dict[str, Any]]:
    found = QuarantinedRow.objects.filter(batch_id=batch.id).order_by("row_no")[:MOST_TOLD]
    return [
        {"row": row_no, "field": p["field"], "rule": p["rule"], "reason": RULES.get(p["rule"], p["rule"])}
        for row_no, problems in found.values_list("row_no", "problems").iterator()
        for p in problems
    ]


def seal_receipt(parcel: Parcel, *, at: datetime.datetime) -> None:
    """Make and keep the receipt; a sender without a usable sealing key gets none, and that is said (制作回执)."""
    sender = Member.objects.filter(code=parcel.partner_code).first()
    try:
        key = bytes.fromhex(sender.seal_key if sender else "")
        with spooled(at=at) as folder, (folder / "receipt").open("w+b") as file:
            _write(parcel, file, key, at)
            file.seek(0)
            parcel.receipt_sm3 = store(file, name=receipt_name(parcel), at=at).sm3
    except (KeyUnusableError, ValueError):
        before = f"{parcel.problem}; " if parcel.problem else ""
        parcel.problem = f"{before}发送方没有可用的封装公钥, 不能制作回执文件"


def _write(parcel: Parcel, file: BinaryIO, key: bytes, at: datetime.datetime) -> None:
    receipt_id, to = uuid7(at), parcel.partner_code
    sealing = Sealing(file, parcel_id=str(receipt_id), sender=own_code(), receiver=to, seal_key=key)
    with Packing(cast("BinaryIO", sealing), at) as packing:
        packing.text(RECEIPT_FILE, json.dumps(parcel.counts, ensure_ascii=False, indent=1).encode())
        manifest = Manifest(
            id=str(receipt_id), kind=RECEIPT, sender=own_code(), sender_name=own_name(), receiver=to,
            data_set=parcel.data_set, division=parcel.about_code, made_at=at, rows=0, members=packing.members,
            reply_to=str(parcel.parcel_id),
        )  # fmt: skip
        packing.seal_off(manifest, sign)
    sealing.close()


def receipt_name(parcel: Parcel) -> str:
    """How the receipt's file is called (回执文件名)."""
    number = parcel.parcel_id.hex[-12:] if parcel.parcel_id else ""
    return f"{own_code()}-回执-{parcel.partner_code}-{number}{SUFFIX}"


def write_receipt(parcel: Parcel, target: Path, *, by: User | str | None, at: datetime.datetime) -> Path:
    """Write the receipt, into a folder under its own name; audited (取出回执). Raises ``ParcelRefusedError``."""
    if parcel.direction != Direction.RECEIVED or not parcel.receipt_sm3:
        raise ParcelRefusedError(parcel.problem or "这份报文还没有回执")
    path = target / receipt_name(parcel) if target.is_dir() else target
    with as_node(), transaction.atomic():
        Parcel.objects.filter(pk=parcel.pk, handed_at__isnull=True).update(handed_at=at)
        record(
            by=by, action="parcel.receipt", object_kind="parcel", object_id=parcel.parcel_id,
            detail={"to": parcel.partner_code}, at=at,
        )  # fmt: skip
    copy_out(parcel.receipt_sm3, path)
    return path


def take_receipt(package: Package, file: Path, *, by: User | str | None, at: datetime.datetime) -> Receipt:
    """A receipt marks the parcel it answers; the first one stands (接收回执). Raises ``ParcelError``."""
    said = _read(package.text(RECEIPT_FILE))
    manifest = package.manifest
    with as_node(), transaction.atomic():
        sent = (
            Parcel.objects.select_for_update()
            .filter(
                direction=Direction.SENT, partner_code=manifest.sender, parcel_id=manifest.reply_to or None
            )
            .first()
        )
        if sent is None or not sent.manifest_sm3 or said["parcel"] != manifest.reply_to:
            raise ParcelError("回执所指的报文不是本节点发给该成员的")
        if said["manifest_sm3"] != sent.manifest_sm3:
            raise ParcelError("回执所指的报文内容与本节点发出的不同")
        if sent.state == State.ANSWERED:
            return Receipt(sent, again=True)
        with file.open("rb") as content:
            sent.receipt_sm3 = store(content, name=file.name, at=at).sm3
        sent.state, sent.counts, sent.answered_at = State.ANSWERED, said, at
        sent.save(update_fields=["receipt_sm3", "state", "counts", "answered_at"])
        record(
            by=by, action="parcel.answered", object_kind="parcel", object_id=sent.parcel_id,
            detail={"from": manifest.sender, "state": said["state"]}, at=at,
        )  # fmt: skip
    return Receipt(sent)


def _read(content: bytes) -> dict[str, Any]:
    """What a receipt may say and no more."""
    try:
        said: Mapping[str, Any] = json.loads(content)
        if said["state"] not in OUTCOMES:
            raise ValueError
        read: dict[str, Any] = {
            "parcel": str(said["parcel"])[:36],
            "manifest_sm3": str(said["manifest_sm3"])[:64],
            "state": str(said["state"]),
            "rows": int(said["rows"]),
            "problem": mask_within(str(said["problem"]))[:500],
            "taken_at": datetime.datetime.fromisoformat(said["taken_at"]).isoformat(),
        }
        read |= {name: int(said[name]) for name in COUNTS if said.get(name) is not None}
        read["refused_rows"] = [
            {"row": int(one["row"]), **{part: mask_within(str(one[part]))[:100] for part in ("field", "rule", "reason")}}
            for one in said.get("refused_rows", [])[:MOST_TOLD]
        ]  # fmt: skip
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise ParcelError("回执内容缺项或格式不对") from error
    return read
