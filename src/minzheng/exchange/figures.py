"""What others can say of a data set in a figure (数据集指标): engines above tell how to ask them; the catalogue shows it.

As with ``following``: who tells is named here, who shows does not know them.
"""

from collections.abc import Callable
from dataclasses import dataclass

from minzheng.foundation.access.scope import Scope


@dataclass(frozen=True, slots=True)
class DataSetFigure:
    """One figure of a data set (指标): ``text`` as shown, ``url`` where it comes from, ``tone`` ok, warn, bad or none."""

    label: str
    text: str
    url: str = ""
    tone: str = ""


Ask = Callable[[Scope], dict[str, DataSetFigure]]
_told: dict[str, Ask] = {}


def tell_figures(name: str, ask: Ask) -> None:
    """Have a figure shown beside every data set (登记指标); said once at start. ``ask`` answers by the feed's key."""
    _told[name] = ask


def figures(scope: Scope) -> dict[str, list[DataSetFigure]]:
    """All figures by the feed's key, in the order of their names; each teller is asked once (全部指标)."""
    found: dict[str, list[DataSetFigure]] = {}
    for _, ask in sorted(_told.items()):
        for feed, figure in ask(scope).items():
            found.setdefault(feed, []).append(figure)
    return found
