"""The ways officials write a division (区划写法): codes, paths, and names that mean one only."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from minzheng.kernel.text import half_width, squeeze

if TYPE_CHECKING:
    from minzheng.standards.queries.tree import DivisionSpec

CODE, FULL, PARTIAL, SHORT, BARE = range(5)
_ABOLISHED = 10  # what exists today beats what existed
_VILLAGE_ENDS = (
    ("村村民委员会", "村"),
    ("村村委会", "村"),
    ("社区居委会", "社区"),
    ("社区居民委员会", "社区"),
    ("居委会", "社区"),
    ("村委会", "村"),
    ("村民委员会", "村"),
)
_ENDS = ("畲族自治县", "自治县", "省", "市", "区", "县")


def spellings(
    divisions: Iterable[tuple["DivisionSpec", bool]], path: Callable[..., list["DivisionSpec"]]
) -> dict[str, str]:
    """Spelling → code for (division, whether it exists today) (写法表).

    What is equally good for two is left out.
    """
    best: dict[str, tuple[int, str | None]] = {}
    names: dict[str, list[list[str]]] = {}
    for spec, exists in divisions:
        weight = 0 if exists else _ABOLISHED
        for rank, text in _ways(spec, path, names):
            place = (rank + weight, spec.code)
            known = best.get(text)
            if known is None or place[0] < known[0]:
                best[text] = place
            elif place[0] == known[0] and known[1] != spec.code:
                best[text] = (known[0], None)
    return {text: code for text, (_, code) in best.items() if code is not None}


def _ways(
    spec: "DivisionSpec", path: Callable[..., list["DivisionSpec"]], names: dict[str, list[list[str]]]
) -> Iterable[tuple[int, str]]:
    yield CODE, spec.code
    if len(spec.code) < 12:
        yield CODE, spec.code.ljust(12, "0")
    if len(spec.code) == 6:
        yield CODE, spec.code + "000"
    if spec.is_placeholder:
        return
    above = _prefixes(spec, path, names)
    own = _own_names(spec)
    for place, start in enumerate(above):
        for nth, name in enumerate(own):
            yield (FULL if place == 0 and nth == 0 else PARTIAL), start + name
    if spec.level != "village":
        for nth, name in enumerate(own):
            yield (SHORT if nth == 0 else BARE), name


def _own_names(spec: "DivisionSpec") -> list[str]:
    """The name, and how it is shortened: 西湖区 → 西湖; 东平社区居委会 → 东平社区."""
    name = squeeze(half_width(spec.name))
    if spec.level == "village":
        short = next((name[: -len(end)] + new for end, new in _VILLAGE_ENDS if name.endswith(end)), name)
        return [name] if short == name else [name, short]
    if spec.level == "township":
        return [name, name + "办事处"] if name.endswith("街道") else [name]
    for end in _ENDS:
        if name.endswith(end) and len(name) - len(end) >= 2:
            return [name, name[: -len(end)]]
    return [name]


def _prefixes(
    spec: "DivisionSpec", path: Callable[..., list["DivisionSpec"]], names: dict[str, list[list[str]]]
) -> list[str]:
    """What may stand before the name, the full path first.

    Kept by parent: thousands of villages share theirs.
    """
    if not spec.parent_code:
        return []
    if spec.parent_code not in names:
        real = [above for above in path(spec.parent_code) if not above.is_placeholder]
        names[spec.parent_code] = [_own_names(above) for above in real]
    above = names[spec.parent_code]
    full = "".join(own[0] for own in above)
    found = [full]
    found += ["".join(own[0] for own in above[first:]) for first in range(1, len(above))]
    if spec.level == "county":
        found += [start + above[-1][-1] for start in ("", above[0][0], above[0][-1]) if len(above) > 1]
        found += [above[0][-1] + above[-1][0]] if len(above) > 1 else []
        found.append(above[0][0])
    return list(dict.fromkeys(found))
