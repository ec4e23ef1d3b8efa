"""What quality does with every batch (随批计量): measured when cleaned, compared and ticketed once it is in."""

import pyarrow as pa
from django.utils import timezone

from minzheng.exchange import following
from minzheng.exchange.clean.quarantine import raw_rows
from minzheng.exchange.declare import Feed, feed_named
from minzheng.exchange.flow import staged_rows
from minzheng.exchange.following import CleanedRows
from minzheng.exchange.models import Batch
from minzheng.foundation.access.standing import as_node
from minzheng.foundation.crypto.fields import seal_column
from minzheng.standards.queries import DataSetSpec, data_set
from minzheng.stewardship.quality import services
from minzheng.stewardship.quality.in_register import against_register, register_measures
from minzheng.stewardship.quality.keeping import KeptRow, count_in, day_of, keep, keep_shape, summed
from minzheng.stewardship.quality.recognising import confirm_seen, known_rows, note_seen, seen_again
from minzheng.stewardship.quality.rules import OF_BATCH, OF_REGISTER, Measure
from minzheng.stewardship.quality.staged import Figure, Measuring, kept_of


@as_node()  # the flow's work, whoever's page began it
def when_cleaned(rows: CleanedRows) -> None:
    """Measure the staged rows and keep the figures, the first failing rows, and what mends a ticket (清洗之后)."""
    if not rows.spec.quality:
        return
    measuring, batch = Measuring(rows), rows.batch
    figures = list(measuring.figures())
    failing = measuring.failing(figures)
    ciphers = _sealed(rows, {row_no for _, row_no, _ in failing})
    known, refused = known_rows(measuring), measuring.refused({row_no for _, row_no, _ in failing})
    kept = [
        KeptRow(m, row_no, division, row_no in refused, ciphers.get(row_no), *known.get(row_no, ((), None)))
        for m, row_no, division in failing
    ]
    seen = seen_again(measuring, batch)
    figures += _arrival(batch, measuring.measures)
    own = [measure for measure in measuring.measures if measure.rule.rule not in OF_REGISTER]
    keep(batch, own, summed(figures), kept, seen.again)
    keep_shape(batch, rows.extracted)
    note_seen(batch, seen)


@as_node()
def when_finished(batch: Batch) -> None:
    """Compare with the register, confirm what was mended, close and open tickets (入库之后)."""
    feed, spec = feed_named(batch.feed), data_set(batch.feed)
    if not spec.quality:
        return
    still = _compare(batch, feed, spec)
    count_in(batch)
    confirm_seen(batch, still_failing=still)
    now = timezone.now()
    services.close_mended(batch=batch, at=now)
    services.open_for_batch(batch=batch, at=now)
    services.remind(at=now)


def _compare(batch: Batch, feed: Feed, spec: DataSetSpec) -> set[tuple[str, int]]:
    measures = register_measures(spec)
    if not measures:
        return set()
    figures, failures = against_register(batch, feed, spec)
    taken: dict[str, int] = {}
    shown = []
    for failure in failures:
        taken[failure.measure.key] = taken.get(failure.measure.key, 0) + 1
        if taken[failure.measure.key] <= kept_of(failure.measure):
            shown.append(failure)
    cells, known = {}, {}
    if shown:
        with staged_rows(batch) as rows:
            if rows is not None:
                cells = _sealed(rows, {failure.row_no for failure in shown})
                known = _known(rows, {(failure.measure.key, failure.row_no) for failure in shown})
    kept = [
        KeptRow(
            f.measure, f.row_no, f.division_code, False, cells.get(f.row_no), *known.get(f.row_no, ((), None))
        )
        for f in shown
    ]
    keep(batch, measures, figures, kept, {})
    return {(failure.measure.key, failure.row_no) for failure in failures}


def _known(rows: CleanedRows, failing: set[tuple[str, int]]) -> dict[int, tuple[tuple[str, ...], bytes]]:
    """How rows that fail against the register are known again: as the others, without the columns compared."""
    measuring = Measuring(rows)
    measuring.db.execute("CREATE OR REPLACE TABLE failing (n INTEGER, row_no BIGINT)")
    measuring.db.executemany(
        "INSERT INTO failing VALUES (0, ?)", [[n] for n in sorted({n for _, n in failing})]
    )
    return known_rows(measuring)


def _sealed(rows: CleanedRows, numbers: set[int]) -> dict[int, bytes]:
    """The source's own cells of the rows, sealed."""
    texts = raw_rows(rows.db, rows.extracted, sorted(numbers))
    others = numbers - set(texts)
    if others:
        listed = ", ".join(map(str, sorted(others)))
        found = rows.db.execute(
            f"SELECT row_no, to_json(cells)::VARCHAR FROM malformed WHERE row_no IN ({listed})"
        )
        texts |= dict(found.fetchall())
    if not texts:
        return {}
    sealed = seal_column("row", pa.array(list(texts.values()), pa.string()))[0].to_pylist()
    return dict(zip(texts, sealed, strict=True))


def _arrival(batch: Batch, measures: list[Measure]) -> list[Figure]:
    """Whether the batch came within its cycle; the first of a source has nothing to be measured against."""
    before = (
        Batch.objects.filter(feed=batch.feed, source_id=batch.source_id, stage=Batch.Stage.FINISHED)
        .filter(received_at__lt=batch.received_at)
        .order_by("-received_at")
        .first()
    )
    if before is None:
        return []
    gap = (day_of(batch) - day_of(before)).days
    return [
        Figure(measure, batch.division_code, 1, int(gap > measure.rule.arguments["days"]))
        for measure in measures
        if measure.rule.rule in OF_BATCH
    ]


following.when_cleaned("quality", when_cleaned)
following.when_finished("quality", when_finished)
