"""A short selection of the faults between nodes for every test run; ``make faults`` does them all."""

from tests.faults.between.conftest import counted
from tests.faults.between.land import Land
from tests.faults.between.road import Fault
from tests.faults.between.steps import DOOR_DOWN, DOOR_UP, PULLER_DOWN, PULLER_UP, Step


def _named(steps: list[Step], name: str) -> Step:
    return next(one for one in steps if one.name == name)


def test_killed_at_some_steps_and_the_road_cut(small_land: Land) -> None:
    """Where it is most dearly interrupted: between what two sides know."""
    land = small_land
    city, county = land["330100"], land["330106"]
    with counted(land, "short: kill -9 at steps, road cut", keys=2) as fault:
        for node, role, steps, name, origin in (
            (city, "door", DOOR_DOWN, "mid sending", "330000"),
            (county, "puller", PULLER_DOWN, "after entry in the log", "330000"),
            (county, "puller", PULLER_DOWN, "before acknowledging", "330000"),
            (city, "door", DOOR_UP, "after commit", "330106"),
            (county, "puller", PULLER_UP, "before noting of the acknowledgement", "330106"),
        ):
            came = node.held_at(role, _named(steps, name), lambda: fault.history.write(origin))  # noqa: B023
            assert came, name
            node.start(role)
            fault.times += 1
        city.road.hurt(Fault(cut_down=2500, cut_up=4000))
        fault.history.write("330000")
        fault.history.write("330106")
        fault.times += 1
