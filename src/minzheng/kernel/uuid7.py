"""Identifiers that sort by the time they were made (按时间排序的标识).

Source: RFC 9562, UUID version 7: 48 bits of Unix time in milliseconds, version, 12 random bits, variant,
62 random bits.
"""

import os
from datetime import UTC, datetime
from uuid import UUID

import numpy as np

ROW = 16
_LATEST_MS = 2**48 - 1


def uuid7(at: datetime | None = None) -> UUID:
    """A new identifier made now, or at an aware ``at`` (新标识). ValueError when ``at`` is naive."""
    moment = at or datetime.now(UTC)
    if moment.tzinfo is None:
        raise ValueError("a UUIDv7 needs an aware time")
    # Whole arithmetic: a float of seconds would lose the last millisecond now and then.
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    at_ms = (since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000
    return UUID(bytes=uuid7_block(1, at_ms=at_ms, random=os.urandom(ROW)))


def uuid7_block(n: int, *, at_ms: int, random: bytes) -> bytes:
    """``n`` identifiers as ``n * 16`` bytes, wholly determined by the arguments (批量标识).

    ``random`` gives 16 bytes a row, of which 74 bits are used. The rows share one millisecond and are in no
    order among themselves. ValueError when ``random`` has another length or ``at_ms`` leaves 48 bits.
    """
    if n < 0 or len(random) != n * ROW:
        raise ValueError(f"{n} identifiers need {n * ROW} random bytes, not {len(random)}")
    if not 0 <= at_ms <= _LATEST_MS:
        raise ValueError(f"{at_ms} ms lies outside the 48 bits of a UUIDv7")
    rows = np.frombuffer(random, dtype=np.uint8).reshape(n, ROW).copy()
    rows[:, :6] = np.frombuffer(at_ms.to_bytes(6, "big"), dtype=np.uint8)
    rows[:, 6] = rows[:, 6] & 0x0F | 0x70
    rows[:, 8] = rows[:, 8] & 0x3F | 0x80
    return rows.tobytes()
