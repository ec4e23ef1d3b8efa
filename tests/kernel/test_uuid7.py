from datetime import UTC, datetime, timedelta
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minzheng.kernel.uuid7 import uuid7, uuid7_block


def test_the_example_of_the_standard() -> None:
    # RFC 9562, A.6: 2022-02-22 14:22:22 -05:00, rand_a 0xCC3, rand_b 0x18C4DC0C0C07398F.
    random = bytes(6) + bytes.fromhex("0cc3" + "18c4dc0c0c07398f")
    block = uuid7_block(1, at_ms=0x017F22E279B0, random=random)
    assert UUID(bytes=block) == UUID("017f22e2-79b0-7cc3-98c4-dc0c0c07398f")


def test_later_sorts_later() -> None:
    at = datetime(2026, 11, 21, 8, tzinfo=UTC)
    made = [uuid7(at + timedelta(milliseconds=step)) for step in range(50)]
    assert made == sorted(made)
    assert len({uuid7(at) for _ in range(1000)}) == 1000


def test_the_time_can_be_read_back_to_the_millisecond() -> None:
    at = datetime(2026, 11, 21, 8, 30, 15, 123999, tzinfo=UTC)
    assert uuid7(at).int >> 80 == 1795249815123 + (int(at.timestamp()) - 1795249815) * 1000


def test_now_is_now() -> None:
    before = int(datetime.now(UTC).timestamp() * 1000)
    assert before - 1 <= uuid7().int >> 80 <= before + 60_000


def test_bad_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        uuid7(datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(ValueError, match="random bytes"):
        uuid7_block(2, at_ms=0, random=bytes(16))
    for at_ms in (-1, 2**48):
        with pytest.raises(ValueError, match="48 bits"):
            uuid7_block(0, at_ms=at_ms, random=b"")


@given(st.binary(max_size=20 * 16), st.integers(0, 2**48 - 1))
def test_a_block_is_what_its_rows_are(random: bytes, at_ms: int) -> None:
    n = len(random) // 16
    random = random[: n * 16]
    block = uuid7_block(n, at_ms=at_ms, random=random)
    assert len(block) == n * 16
    for start in range(0, n * 16, 16):
        row, source = block[start : start + 16], random[start : start + 16]
        made = UUID(bytes=row)
        assert (made.version, made.variant) == (7, RFC_4122)
        assert made.int >> 80 == at_ms
        kept = (1 << 80) - 1 & ~(0xF << 76) & ~(0x3 << 62)
        assert made.int & kept == int.from_bytes(source, "big") & kept
        assert row == uuid7_block(1, at_ms=at_ms, random=source)
