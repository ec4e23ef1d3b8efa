"""What follows from a publication (发布之后): floors above say what they do; nothing here names one."""

from collections.abc import Callable
from datetime import datetime

_when_published: dict[str, Callable[[datetime], object]] = {}


def when_published(name: str, follow: Callable[[datetime], object]) -> None:
    """Have something done in every transaction that publishes a layer (发布之后); said once at start, by name."""
    _when_published[name] = follow


def published(at: datetime) -> None:
    """Call those who follow, in the order of their names; what they raise undoes the publication."""
    for _, follow in sorted(_when_published.items()):
        follow(at)
