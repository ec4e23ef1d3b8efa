"""A batch as a page shows it (批次的样子): the same words and counts as the command's report."""

import datetime
from dataclasses import dataclass

from django.utils import timezone

from minzheng.exchange.declare import feeds
from minzheng.exchange.jobs import is_waiting
from minzheng.exchange.models import Batch
from minzheng.exchange.services import report
from minzheng.web.desk.templatetags.desk import count, seconds

STALLED_AFTER = datetime.timedelta(seconds=90)
WORDS = (
    ("read", "读取"),
    ("accepted", "接收"),
    ("quarantined", "隔离"),
    ("created", "新增"),
    ("updated", "更新"),
    ("unchanged", "未变"),
    ("review", "待核"),
)
TONES = {"quarantined": "bad", "review": "warn"}


@dataclass(frozen=True, slots=True)
class Figure:
    """A word and its number (数字)."""

    name: str
    text: str
    tone: str = ""


def feed_label(key: str) -> str:
    """A feed's Chinese name (数据集名称)."""
    known = feeds().get(key)
    return known.label if known else key


def is_stalled(batch: Batch) -> bool:
    """Begun, not over, nothing heard of it for a while and no longer in the queue (处理中断)."""
    last = batch.heartbeat_at or batch.received_at
    if batch.over or timezone.now() - last < STALLED_AFTER:
        return False
    return not is_waiting(batch)


def as_shown(batch: Batch) -> Batch:
    """The batch with what a page says of it besides (补充显示内容)."""
    batch.feed_label = feed_label(batch.feed)  # type: ignore[attr-defined]
    batch.stage_label = batch.get_stage_display()  # type: ignore[attr-defined]
    batch.stalled = is_stalled(batch)  # type: ignore[attr-defined]
    return batch


def figures(batch: Batch) -> list[Figure]:
    """The report's counts; while under way only those known so far (报告)."""
    values = report(batch)
    finished = batch.stage == Batch.Stage.FINISHED
    shown = [
        Figure(word, count(values[key]), TONES.get(key, "") if values[key] else "")
        for key, word in WORDS
        if finished or key in batch.counts
    ]
    if finished:
        shown.append(Figure("用时", seconds(float(str(values["seconds"])))))
        shown.append(Figure("每秒行数", count(values["rows_per_s"])))
    return shown
