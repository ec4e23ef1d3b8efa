"""Certificates that have expired, keys that were revoked, of either side; renewed, the exchange goes on and nothing is lost."""

import pytest
from tests.faults.between.conftest import Counted, counted
from tests.faults.between.land import Land, Node, until

pytestmark = pytest.mark.slow
PROBLEM = "SELECT coalesce(max(problem), '') FROM between_road"


@pytest.mark.parametrize(
    ("code", "lower"), [("330106", "330106"), ("330100", "330106"), ("330000", "330100")]
)
def test_expired_and_renewed(land: Land, code: str, lower: str) -> None:
    """``lower`` is who calls and says what is wrong. The list goes by hand to who can't fetch it."""
    with counted(land, f"certificate of {code} expired, then renewed") as fault:
        land.calm()
        _with_certificate(land, code, days=-1)
        fault.history.write("330000")
        fault.history.write("330106")
        until(lambda: "证书已过期" in land[lower].value(PROBLEM), "the reason is said", 60, land.told)
        fault.times += 1
        _with_certificate(land, code, days=825)
        land.calm()


def _with_certificate(land: Land, code: str, *, days: int) -> None:
    """The node shows a new certificate, its card is entered, the list is carried to all."""
    node = land[code]
    node.stop_all()
    node.do("certify", days=days)
    _enrol(land, node)
    node.start_all()


def _enrol(land: Land, node: Node) -> None:
    card = node.do("card", address=f"https://{node.road.host}:{node.road.port}", upper=node.upper)
    land["330000"].do("enrol", card=card)
    document = land["330000"].do("members")
    for other in land:
        if other.code != "330000":
            other.do("trust", given=document)


@pytest.mark.parametrize("code", ["330106", "330100"])
def test_revoked_and_enrolled_again(land: Land, code: str) -> None:
    """Nothing is taken from it or given to it while it is revoked; enrolled again, everything goes on."""
    with counted(land, f"{code} revoked, then enrolled again") as fault:
        land.calm()
        land["330000"].do("revoke", code=code)
        upper = land[land[code].upper]
        until(lambda: upper.value(f"SELECT revoked_at IS NOT NULL FROM foundation_member WHERE code = '{code}'"),
              "the list has arrived", 60, land.told)  # fmt: skip
        before = _numbers(land, code, upper.code)
        _both(fault)
        until(lambda: "吊销" in land[code].value(PROBLEM), "the reason is said", 60, land.told)
        assert _numbers(land, code, upper.code) == before
        fault.times += 1
        _enrol(land, land[code])
        land.calm()


def test_key_renewed(land: Land) -> None:
    """A node whose signing key was lost makes another; what was signed by the former one is still proved."""
    with counted(land, "signing key of 330106 replaced") as fault:
        land.calm()
        node = land["330106"]
        node.stop_all()
        for path in (node.home / "keys").glob("sign*.sm2"):
            path.unlink()
        _enrol(land, node)
        fault.times += 1
        node.start_all()
        _both(fault)
        land.calm()


def _both(fault: Counted) -> None:
    fault.history.write("330000", moving=True)
    fault.history.write("330106")


def _numbers(land: Land, code: str, upper: str) -> list[object]:
    taken = (
        "SELECT max(seq) FROM between_batch WHERE direction = 'in' AND state = 'applied' AND peer_code = '{}'"
    )
    return [land[upper].value(taken.format(code)), land[code].value(taken.format(upper))]
