"""What quality tells the catalogue of each data set (质量评分): its score over the last months, and where that comes from."""

from datetime import timedelta

from django.utils import timezone

from minzheng.exchange.figures import DataSetFigure, tell_figures
from minzheng.foundation.access.scope import Scope
from minzheng.stewardship.quality.queries import figures
from minzheng.stewardship.quality.scoring import RuleFigure, scored

SINCE = timedelta(days=90)


def scores(scope: Scope) -> dict[str, DataSetFigure]:
    """The score of every data set measured in the last ninety days (各数据集评分)."""
    by_feed: dict[str, list[RuleFigure]] = {}
    for figure in figures(scope, since=timezone.localdate() - SINCE):
        by_feed.setdefault(figure.feed, []).append(figure)
    told = {}
    for feed, found in by_feed.items():
        score = scored(feed, found)
        if score.value is not None:
            missed = any(figure.missed for figure in found)
            told[feed] = DataSetFigure(
                "质量评分", f"{score.value}", f"/quality/?feed={feed}", "warn" if missed else "ok"
            )
    return told


tell_figures("quality", scores)
