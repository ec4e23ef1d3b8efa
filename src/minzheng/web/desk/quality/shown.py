"""Figures and rows of quality as pages show them (质量的样子): words for rules, values masked."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from minzheng.exchange.declare import feeds
from minzheng.kernel import masking
from minzheng.standards import queries as standards
from minzheng.standards.errors import UnknownStandardError
from minzheng.stewardship.quality.scoring import RuleFigure
from minzheng.stewardship.quality.showing import OpenedRow
from minzheng.web.desk.quarantine_view import MASKS

SHOWN_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class ShownFigure:
    """A figure with its words and the way to its rows (指标)."""

    figure: RuleFigure
    feed_label: str
    rule_label: str
    message: str
    query: str


def shown_figures(found: Iterable[RuleFigure], *, query: dict[str, str] | None = None) -> list[ShownFigure]:
    """Figures for a table (指标列表). ``query``: filters that the links to the rows keep."""
    listed = []
    for figure in found:
        rule = rule_of(figure.feed, figure.rule_id)
        place = (query or {}) | {"feed": figure.feed, "rule": figure.rule_id, "field": figure.field}
        listed.append(
            ShownFigure(
                figure, feed_label(figure.feed), rule.rule_label if rule else figure.rule_id,
                rule.message if rule else "", urlencode(place),
            )
        )  # fmt: skip
    return listed


def rule_of(feed: str, rule_id: str) -> standards.QualityRuleSpec | None:
    """The rule as it now stands in the standard; None where it was taken out (规则)."""
    try:
        rules = standards.data_set(feed).quality
    except UnknownStandardError:
        return None
    return next((rule for rule in rules if rule.rule_id == rule_id), None)


def feed_label(key: str) -> str:
    """A feed's Chinese name (数据集名称)."""
    known = feeds().get(key)
    return known.label if known else key


@dataclass(frozen=True, slots=True)
class ShownCell:
    """A value of a row, masked; ``is_wrong``: a rule speaks of it (单元格)."""

    heading: str
    value: str
    is_wrong: bool


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A failing row: the wrong cells first, then what tells whose it is (不合格行)."""

    row: OpenedRow
    feed_label: str
    cells: list[ShownCell]


def shown_rows(rows: Iterable[OpenedRow]) -> list[ShownRow]:
    """Rows for a page, every sensitive value masked (不合格行列表)."""
    masks: dict[str, dict[str, Callable[[str], str]]] = {}
    found = []
    for row in rows:
        if row.feed not in masks:
            masks[row.feed] = _masks(row.feed)
        wrong = {heading for problem in row.problems for heading in problem.field.split("、")}
        mask = masks[row.feed]
        cells = [
            ShownCell(heading, _masked(mask.get(heading), row.cell(heading)), heading in wrong)
            for heading in mask
            if heading in wrong or row.cell(heading)
        ]
        cells.sort(key=lambda cell: not cell.is_wrong)
        found.append(ShownRow(row, feed_label(row.feed), cells))
    return found


def _masked(mask: Callable[[str], str] | None, value: str) -> str:
    return (mask or masking.mask_within)(value)[:SHOWN_CHARACTERS]


def _masks(feed: str) -> dict[str, Callable[[str], str]]:
    """By heading of the standard, in its order: how its values are masked."""
    catalogue = standards.catalogue()
    fields = catalogue.data_set(feed).fields
    rules = {field.heading: catalogue.element(field.element).rule or "" for field in fields}
    return {heading: MASKS.get(rule, masking.mask_within) for heading, rule in rules.items()}
