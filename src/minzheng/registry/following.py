"""What others make of persons changed by hand (人员变更之后): engines above say what they look at; nothing here names one.

Called when a row that was held back is loaded, when a link is split or joined, and when any of it is undone; what a
batch changes is told by ``exchange.following``. Called after the change stands, at least once, with the persons it
touched; what is called may be told the same persons again.
"""

from collections.abc import Callable, Sequence
from uuid import UUID

_when_changed: dict[str, Callable[[Sequence[UUID]], None]] = {}


def when_changed(name: str, look: Callable[[Sequence[UUID]], None]) -> None:
    """Have persons changed by hand looked at (人员变更之后); said once at start, by name."""
    _when_changed[name] = look


def changed(person_ids: Sequence[UUID]) -> None:
    """Call those who look at changed persons, in the order of their names."""
    if person_ids:
        for _, look in sorted(_when_changed.items()):
            look(list(dict.fromkeys(person_ids)))
