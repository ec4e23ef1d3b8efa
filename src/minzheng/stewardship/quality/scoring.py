"""From counts to scores (评分): a figure is the share of rows that hold; a score is the mean of figures by their weights."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from minzheng.standards.terms import QUALITY_DIMENSIONS

HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class RuleFigure:
    """What one rule comes to over some batches, of one field (指标). ``target`` in per cent."""

    feed: str
    rule_id: str
    field: str
    dimension: str
    checked: int
    failed: int
    again: int
    weight: int
    target: Decimal | None

    @property
    def share(self) -> Decimal:
        """Per cent of the rows asked that hold, never rounded up (合格率)."""
        return share(self.checked, self.failed)

    @property
    def missed(self) -> bool:
        """Whether it lies below its target (未达目标)."""
        return self.target is not None and HUNDRED * (self.checked - self.failed) < self.target * self.checked

    @property
    def key(self) -> str:
        """What a ticket names it by (标识)."""
        return f"{self.rule_id}|{self.field}"


@dataclass(frozen=True, slots=True)
class Score:
    """The score of a dimension, or of all (评分). ``value`` None where nothing was asked."""

    name: str
    value: Decimal | None
    checked: int
    failed: int


def share(checked: int, failed: int) -> Decimal:
    """Per cent that hold, cut to two places: 100 only where nothing fails (合格率)."""
    return (HUNDRED * (checked - failed) / checked).quantize(Decimal("0.01"), ROUND_DOWN)


def scored(name: str, figures: Iterable[RuleFigure]) -> Score:
    """Mean of the figures' shares by weight (加权评分)."""
    asked = [figure for figure in figures if figure.checked]
    checked, failed = sum(f.checked for f in asked), sum(f.failed for f in asked)
    weights = sum(figure.weight for figure in asked)
    if not weights:
        return Score(name, None, 0, 0)
    sound = sum((Decimal(f.weight * (f.checked - f.failed)) / f.checked for f in asked), Decimal(0))
    return Score(name, (HUNDRED * sound / weights).quantize(Decimal("0.01"), ROUND_DOWN), checked, failed)


def by_dimension(figures: Iterable[RuleFigure]) -> list[Score]:
    """The six dimensions in their order (各维度评分)."""
    found = list(figures)
    return [scored(name, [f for f in found if f.dimension == name]) for name in QUALITY_DIMENSIONS]


def worst(figures: Iterable[RuleFigure], *, limit: int = 10) -> list[RuleFigure]:
    """What fails most, by what it costs the score (最差的列)."""
    failing = [figure for figure in figures if figure.failed]
    return sorted(failing, key=lambda f: (-f.weight * f.failed / f.checked, -f.failed, f.feed, f.key))[:limit]
