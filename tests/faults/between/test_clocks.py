"""Clocks a day apart, either way, change nothing; one that is three days ahead is told of, and nothing is lost by it."""

import os

import pytest
from tests.faults.between.conftest import counted
from tests.faults.between.land import Land, until

ROUNDS = int(os.environ.get("MINZHENG_FAULT_ROUNDS", "3"))
HOUR = 3600
pytestmark = pytest.mark.slow


@pytest.mark.parametrize("hours", [-24, 24])
@pytest.mark.parametrize("code", ["330100", "330106"])
def test_a_day_apart(land: Land, code: str, hours: int) -> None:
    """Its processes and what is entered there have the wrong time; then the clock is mended in between."""
    with counted(land, f"clock of {code} {abs(hours)} h {'ahead' if hours > 0 else 'behind'}") as fault:
        for ahead in (hours * HOUR, 0):
            land[code].options["clock"] = ahead
            for role in land[code].roles:
                land[code].again(role)
            for turn in range(ROUNDS):
                fault.history.write("330000", moving=turn == 1)
                fault.history.write("330106")
            fault.times += 1
            if ahead:
                land.calm()


@pytest.mark.parametrize(
    ("code", "origin", "told"), [("330000", "330000", "330100"), ("330106", "330106", "330106")]
)
def test_three_days_ahead(land: Land, code: str, origin: str, told: str) -> None:
    """What is signed in the future is refused with the reason; signed anew once the clock is right."""
    with counted(land, f"clock of {code} 72 h ahead, then mended") as fault:
        land.calm()
        land[code].options["clock"] = 72 * HOUR
        for role in land[code].roles:
            land[code].again(role)
        for _ in range(2):
            fault.history.write(origin, options={"clock": 0})
        said = "SELECT coalesce(max(problem), '') FROM between_road"
        until(lambda: "核对双方时钟" in land[told].value(said), "the reason is said", 60, land.told)
        fault.times += 1
        land[code].options.clear()
        for role in land[code].roles:
            land[code].again(role)
        land.calm()
