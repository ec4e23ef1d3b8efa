"""What a batch or a decision by hand has touched (受影响范围), as temporary tables for the kinds' ``touched``.

``touched_record`` (id, stands): records written, and those closed, which do not stand. ``touched_claim`` (person_id, role,
record_id): their claims, and those closed. ``touched_person`` (id, renewed): everyone these speak of; ``renewed`` where the
golden row was written anew. ``touched_signal`` (kind, subject_id): the signals that rest on any of it. Each costs what was
touched, not its history.
"""

from collections.abc import Sequence
from uuid import UUID

from minzheng.exchange.clean.columns import quote
from minzheng.exchange.declare import feeds
from minzheng.exchange.models import Batch
from minzheng.foundation.database.arrow import Bulk

_CLAIM = "person_id, role, record_id"
_OF_RECORDS = f"""SELECT {_CLAIM} FROM touched_record t CROSS JOIN LATERAL
    (SELECT * FROM registry_personclaim k WHERE k.record_id = t.id OFFSET 0) c WHERE t.stands AND c.recorded_to IS NULL"""


def by_batch(work: Bulk, batch: Batch) -> None:
    """What the batch wrote (the outbox tells), and what it closed (the closing time tells)."""
    at = f"{quote(batch.received_at.isoformat())}::timestamptz"
    table = (feed := feeds()[batch.feed]).record
    told = f"FROM foundation_outboxentry o, unnest(o.subject_ids) u (id) WHERE o.batch_id = '{batch.id}'"
    records = "SELECT NULL::uuid AS id, true AS stands WHERE false"
    if table is not None:
        records = f"""SELECT u.id, true AS stands {told} AND o.data_set = {quote(feed.key)}
            UNION ALL SELECT id, false FROM {table._meta.db_table} WHERE recorded_to = {at}"""
    closed = f"SELECT {_CLAIM} FROM registry_personclaim WHERE recorded_to = {at}"
    _tables(work, records, closed, f"SELECT u.id {told} AND o.data_set = 'persons'")


def by_persons(work: Bulk, person_ids: Sequence[UUID]) -> None:
    """All that is or was said of these persons: what they said before may have become another's."""
    listed = ", ".join(f"('{one}'::uuid)" for one in person_ids)
    persons = f"SELECT * FROM (VALUES {listed}) v (id)"
    claims = f"SELECT {_CLAIM} FROM registry_personclaim WHERE person_id IN ({persons})"
    records = f"SELECT DISTINCT record_id AS id, true AS stands FROM ({claims}) c WHERE record_id IS NOT NULL"
    _tables(work, records, claims, persons)


def _tables(work: Bulk, records: str, claims: str, renewed: str) -> None:
    """From queries of records, of claims besides theirs, and of persons written anew."""
    _table(work, "touched_record", records)
    _table(work, "touched_claim", f"{_OF_RECORDS} UNION {claims}")
    _table(
        work,
        "touched_person",
        f"""SELECT id, bool_or(renewed) AS renewed FROM (SELECT id, true FROM ({renewed}) r (id)
            UNION ALL SELECT person_id, false FROM touched_claim) p (id, renewed) GROUP BY id ORDER BY id""",
    )


def find_signals(work: Bulk) -> None:
    """The signals that rest on anything touched: looked up one by one, or all gone through where they are fewer."""
    signals = int(work.scalar("SELECT count(*) AS n FROM signals_signal"))
    touched = "(SELECT id FROM touched_person UNION ALL SELECT id FROM touched_record)"
    asked = int(work.scalar(f"SELECT count(*) AS n FROM {touched} t"))
    if signals < asked:
        rests = "SELECT kind, subject_id FROM signals_signal s, unnest(s.{ids}) u (id) JOIN {table} t ON t.id = u.id"
    else:
        rests = """SELECT s.* FROM {table} t CROSS JOIN LATERAL
            (SELECT kind, subject_id FROM signals_signal s WHERE s.{ids} @> ARRAY[t.id] OFFSET 0) s"""
    both = (("person_ids", "touched_person"), ("record_ids", "touched_record"))
    _table(work, "touched_signal", " UNION ".join(rests.format(ids=ids, table=table) for ids, table in both))


def _table(work: Bulk, name: str, rows: str) -> None:
    work.run(f"CREATE TEMP TABLE {name} ON COMMIT DROP AS {rows}")
    work.run(f"ANALYZE {name}")
