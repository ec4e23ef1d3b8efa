"""What others make of a batch (随批): engines above say what they look at; the flow calls them and names none.

Three moments. ``when_cleaned``: the typed rows still lie in the batch's DuckDB file (tables ``raw``, ``norm``, ``bad``), and
what is measured there must be kept before the file is wiped. ``when_finished``: everything is in the register, and
``flow.staged_rows`` still opens the file unless a restart lost it. ``when_received``: persons and organisations have come from
another node, in the transaction that enters them. All may be called again for the same batch after an
interruption, so what is called replaces what it wrote for that batch before.
"""

from collections.abc import Callable
from dataclasses import dataclass

import duckdb

from minzheng.exchange.declare import Feed
from minzheng.exchange.extract.raw import Extracted
from minzheng.exchange.models import Batch
from minzheng.foundation.database.arrow import Bulk
from minzheng.standards.queries import DataSetSpec


@dataclass(frozen=True)
class CleanedRows:
    """A batch's rows as cleaning left them (清洗后的行): see ``clean.stage`` for the tables."""

    db: duckdb.DuckDBPyConnection
    batch: Batch
    feed: Feed
    spec: DataSetSpec
    extracted: Extracted


_when_cleaned: dict[str, Callable[[CleanedRows], None]] = {}
_when_finished: dict[str, Callable[[Batch], None]] = {}
_when_received: dict[str, Callable[[Bulk, str, str], None]] = {}


def when_cleaned(name: str, look: Callable[[CleanedRows], None]) -> None:
    """Have every batch looked at after cleaning (清洗之后); said once at start, by name."""
    _when_cleaned[name] = look


def when_finished(name: str, look: Callable[[Batch], None]) -> None:
    """Have every batch looked at once it is in the register (入库之后); in the order of the names."""
    _when_finished[name] = look


def cleaned(rows: CleanedRows) -> None:
    """Call those who look after cleaning; what they raise stops the batch, which can be resumed."""
    for _, look in sorted(_when_cleaned.items()):
        look(rows)


def finished(batch: Batch) -> None:
    """Call those who look at a finished batch; what they raise leaves the batch finished, to be followed again."""
    for _, look in sorted(_when_finished.items()):
        look(batch)


def when_received(name: str, look: Callable[[Bulk, str, str], None]) -> None:
    """Have what came from another node looked at as it is entered (收到之后): ``look(work, persons, organisations)``,
    the two being queries of name keys."""
    _when_received[name] = look


def received(work: Bulk, persons: str, organisations: str) -> None:
    """Call those who look at what has come; what they raise undoes it."""
    for _, look in sorted(_when_received.items()):
        look(work, persons, organisations)
