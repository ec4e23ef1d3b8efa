"""Requests sent again (幂等): the same key with the same request is the same request, with another it is refused."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from minzheng.foundation.access.standing import as_node
from minzheng.sharing.interfaces.models import RepeatKey
from minzheng.sharing.interfaces.problems import ProblemError

LONGEST = 128


def first_time(
    client: str, key: str, digest: bytes, *, at: datetime, batch_id: UUID | None = None
) -> RepeatKey | None:
    """Keep a key with its request; None at first, else what was kept then (记幂等键).

    Raises ``ProblemError`` where the key came with another request. In the caller's transaction: what it makes stands with
    the key. A second request while the first is under way waits for it, for the key is unique.
    """
    if not key:
        return None
    if len(key) > LONGEST:
        raise ProblemError("bad-request", f"Idempotency-Key 最长 {LONGEST} 个字符")
    with as_node():
        try:
            with transaction.atomic():
                RepeatKey.objects.create(
                    client_id=client, key=key, request_digest=digest, batch_id=batch_id, at=at
                )
        except IntegrityError:
            known = RepeatKey.objects.get(client_id=client, key=key)
            if bytes(known.request_digest) != digest:
                raise ProblemError("idempotency-key-reused", "请换一个 Idempotency-Key") from None
            return known
    return None
