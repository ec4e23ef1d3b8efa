"""A node that watches besides: measures, diagnoses, and may be told to have a wrong clock."""

import datetime
from typing import Any

from django.utils import timezone
from tests.sharing.between import agent
from tests.sharing.between.agent import main  # boots

from minzheng.sharing.between.calling import Caller
from minzheng.sharing.between.routing import peers
from minzheng.sharing.watching import reporting, reports, running, telemetry
from minzheng.sharing.watching.diagnosing import road

_now = timezone.now


def look(after_s: int = 0) -> Any:
    running.look(at=timezone.now() + datetime.timedelta(seconds=after_s), thin=True)
    return True


def watch() -> Any:
    return reporting.report(at=timezone.now())


def diagnose(code: str) -> Any:
    for member, above in road.neighbours():
        if member.code == code:
            return road.diagnose(member, above=above).as_dict()
    raise LookupError(code)


def clock(ahead_s: int) -> Any:
    """This node's clock is off from now on."""
    timezone.now = lambda: _now() + datetime.timedelta(seconds=ahead_s)
    return ahead_s


def forge_report(lower: str) -> Any:
    """Tell the upper node of a road that is none of one's own."""
    with Caller(peers().above) as caller:
        return caller.ask("POST", "/state", {"roads": [{"lower": lower, "condition": "broken"}]})


def figures() -> Any:
    """The figures leave at once; as the process that watches sets them up."""
    return telemetry.figures().force_flush()


def told() -> Any:
    return [
        [one.lower_code, one.condition, one.told_by]
        for one in reports.RoadState.objects.order_by("lower_code")
    ]


for name in ("look", "watch", "diagnose", "clock", "forge_report", "told", "figures"):
    setattr(agent, name, globals()[name])

if __name__ == "__main__":
    main()
