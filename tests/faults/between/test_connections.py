"""Roads that are cut in the middle, slow, stuck, altered; requests that come twice, late, out of order."""

import itertools
import os
import time

import pytest
from tests.faults.between.conftest import Counted, counted
from tests.faults.between.interposed import Interposer
from tests.faults.between.land import Land, until
from tests.faults.between.road import Fault

ROUNDS = int(os.environ.get("MINZHENG_FAULT_ROUNDS", "3"))
IMPATIENT = {"calling:READ_S": 3.0, "calling:WAIT_S": 2}
pytestmark = pytest.mark.slow


def _both_write(fault: Counted, *, moving: bool = False) -> None:
    fault.history.write("330000", moving=moving)
    fault.history.write("330106", moving=moving)


@pytest.mark.parametrize("what", ["cut_up", "cut_down"])
def test_cut_in_the_middle(land: Land, what: str) -> None:
    """A reset after so many bytes: in the hand-shake, in the question, in the head, in the body, in the answer."""
    with counted(
        land, f"road {'to' if what == 'cut_up' else 'from'} the upper node cut in the middle"
    ) as fault:
        for turn in range(ROUNDS):
            for at in (100, 900, 1700, 2300, 2900, 3600, 4500, 7000):
                for code in ("330000", "330100"):
                    land[code].road.hurt(Fault(**{what: at + 137 * turn}))
                    fault.times += 1
                _both_write(fault, moving=at == 2900)
                time.sleep(0.5)


def test_cut_again_and_again(land: Land) -> None:
    """All that is open is reset every moment, while both ends write."""
    with counted(land, "every connection reset every 0.3 s") as fault:
        for turn in range(6 * ROUNDS):
            _both_write(fault, moving=turn % 3 == 2)
            for code in ("330000", "330100"):
                land[code].road.drop()
                fault.times += 1
            time.sleep(0.3)


def test_delayed_and_trickling(land: Land) -> None:
    """Every piece waits up to a second; then 3,000 bytes a second."""
    with counted(land, "pieces delayed up to 1 s, and 3,000 bytes/s") as fault:
        for harm in (Fault(delay=1.0), Fault(trickle=3000)):
            for code in ("330000", "330100"):
                land[code].road.hurt(harm)
                fault.times += 1
            for turn in range(ROUNDS):
                _both_write(fault, moving=turn == 1)
            time.sleep(3)


def test_half_open(land: Land) -> None:
    """Nothing passes any more and nobody is told: whoever waits gives up and calls anew."""
    with counted(land, "half-open: nothing passes, nobody is told") as fault:
        for code in ("330100", "330106"):
            land[code].options["set"] = IMPATIENT
            land[code].again("puller")
        for way, turn in itertools.product(("stuck_up", "stuck_down"), range(ROUNDS)):
            for code in ("330000", "330100"):
                land[code].road.hurt(Fault(**{way: 2600 + 700 * turn}))
                fault.times += 1
            _both_write(fault)
            time.sleep(4)
        _fresh(land)


def test_altered_on_the_way(land: Land) -> None:
    """A bit turned, and pieces sent twice, inside the stream of bytes: TLS tells, and the call is made anew."""
    with counted(land, "a bit turned or bytes doubled on the way") as fault:
        for harm in (Fault(flip_up=2400), Fault(flip_down=2700), Fault(flip_down=4000), Fault(echo=True)):
            for _ in range(ROUNDS):
                for code in ("330000", "330100"):
                    land[code].road.hurt(harm)
                    fault.times += 1
                _both_write(fault)
                time.sleep(0.5)


def test_refused_connections(land: Land) -> None:
    """The upper node is away while both ends go on writing."""
    with counted(land, "the upper node's address refuses connections") as fault:
        for code in ("330000", "330100"):
            land[code].road.hurt(Fault(closed=True))
            fault.times += 1
        for turn in range(2 * ROUNDS):
            _both_write(fault, moving=turn % 3 == 2)


@pytest.mark.parametrize("how", ["twice", "at once", "late"])
def test_requests_duplicated_and_reordered(land: Land, how: str) -> None:
    """Whole signed requests come twice, both at once, or again after later ones: by one who has both nodes' keys."""
    names = {"twice": "every request sent twice", "at once": "every request sent twice at once",
             "late": "old requests sent again after later ones"}  # fmt: skip
    with counted(land, names[how]) as fault:
        for lower, upper in (("330106", "330100"), ("330100", "330000")):
            with Interposer(land[lower], land[upper], how) as between:
                for turn in range(2 * ROUNDS):
                    _both_write(fault, moving=turn % 3 == 2)
                    time.sleep(0.5)
                until(lambda: between.repeated > 2 * ROUNDS, "requests were repeated", 30, land.told)
                fault.times += between.repeated


def _fresh(land: Land) -> None:
    for code in ("330100", "330106"):
        land[code].options.clear()
        land[code].again("puller")
