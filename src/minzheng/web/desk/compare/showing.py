"""Pairs as a page shows them (结果的样子): side by side, masked, what differs marked."""

import json
from dataclasses import dataclass

from minzheng.foundation.crypto.fields import open_text
from minzheng.kernel import masking
from minzheng.stewardship.compare.deciding import probability
from minzheng.stewardship.compare.models import ComparePair, CompareRun
from minzheng.stewardship.compare.terms import Kind

BAR_STEPS = 2  # bits a bar of the histogram
NOT_SAID = -1


@dataclass(frozen=True, slots=True)
class Cell:
    """One column of a pair (一列): either value masked, what the comparison says, how near it is."""

    label: str
    left: str
    right: str
    said: str
    tone: str


@dataclass(frozen=True, slots=True)
class ShownPair:
    """A pair (一对)."""

    nth: int
    left_key: str
    right_key: str
    bits: float
    probability: float
    rule: str
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Bar:
    """Pairs whose weight lies between two bounds (一档)."""

    label: str
    count: int


def shown(run: CompareRun, pair: ComparePair) -> ShownPair:
    """A pair with its rows opened and masked (显示)."""
    keys, (left, right) = rows_of(pair)
    cells = []
    for i, column in enumerate(run.spec["columns"]):
        said, tone = _said(run.figures["labels"][i], pair.levels[i])
        cells.append(
            Cell(
                column["left"], masked(column["kind"], left[i]), masked(column["kind"], right[i]), said, tone
            )
        )
    bits = pair.milli_bits / 1000
    return ShownPair(pair.nth, _key(keys[0]), _key(keys[1]), bits, probability(bits), pair.rule, cells)


def rows_of(pair: ComparePair) -> tuple[list[str], tuple[list[str], list[str]]]:
    """(both keys, both rows' compared cells) in clear (两行内容)."""
    opened = json.loads(open_text("row", pair.cells_cipher) or "{}")
    return opened["keys"], (opened["cells"][0], opened["cells"][1])


def _said(labels: list[str], level: int | None) -> tuple[str, str]:
    if level is None:
        return "", ""
    if level == NOT_SAID:
        return "未填", ""
    return labels[level], "ok" if level == len(labels) - 1 else ("bad" if level == 0 else "warn")


def _key(key: str | None) -> str:
    return masking.mask_within(key or "")


def masked(kind: str, value: str) -> str:
    """A cell as it may stand on a page (脱敏)."""
    text = value.strip()
    if kind == Kind.NAME:
        return masking.mask_name(text)
    if kind == Kind.ID:
        return masking.mask_within(text) if masking.mask_within(text) != text else _tail(text)
    if kind == Kind.ADDRESS:
        return masking.mask_address(text)
    if kind == Kind.DATE:
        return f"{text[:4]}***" if text[:4].isdigit() else "***"
    return masking.mask_within(text)


def _tail(text: str) -> str:
    return "*" * (len(text) - 4) + text[-4:] if len(text) > 8 else "*" * len(text)


def histogram(run: CompareRun) -> list[Bar]:
    """How many pairs there are by weight, lowest first, without gaps (权重分布)."""
    counts: dict[int, int] = {}
    for lower, count in run.figures["histogram"]:
        counts[int(lower) // BAR_STEPS] = counts.get(int(lower) // BAR_STEPS, 0) + count
    if not counts:
        return []
    return [
        Bar(f"{at * BAR_STEPS} 至 {(at + 1) * BAR_STEPS}", counts.get(at, 0))
        for at in range(min(counts), max(counts) + 1)
    ]
