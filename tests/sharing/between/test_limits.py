"""What a peer may say and send: a head that is none, a body without end, a small one that unpacks to gigabytes."""

import itertools
import json
import os
import resource
from collections.abc import Iterator

import pytest

from minzheng.foundation.members.services import MemberError
from minzheng.sharing.between import body
from minzheng.sharing.between.head import SignedHead

HEAD = {
    "sender": "330105", "receiver": "330100", "seq": 1, "lines": 1, "size": 3, "root": "0" * 64, "previous": "",
    "made_at": "2026-07-01T08:00:00+08:00",
}  # fmt: skip
MB = 1 << 20


@pytest.mark.parametrize(
    "altered",
    [{"seq": "1"}, {"seq": True}, {"seq": -1}, {"seq": 10**30}, {"lines": 1 << 31}, {"size": None}, {"root": 7},
     {"root": "0" * 201}, {"previous": "a\0b"}, {"more": 1}],
)  # fmt: skip
def test_a_head_that_the_log_could_not_hold_is_none(altered: dict[str, object]) -> None:
    assert SignedHead.read(json.dumps({"head": HEAD, "signature": "00"})).head.seq == 1
    with pytest.raises(MemberError, match="批头格式不对"):
        SignedHead.read(json.dumps({"head": HEAD | altered, "signature": "00"}))


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"head": [], "signature": ""}', '{"head": {}, "signature": ""}']
)
def test_what_is_no_head_is_said_to_be_none(text: str) -> None:
    with pytest.raises(MemberError, match="批头格式不对"):
        SignedHead.read(text)


def _endless(piece: bytes) -> Iterator[bytes]:
    return itertools.repeat(piece)


@pytest.mark.parametrize(
    ("piece", "why"),
    [(b"x" * 99 + b"\n", "长"), (b"\n" * 1000, "行比批头所说的多"), (b"\0" * MB, "过长的行")],
    ids=["endless", "endless lines", "one line without end"],
)
def test_a_body_without_end_is_cut_off_where_its_head_said(piece: bytes, why: str) -> None:
    measured = body.Measured()
    with pytest.raises(body.BodyError, match=why):
        for _ in body.measure(_endless(piece), measured, most=20 * MB, lines=300_000):
            pass
    assert measured.size <= 20 * MB + len(piece) and measured.lines <= 300_000


def test_a_small_body_that_unpacks_to_gigabytes_takes_no_memory() -> None:
    """2 GB of zeros in a few hundred kilobytes; it is cut off at its limit and was never whole in memory."""
    packed = b"".join(body.packed(itertools.repeat(b"\0" * MB, 2048)))
    assert len(packed) < MB
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(body.BodyError):
        for _ in body.measure(body.unpacked(iter([packed])), body.Measured(), most=512 * MB, lines=10):
            pass
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 << 10


def test_a_body_cut_short_is_told() -> None:
    packed = b"".join(body.packed(iter([os.urandom(5000).hex().encode() + b"\n"])))
    for harmed in (packed[: len(packed) // 2], b"nonsense"):
        with pytest.raises(body.BodyError, match="损坏或被截断"):
            list(body.unpacked(iter([harmed])))
