"""Proof afterwards (验证): what was sent, by whom, unaltered; for all that is kept, or for a single record."""

import json
from typing import Any

from django.utils import timezone

from minzheng.foundation.crypto.siv import IntegrityError
from minzheng.sharing.between import body, sending, sound, tree
from minzheng.sharing.between.models import Batch
from minzheng.sharing.between.terms import Direction, Received


def verify_all(*, peer: str | None = None) -> dict[str, Any]:
    """Every batch of the log: its signature, that it follows the one before, its body against its root (全部验证)."""
    faults, said, checked, gone = [], [], 0, 0
    previous: dict[tuple[str, str], Batch] = {}
    for batch in _kept(peer):
        checked += 1
        gone += batch.body_removed_at is not None
        key = (batch.direction, batch.peer_code)
        fault = _fault(batch, previous.get(key))
        previous[key] = batch
        if fault:
            faults.append(
                {"direction": batch.direction, "peer": batch.peer_code, "seq": batch.seq, "fault": fault}
            )
            said.append(f"{_named(batch)}: {fault}")
    if gone:
        said.append(f"其中 {gone} 批的批体已过保存期清除: 验证了批头、签名和批间相接, 内容不能再逐条证明")
    said.append(f"已验证 {checked} 批, {len(faults)} 批不符")
    return {"checked": checked, "bodies_removed": gone, "faults": faults, "said": said}


def prove(record_id: str, *, peer: str | None = None) -> dict[str, Any]:
    """Where a record travelled, with the path from its line to the signed root (单条证明)."""
    wanted, found, faults = record_id.encode(), [], []
    for batch in _kept(peer):
        if not batch.file or not sending.path_of(batch).exists():
            continue
        try:
            leaves, hits = [], []
            for number, line in enumerate(body.lines(sending.path_of(batch))):
                leaves.append(tree.leaf(line))
                if wanted in line:
                    hits.append((number, line))
        except IntegrityError as error:
            faults.append(
                {"direction": batch.direction, "peer": batch.peer_code, "seq": batch.seq, "fault": str(error)}
            )
            continue
        found += [_proof(batch, leaves, number, line) for number, line in hits]
    faults += [one for one in found if not one["proved"]]
    said = [
        f"{one['when']} {'发给' if one['direction'] == Direction.OUT else '来自'} {one['peer']} 第 {one['seq']} 批"
        f"第 {one['line']} 行 ({one['kind']}): {'内容与签名相符' if one['proved'] else one['fault']}"
        for one in found
    ] or ["没有找到这条记录的交换"]
    if gone := sum(batch.body_removed_at is not None for batch in _kept(peer)):
        said.append(f"另有 {gone} 批的批体已过保存期清除, 不能在其中查找")
    return {"found": found, "faults": faults, "said": said}


def _proof(batch: Batch, leaves: list[bytes], number: int, line: bytes) -> dict[str, Any]:
    steps = tree.path(leaves, number)
    fault = sound.head_fault(batch)
    if not fault and tree.led_to(tree.leaf(line), steps).hex() != batch.head["root"]:
        fault = "证明路径到不了签名的根摘要"
    return {
        "direction": batch.direction, "peer": batch.peer_code, "seq": batch.seq, "line": number + 1,
        "kind": json.loads(line)["t"], "when": timezone.localtime(batch.made_at).strftime("%Y-%m-%d %H:%M:%S"),
        "leaf": tree.leaf(line).hex(), "path": [[side, digest.hex()] for side, digest in steps], "root": batch.head["root"],
        "signed_by": batch.head["sender"], "signature": batch.signature, "proved": not fault, "fault": fault,
    }  # fmt: skip


def _kept(peer: str | None) -> list[Batch]:
    found = Batch.objects.exclude(state=Received.REFUSED).order_by("direction", "peer_code", "seq")
    return list(found.filter(peer_code=peer) if peer else found)


def _fault(batch: Batch, before: Batch | None) -> str:
    if not batch.head:  # known of by the receiver's word alone, after a backup
        return ""
    fault = sound.head_fault(batch)
    if fault:
        return fault
    if before is not None and (batch.seq != before.seq + 1 or batch.head["previous"] != before.root):
        return "与前一批不相接"
    if not batch.file:
        return ""
    if not sending.path_of(batch).exists():
        return "批体文件缺失, 而保存期未过"
    return sound.body_fault(batch, sending.path_of(batch))


def _named(batch: Batch) -> str:
    return f"{'发给' if batch.direction == Direction.OUT else '来自'} {batch.peer_code} 第 {batch.seq} 批"
