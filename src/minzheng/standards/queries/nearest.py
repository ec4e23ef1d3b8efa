"""The names nearest to one that was not found (相近名称)."""

from collections.abc import Iterable
from difflib import SequenceMatcher


def nearest_names(name: str, names: Iterable[str], *, most: int = 5) -> list[str]:
    """Up to ``most`` names like this one, best first: those that share a part count above mere likeness."""

    def likeness(other: str) -> float:
        shared = any(part and part in other for part in name.replace("。", ".").split("."))
        return SequenceMatcher(None, name, other).ratio() + (0.5 if shared else 0)

    ranked = sorted(((likeness(other), other) for other in set(names)), key=lambda pair: (-pair[0], pair[1]))
    return [other for score, other in ranked[:most] if score >= 0.4]


def nearest(name: str, names: Iterable[str]) -> str:
    """The same as the end of a sentence, empty where nothing is near (提示语)."""
    found = nearest_names(name, names)
    return f", 相近的有: {'、'.join(found)}" if found else ""
