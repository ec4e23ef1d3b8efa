"""Writing figures and failing rows by COPY (写入计量): what a batch's measuring found replaces what it found before."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, models, transaction
from django.utils import timezone

from minzheng.exchange.extract.raw import Extracted
from minzheng.exchange.models import Batch
from minzheng.stewardship.quality.models import FailingRow, Measured, MeasuredBatch
from minzheng.stewardship.quality.rules import Measure
from minzheng.stewardship.quality.staged import Figure

_FIGURE = (
    "batch_id", "feed", "source_id", "rule_id", "dimension", "field", "division_code", "measured_on", "checked", "failed",
    "again", "weight", "target",
)  # fmt: skip
_ROW = (
    "batch_id", "feed", "source_id", "rule_id", "field", "row_no", "division_code", "measured_on", "is_refused", "row_cipher",
    "known_by", "digest_cipher",
)  # fmt: skip


@dataclass(frozen=True)
class KeptRow:
    """A failing row as it is kept (不合格行). ``known_by`` empty: nothing tells it apart from others."""

    measure: Measure
    row_no: int
    division_code: str
    is_refused: bool = False
    row_cipher: bytes | None = None
    known_by: tuple[str, ...] = ()
    digest_cipher: bytes | None = None


def keep(
    batch: Batch,
    measures: Iterable[Measure],
    figures: Sequence[Figure],
    rows: Sequence[KeptRow],
    again: dict[tuple[str, str], int],
) -> None:
    """Replace what these measures found in a batch. ``again``: (measure, division) → rows under a ticket already."""
    rules = sorted({measure.rule.rule_id for measure in measures})
    day = day_of(batch)
    stamp = (batch.id, batch.feed, batch.source_id)
    with transaction.atomic():
        for model in (Measured, FailingRow):
            model.objects.filter(batch_id=batch.id, rule_id__in=rules).delete()
        _copy(Measured, _FIGURE, ((*stamp, *_figure(f, day, again)) for f in figures))
        _copy(
            FailingRow, _ROW,
            ((*stamp, r.measure.rule.rule_id, r.measure.field, r.row_no, r.division_code, day, r.is_refused,
              r.row_cipher, list(r.known_by), r.digest_cipher) for r in rows),
        )  # fmt: skip


def keep_shape(batch: Batch, extracted: Extracted) -> None:
    """What reading the batch's kept rows takes, whoever may see the batch itself (批次列名)."""
    MeasuredBatch.objects.update_or_create(
        id=batch.id,
        defaults={
            "feed": batch.feed, "source_id": batch.source_id, "measured_on": day_of(batch),
            "headings": list(extracted.headings), "columns": extracted.columns,
        },
    )  # fmt: skip


def count_in(batch: Batch) -> None:
    """The batch is in the register: from now on its figures count (计入)."""
    MeasuredBatch.objects.filter(id=batch.id).update(is_in=True)


def day_of(batch: Batch) -> date:
    """The day on the wall when a batch came (接收日)."""
    return timezone.localtime(batch.received_at).date()


def _figure(figure: Figure, day: date, again: dict[tuple[str, str], int]) -> tuple[Any, ...]:
    measure, rule = figure.measure, figure.measure.rule
    known = min(again.get((measure.key, figure.division_code), 0), figure.failed)
    return (
        rule.rule_id, rule.dimension, measure.field, figure.division_code, day, figure.checked, figure.failed, known,
        rule.weight, rule.target,
    )  # fmt: skip


def _copy(model: type[models.Model], names: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
    table, columns = model._meta.db_table, ", ".join(names)
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def summed(figures: Iterable[Figure]) -> list[Figure]:
    """Figures of one measure and division added up: a county and the rows of no county may share a code (合并)."""
    found: dict[tuple[str, str], Figure] = {}
    for figure in figures:
        key = (figure.measure.key, figure.division_code)
        before = found.get(key)
        found[key] = figure if before is None else Figure(
            figure.measure, figure.division_code, before.checked + figure.checked, before.failed + figure.failed
        )  # fmt: skip
    return list(found.values())
