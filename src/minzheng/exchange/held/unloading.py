"""A row that was loaded by decision leaves the register again (撤回入库).

What it said is closed, not erased, so that what was known in between has an answer; what it had closed stands again,
as it was. Refused where something has followed from it since that must be undone first.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from minzheng.exchange.declare import Feed, feed_named
from minzheng.exchange.held.loading import Alongside, Entered, adjust_counts
from minzheng.exchange.held.staging import HeldRowError
from minzheng.exchange.load import revoking
from minzheng.foundation.database.arrow import Bulk, bulk
from minzheng.registry import golden
from minzheng.registry.models import BusinessRecord


def unload(
    batch_id: UUID, row_no: int, feed_key: str, entered: Entered, *, at: datetime, alongside: Alongside
) -> None:
    """Take back what ``entered`` wrote, in one transaction; what is gone already stays gone. Raises ``HeldRowError``.

    ``alongside`` writes in the same transaction what must not be lost once it stands.
    """
    feed, moment = feed_named(feed_key), f"'{at.isoformat()}'::timestamptz"
    mine = f"batch_id = '{batch_id}' AND row_no = {row_no} AND recorded_from = '{entered.at}'"
    mark = f"exchange_loadedchunk WHERE batch_id = '{batch_id}' AND name = '{entered.name}'"
    with bulk() as work:
        if not work.scalar(f"SELECT EXISTS (SELECT 1 FROM {mark}) AS any"):
            return
        persons, organisations = _quoted(entered.persons), _quoted(entered.organisations)
        work.run(f"SELECT 1 FROM registry_person WHERE id IN ({persons}) ORDER BY id FOR UPDATE")
        work.run(f"CREATE TEMP TABLE before ON COMMIT DROP AS {_PLACES} WHERE id IN ({persons})")
        own = f"person_id IN ({persons}) AND {mine}"
        standing = f"person_id IN ({persons}) AND batch_id = '{batch_id}' AND row_no = {row_no} AND recorded_to IS NULL"
        _still_standing(work, own, standing)
        written: list[str] = []
        if feed.record is not None:
            found = work.rows(f"SELECT DISTINCT record_id::text AS id FROM registry_personclaim WHERE {own}")
            written = [row["id"] for row in found if row["id"]]
            _records_back(work, feed.key, feed.record, written, entered, moment)
        _end(work, "registry_personclaim", standing, moment)
        _end(work, "registry_organisationclaim", f"organisation_id IN ({organisations}) AND {mine}", moment)
        _reopen(work, "registry_personclaim", entered.closed_claims, entered.at)
        _reopen(work, "registry_organisationclaim", entered.closed_organisation_claims, entered.at)
        settled = _settle(work, feed, [*written, *entered.closed_records], persons, moment)
        persons += "".join(f", '{one}'" for one in settled)
        _golden(work, "person", golden.PERSON_GROUPS, persons, entered.made, moment)
        _golden(
            work,
            "organisation",
            golden.ORGANISATION_GROUPS,
            organisations,
            entered.organisations_made,
            moment,
        )
        _tell_persons(work, persons, moment)
        adjust_counts(work, batch_id, entered.counts, -1)
        work.run(f"DELETE FROM {mark}")
        alongside(work)
        work.commit()


_PLACES = "SELECT id, hukou_division_code FROM registry_person"


def _still_standing(work: Bulk, own: str, standing: str) -> None:
    """What the row said may have been written anew by a revocation that came since; its persons and parts are the same."""
    gone = work.scalar(
        f"""SELECT count(*) AS n FROM registry_personclaim c WHERE {own} AND recorded_to IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM registry_personclaim s WHERE s.role = c.role AND s.person_id = c.person_id AND s.id IN (
                SELECT id FROM registry_personclaim WHERE {standing}))"""
    )
    if gone:
        raise HeldRowError("此后来源又报送了新的内容, 或此人已被拆分、合并, 请先撤销后来的处置")


def _records_back(
    work: Bulk,
    feed: str,
    record: type[BusinessRecord],
    records: Sequence[str],
    entered: Entered,
    moment: str,
) -> None:
    """The row's record is closed and told as withdrawn; the version it replaced stands again."""
    table = record._meta.db_table
    _end(work, table, f"id IN ({_quoted(records)})", moment)
    _reopen(work, table, entered.closed_records, entered.at)
    for operation, ids in (("withdrawn", records), ("updated", entered.closed_records)):
        work.run(
            f"""INSERT INTO foundation_outboxentry (at, data_set, division_code, operation, subject_ids, batch_id)
            SELECT {moment}, '{feed}', coalesce(left(division_code, 6), ''), '{operation}', array_agg(id), NULL
            FROM {table} WHERE id IN ({_quoted(ids)}) GROUP BY 3"""
        )


def _settle(work: Bulk, feed: Feed, records: Sequence[str], persons: str, moment: str) -> list[str]:
    """A revocation that leaves takes back nothing more; one that stands again does. Returns whose claims changed."""
    known = f"SELECT id FROM registry_person WHERE id IN ({persons})"
    touched = f"SELECT unnest(ARRAY[{_quoted(records)}]::uuid[]) AS id"
    revoking.settle(work, feed, at=moment, records=touched, persons=known)
    return [row["id"] for row in work.rows("SELECT id::text AS id FROM settled_person")]


def _golden(
    work: Bulk, subject: str, groups: golden.Groups, ids: str, made: Sequence[str], moment: str
) -> None:
    golden.recompute(
        work, subject=subject, groups=groups, at=moment,
        touched=f"SELECT id FROM registry_{subject} WHERE id IN ({ids})",
    )  # fmt: skip
    work.run(f"CREATE TEMP TABLE emptied_{subject} (id uuid) ON COMMIT DROP")
    emptied = golden.clear_unstated(work, subject=subject, groups=groups, among=_quoted(made), at=moment)
    if emptied:
        work.run(f"INSERT INTO emptied_{subject} SELECT unnest(ARRAY[{_quoted(emptied)}]::uuid[])")


def _tell_persons(work: Bulk, persons: str, moment: str) -> None:
    work.run(
        f"""INSERT INTO foundation_outboxentry (at, data_set, division_code, operation, subject_ids, batch_id)
        SELECT {moment}, 'persons', coalesce(left(p.hukou_division_code, 6), left(b.hukou_division_code, 6), ''),
            CASE WHEN e.id IS NULL THEN 'updated' ELSE 'withdrawn' END, array_agg(p.id), NULL
        FROM registry_person p LEFT JOIN before b ON b.id = p.id LEFT JOIN emptied_person e ON e.id = p.id
        WHERE p.id IN ({persons}) AND (e.id IS NOT NULL OR p.id IN (SELECT id FROM changed_person)) GROUP BY 3, 4"""
    )


def _end(work: Bulk, table: str, which: str, moment: str) -> None:
    work.run(f"UPDATE {table} SET recorded_to = {moment} WHERE {which} AND recorded_to IS NULL")


def _reopen(work: Bulk, table: str, ids: Sequence[str], closed_at: str) -> None:
    work.run(
        f"UPDATE {table} SET recorded_to = NULL WHERE id IN ({_quoted(ids)}) AND recorded_to = '{closed_at}'"
    )


def _quoted(ids: Sequence[str]) -> str:
    return ", ".join(f"'{UUID(i)}'" for i in ids) or "NULL"
