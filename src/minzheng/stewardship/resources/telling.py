"""What others are told of deliveries (告知催报): who is not waited for, or is in time by the cycle that holds here."""

from datetime import datetime

from minzheng.exchange.deliveries import tell_excused
from minzheng.foundation.access.scope import Scope
from minzheng.stewardship.resources.queries.feeds import watched
from minzheng.stewardship.resources.terms import Punctuality

IN_TIME = (Punctuality.ON_TIME, Punctuality.DUE)


def excused(scope: Scope, at: datetime) -> set[tuple[str, str]]:
    """Feed and name of the sources not waited for, or in time (不催报来源): the feeds' page and tickets say the same."""
    found = watched(scope, at=at)
    return {(one.feed, one.name) for one in found if not one.expected or one.standing.state in IN_TIME}


tell_excused("resources", excused)
