"""One byte flipped in what is stored: in bodies and heads, on disk and in the database, at the sender and at the receiver."""

import itertools
from pathlib import Path

import pytest
from tests.faults.between.conftest import Counted, counted
from tests.faults.between.land import Land, Node, until
from tests.faults.between.road import Fault

pytestmark = pytest.mark.slow
WAYS = (("330000", "330100", "330000"), ("330100", "330000", "330106"), ("330106", "330100", "330106"))
LAST = "(SELECT max(id) FROM between_batch WHERE direction = 'out' AND peer_code = '{peer}' AND state = '')"
HEADS = {
    "root": "root = translate(left(root, 1), '0123456789abcdef', '123456789abcdef0') || substr(root, 2)",
    "head": "head = jsonb_set(head, '{root}', to_jsonb(reverse(head->>'root')))",
    "signature": "signature = left(signature, 40) || translate(substr(signature, 41, 1), '0123456789abcdef', '123456789abcdef0')"
    " || substr(signature, 42)",
}


def test_a_flipped_byte_at_the_sender(land: Land) -> None:
    """Made, and then altered before its receiver has it: never sent as it is, made anew out of the register."""
    with counted(land, "a byte flipped in a body or head, at the sender") as fault:
        for (code, peer, origin), what in itertools.product(WAYS, ("body", *HEADS)):
            _made_and_not_sent(land, fault, code, peer, origin)
            if what == "body":
                _flip(_newest(land[code], f"out-{peer}-*"))
            else:
                land[code].server.connect().execute(
                    f"UPDATE between_batch SET {HEADS[what]} WHERE id = {LAST.format(peer=peer)}"
                )
            found = land[code].do("verify")["faults"]
            assert [one["peer"] for one in found] == [peer], (what, found)
            fault.times += 1
            land.heal()
            land.calm()


def _made_and_not_sent(land: Land, fault: Counted, code: str, peer: str, origin: str) -> None:
    """A batch that stands in the log and that nobody has yet."""
    land.calm()
    upper = land[code] if land[peer].upper == code else land[peer]
    before = land[code].value(
        f"SELECT coalesce(max(seq), 0) FROM between_batch WHERE direction = 'out' AND peer_code = '{peer}'"
    )
    upper.road.hurt(Fault(cut_down=2000) if upper is land[code] else Fault(cut_up=2500))
    fault.history.write(origin)
    made = f"SELECT count(*) FROM between_batch WHERE direction = 'out' AND peer_code = '{peer}' AND seq > {before}"
    until(lambda: land[code].value(made) > 0, f"{code} made a batch for {peer}", 60, land.told)
    land[code].stop_all()


def test_a_flipped_byte_at_the_receiver(land: Land) -> None:
    """Between keeping and entering: the body is refused, never entered, asked for again."""
    with counted(land, "a byte flipped in a body the receiver has just kept") as fault:
        for code, role, origin in (("330100", "puller", "330000"), ("330100", "door", "330106")):
            node = land[code]
            node.again(role, flip=True)
            fault.history.write(origin)
            refused = "SELECT count(*) FROM between_batch WHERE state = 'refused' AND problem LIKE '%完整性%'"
            until(lambda: node.value(refused) > 0, "refused", 60, land.told)  # noqa: B023
            fault.times += 1
            node.again(role)
            land.calm()
            node.server.connect().execute("DELETE FROM between_batch WHERE state = 'refused'")


def test_a_flipped_byte_in_what_was_received_long_ago(land: Land) -> None:
    """Found by verification and said; put right from the other side's copy; what it had brought stands in the register."""
    with counted(land, "a byte flipped in a body received long ago") as fault:
        land.calm()
        for code, peer, way in (
            ("330106", "330100", "in"),
            ("330106", "330100", "out"),
            ("330100", "330000", "in"),
        ):
            _flip(_newest(land[code], f"{way}-{peer}-*"))
            fault.times += 1
            found = land[code].do("verify")["faults"]
            assert [(one["direction"], one["peer"]) for one in found] == [(way, peer)], found
            assert land[code].do("mend") == 1
            assert land[code].do("verify")["faults"] == []


def _newest(node: Node, pattern: str) -> Path:
    return max((node.home / "between").glob(pattern), key=lambda path: path.stat().st_mtime_ns)


def _flip(path: Path) -> None:
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2] ^= 1
    path.write_bytes(whole)
