"""Proof of what was answered (签封): every call is logged before it is answered, and the log is signed about once a second.

A signature by SM2 costs as much as a call (docs/decisions/0018), so it is not made for each: every process signs the root of the
tree of what it answered within a second, and who asked can fetch the receipt that leads from his answer to that signature. What a
process had answered and not signed when it died is signed by the next who looks (``seal_left``); the log has it.
"""

import os
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from minzheng.foundation.access.standing import as_node
from minzheng.foundation.audit.services import record
from minzheng.foundation.crypto.sm2 import sm3
from minzheng.foundation.members.services import own_code, sign
from minzheng.sharing.grants.models import Use
from minzheng.sharing.interfaces.models import Seal
from minzheng.sharing.interfaces.problems import ProblemError
from minzheng.sharing.interfaces.tree import leaf_of, path_of, root_of

EACH_S = 1.0
LEFT_AFTER, LEFT_WITHIN = timedelta(seconds=30), timedelta(minutes=20)
LEFT = """
SELECT u.id FROM grants_use u WHERE u.at >= %(since)s AND u.at < %(until)s AND u.answer_digest IS NOT NULL
EXCEPT SELECT unnest(s.use_ids) FROM interfaces_seal s WHERE s.at >= %(since)s
"""


def request_digest(method: str, target: str, body: bytes) -> bytes:
    """SM3 of a request: method, path with its query, SM3 of the body (请求摘要)."""
    return sm3(f"{method} {target}\n{sm3(body).hex()}".encode())


def leaf(use_id: UUID, client: str, status: int, request: bytes, answer: bytes) -> bytes:
    """What ties an answer to its request, its caller and its number (叶)."""
    return leaf_of(f"{use_id}\n{client}\n{status}\n{request.hex()}\n{answer.hex()}".encode())


def statement(by: str, at: datetime, root: bytes) -> bytes:
    """What is signed (签名原文)."""
    return f"minzheng-answers-v1\n{by}\n{at.isoformat()}\n{root.hex()}".encode()


@dataclass(frozen=True, slots=True)
class _Answered:
    use_id: UUID
    leaf: bytes
    grant: int
    method: str
    client: str
    units: int
    hits: int


class Sealer:
    """What a process has answered and not signed yet (待签封)."""

    def __init__(self) -> None:
        self._waiting: list[_Answered] = []
        self._lock = threading.Lock()
        self._process = 0

    def add(self, use: Use, client: str) -> None:
        """Take a logged call in, to be signed within a second (待签)."""
        made = leaf(
            use.id, client, use.status, bytes(use.request_digest or b""), bytes(use.answer_digest or b"")
        )
        with self._lock:
            self._waiting.append(
                _Answered(use.id, made, use.grant_id, use.method, client, use.units, use.hits)
            )
            if self._process != os.getpid():  # the first call of this process, or of one forked from it
                self._process = os.getpid()
                threading.Thread(target=self._run, args=(self._process,), daemon=True, name="sealer").start()

    def seal_now(self, *, at: datetime) -> Seal | None:
        """Sign what waits, and tell the audit who used what how often; None where nothing waits (立即签封)."""
        with self._lock:
            taken, self._waiting = self._waiting, []
        if not taken:
            return None
        try:
            made = seal([one.use_id for one in taken], [one.leaf for one in taken], at=at)
            _tell_audit(taken, at)
        except BaseException:
            with self._lock:
                self._waiting = taken + self._waiting
            raise
        return made

    def forget(self) -> None:
        """As if the process had died: what waits is left to ``seal_left`` (不再签封)."""
        with self._lock:
            self._waiting.clear()

    def _run(self, process: int) -> None:
        pause = threading.Event()
        while process == os.getpid():
            pause.wait(EACH_S)
            if not self._waiting:
                continue
            # What fails is tried again in a second; what never succeeds is found by ``seal_left``.
            with suppress(Exception):
                self.seal_now(at=timezone.now())
            with suppress(Exception):
                connection.close()  # one session less to hold for work of a moment


sealer = Sealer()


def seal(use_ids: Sequence[UUID], leaves: Sequence[bytes], *, at: datetime) -> Seal:
    """Sign the tree of these leaves and keep it (签封)."""
    root = root_of(leaves)
    from_us = sign(statement(own_code(), at, root))
    with as_node():
        return Seal.objects.create(
            at=at,
            by=from_us.by,
            root=root,
            signature=from_us.signature,
            use_ids=list(use_ids),
            leaves=b"".join(leaves),
        )


def seal_left(*, at: datetime) -> int:
    """Sign what processes that died have left unsigned; returns how many (补签)."""
    with as_node(), connection.cursor() as cursor:
        cursor.execute(LEFT, {"since": at - LEFT_WITHIN, "until": at - LEFT_AFTER})
        ids = [use_id for (use_id,) in cursor.fetchall()]
        uses = list(Use.objects.filter(pk__in=ids).select_related("grant").order_by("id"))
    leaves = [
        leaf(u.id, u.grant.client_id, u.status, bytes(u.request_digest or b""), bytes(u.answer_digest or b""))
        for u in uses
    ]
    if uses:
        seal([u.id for u in uses], leaves, at=at)
    return len(uses)


def receipt(client: str, use_id: UUID) -> dict[str, Any]:
    """The proof of one answer, for who asked (回执). Raises ``ProblemError`` where it is not his, or not signed yet."""
    with as_node():
        use = Use.objects.filter(pk=use_id, grant__client_id=client, answer_digest__isnull=False).first()
        if use is None:
            raise ProblemError("not-found", "没有这次调用的记录")
        made = Seal.objects.filter(
            at__gte=use.at, at__lte=use.at + timedelta(days=1), use_ids__contains=[use_id]
        )
        found = made.order_by("at").first()
    if found is None:
        raise ProblemError("receipt-not-ready", "应答每秒签封一次, 请稍后再取", headers={"Retry-After": "1"})
    whole = bytes(found.leaves)
    leaves = [whole[i : i + 32] for i in range(0, len(whole), 32)]
    n = found.use_ids.index(use_id)
    return {
        "id": str(use_id), "client": client, "status": use.status, "request": bytes(use.request_digest or b"").hex(),
        "answer": bytes(use.answer_digest or b"").hex(), "answered_at": use.at.isoformat(),
        "path": [{"side": side, "digest": digest.hex()} for side, digest in path_of(leaves, n)],
        "root": bytes(found.root).hex(), "by": found.by, "sealed_at": found.at.isoformat(), "signature": found.signature,
    }  # fmt: skip


def _tell_audit(taken: Sequence[_Answered], at: datetime) -> None:
    """One entry a grant and method: how often and how much; each call by itself stands with the uses."""
    sums: dict[tuple[str, int, str], list[int]] = {}
    for one in taken:
        summed = sums.setdefault((one.client, one.grant, one.method), [0, 0, 0])
        for n, more in enumerate((1, one.units, one.hits)):
            summed[n] += more
    with as_node():
        for (client, grant, method), (calls, units, hits) in sums.items():
            record(
                by=client, action="interface.used", object_kind="grant", object_id=grant, at=at,
                detail={"method": method, "calls": calls, "units": units, "hits": hits},
            )  # fmt: skip
