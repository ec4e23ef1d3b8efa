"""Which sources are not to be asked for data (不催报来源): engines above that watch deliveries tell; who asks knows none.

As with ``figures``.
"""

from collections.abc import Callable
from datetime import datetime

from minzheng.foundation.access.scope import Scope

Excuse = Callable[[Scope, datetime], set[tuple[str, str]]]
_told: dict[str, Excuse] = {}


def tell_excused(name: str, ask: Excuse) -> None:
    """Have sources left alone (登记不催报); said once at start. ``ask`` answers by feed and source name, as of a moment."""
    _told[name] = ask


def excused(scope: Scope, *, at: datetime) -> set[tuple[str, str]]:
    """Feed and name of every source that is not to be asked for data (不催报来源)."""
    return set().union(*(ask(scope, at) for ask in _told.values()))
