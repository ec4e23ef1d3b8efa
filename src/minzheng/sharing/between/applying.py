"""Into the register (入库): a received batch in one transaction, by statements over its rows.

Whatever the batch says is known by its id: what is there already is only brought up to what the sender says now, so that a
batch that comes twice changes nothing. Golden rows are computed anew from the claims.
"""

from dataclasses import dataclass
from datetime import datetime

from minzheng.exchange import following
from minzheng.foundation.database.arrow import Bulk
from minzheng.registry import golden
from minzheng.sharing.between import disputes, homes, identity, routing
from minzheng.sharing.between.carried import Carried, organisations, persons, record_feeds, records
from minzheng.sharing.between.terms import PERSONS, WHOLE


@dataclass(frozen=True, slots=True)
class Arrival:
    """Whose batch it is and when it is entered (到达). ``above``: it comes from this node's upper."""

    peer: str
    above: bool
    at: datetime

    @property
    def at_sql(self) -> str:
        """The moment as SQL."""
        return f"'{self.at.isoformat()}'::timestamptz"


def apply(work: Bulk, arrival: Arrival) -> dict[str, int]:
    """Enter the staged rows (``staging``) for the caller to commit; returns what was new or altered, per kind."""
    _sources(work, arrival)
    _places(work, arrival)
    _households(work, arrival)
    identity.settle(work, arrival.above, arrival.at_sql)
    homes.settle(work, arrival.peer, above=arrival.above, at=arrival.at_sql)
    _known(work)
    counts = {one.name: _rows(work, one) for one in (*records(), persons(), organisations())}
    for subject, groups in (("person", golden.PERSON_GROUPS), ("organisation", golden.ORGANISATION_GROUPS)):
        _subjects(work, subject, arrival)
        touched = f"SELECT DISTINCT {subject}_id FROM changed_rows_{subject}"
        if subject == "person":
            touched += " UNION SELECT person_id FROM rejoined UNION SELECT person_id FROM rehomed"
        golden.recompute(work, subject=subject, groups=groups, touched=touched, at=arrival.at_sql)
    homes.tell(work, arrival.peer, routing.territory_of(arrival.peer), above=arrival.above, at=arrival.at_sql)
    following.received(work, "SELECT name_key FROM b_person", "SELECT name_key FROM b_organisation")
    disputes.take(work, arrival.peer)
    _onward(work, arrival)
    _to_be_looked_at(work, arrival)
    return {name: count for name, count in counts.items() if count}


def _sources(work: Bulk, arrival: Arrival) -> None:
    """Sources by feed and name; ``b_source`` learns which one is this node's."""
    work.run(
        f"""INSERT INTO registry_source (feed, name, authority, created_at)
        SELECT DISTINCT feed, name, authority::jsonb, {arrival.at_sql} FROM b_source
        ON CONFLICT (feed, name) DO NOTHING"""
    )
    work.run("ALTER TABLE b_source ADD COLUMN own integer")
    work.run(
        "UPDATE b_source b SET own = s.id FROM registry_source s WHERE s.feed = b.feed AND s.name = b.name"
    )


def _places(work: Bulk, arrival: Arrival) -> None:
    work.run(
        f"""INSERT INTO registry_place (id, class_code, name, division_code, shape, created_at)
        SELECT id::uuid, class_code, name, division_code, shape, {arrival.at_sql} FROM b_place
        ON CONFLICT DO NOTHING"""
    )
    work.run("ALTER TABLE b_place ADD COLUMN own uuid")
    work.run(
        """UPDATE b_place b SET own = p.id FROM registry_place p WHERE p.class_code = b.class_code AND p.name = b.name
            AND p.division_code IS NOT DISTINCT FROM b.division_code"""
    )


def _households(work: Bulk, arrival: Arrival) -> None:
    """Households by their head's number, where it is known; else by the identity they came with."""
    work.run(
        f"""INSERT INTO registry_household (id, kind_code, key_blind, division_code, created_at, batch_id)
        SELECT id::uuid, kind_code, coalesce(key_blind, id::uuid), division_code, {arrival.at_sql}, batch_id::uuid
        FROM b_household ON CONFLICT DO NOTHING"""
    )
    work.run("ALTER TABLE b_household ADD COLUMN own uuid")
    work.run(
        """UPDATE b_household b SET own = h.id FROM registry_household h
        WHERE h.kind_code = b.kind_code AND h.key_blind = coalesce(b.key_blind, b.id::uuid)"""
    )


def _known(work: Bulk) -> None:
    """``b_known``: of when the sender's knowledge of each subject is, by the latest that it says of it (知悉时间).

    A node that was restored from a backup says again what it knew then.
    """
    said = [
        f"SELECT {column}::uuid, greatest(recorded_from::timestamptz, recorded_to::timestamptz) FROM b_{one.name}"
        for one in (*records(), persons(), organisations())
        for column in (_subject(one), *(["record_id"] if "record_id" in one.plain else []))
    ]
    work.run(
        f"""CREATE TEMP TABLE b_known ON COMMIT DROP AS SELECT id, max(at) AS at FROM (
            SELECT json_array_elements_text(subject_ids::json)::uuid, changed_at::timestamptz FROM b_entry
            WHERE operation <> '{WHOLE}' UNION ALL {" UNION ALL ".join(said)}) q (id, at)
        WHERE id IS NOT NULL GROUP BY id"""
    )
    work.run("ALTER TABLE b_known ADD PRIMARY KEY (id)")
    work.run("ANALYZE b_known")


def _subject(carried: Carried) -> str:
    """The column that says whom a row is about: of a record, itself."""
    return f"{carried.name}_id" if f"{carried.name}_id" in carried.plain else "id"


def _rows(work: Bulk, carried: Carried) -> int:
    """Insert or bring up to date; returns how many. ``changed_rows_<name>`` keeps which subjects that touched.

    What has ended here ends anew, or stands again, only by the word of who knows that it had ended.
    """
    sealed = [f"{base}_cipher" for base in carried.sealed] + [f"{base}_blind" for base in carried.blind]
    columns = ["source_id", *carried.plain, *sealed]
    values = [
        "s.own",
        *(_value(carried, column, sql_type) for column, sql_type in carried.plain.items()),
        *(f"b.{c}" for c in sealed),
    ]
    joins = "JOIN b_source s ON s.source = b.source"
    if "household_id" in carried.plain:
        joins += " LEFT JOIN b_household h ON h.id = b.household_id"
    if "place_id" in carried.plain:
        joins += " LEFT JOIN b_place p ON p.id = b.place_id"
    if "stated_division_code" in carried.plain:
        joins += " LEFT JOIN registry_divisionnow n ON n.code = b.division_code"
    kept = _subject(carried)
    known = f"(SELECT k.at FROM b_known k WHERE k.id = excluded.{kept}) >= t.recorded_to"
    ended = f"CASE WHEN t.recorded_to IS NULL OR {known} THEN excluded.recorded_to ELSE t.recorded_to END"
    says = {c: ended if c == "recorded_to" else f"excluded.{c}" for c in carried.changing}
    news = ", ".join(f"{c} = {value}" for c, value in says.items())
    old = ", ".join(f"t.{c}" for c in says)
    new = ", ".join(says.values())
    work.run(f"CREATE TEMP TABLE changed_rows_{carried.name} ({kept} uuid) ON COMMIT DROP")
    work.run(
        f"""WITH done AS (
            INSERT INTO {carried.table} AS t ({", ".join(columns)})
            SELECT {", ".join(values)} FROM b_{carried.name} b {joins}
            ON CONFLICT (id) DO UPDATE SET {news} WHERE ({old}) IS DISTINCT FROM ({new}) RETURNING t.{kept}
        ) INSERT INTO changed_rows_{carried.name} SELECT {kept} FROM done"""
    )
    return int(work.scalar(f"SELECT count(*) AS n FROM changed_rows_{carried.name}"))


def _value(carried: Carried, column: str, sql_type: str) -> str:
    if column == "household_id":
        return "h.own"
    if column == "place_id":
        return "p.own"
    if (
        column == "division_code" and "stated_division_code" in carried.plain
    ):  # the sender may not know of a change yet
        return "coalesce(n.now_code, b.division_code)"
    if column == "stated_division_code":
        return "coalesce(b.stated_division_code, CASE WHEN n.now_code IS NOT NULL THEN b.division_code END)"
    return f"b.{column}" if sql_type == "text" else f"b.{column}::{sql_type}"


def _subjects(work: Bulk, subject: str, arrival: Arrival) -> None:
    """Whoever is spoken of for the first time gets a row; what it says comes from the claims."""
    work.run(
        f"""INSERT INTO registry_{subject} (id, created_at, updated_at)
        SELECT DISTINCT {subject}_id::uuid, {arrival.at_sql}, {arrival.at_sql} FROM b_{subject}
        ON CONFLICT (id) DO NOTHING"""
    )


def _onward(work: Bulk, arrival: Arrival) -> None:
    """What the sender's outbox said, for the members this node passes it on to; with where it came from.

    What came whole was placed by the sender's view of the land; here it is placed by where each subject lies.
    """
    work.run(
        f"""INSERT INTO foundation_outboxentry (at, data_set, division_code, operation, subject_ids, batch_id, origin)
        SELECT changed_at::timestamptz, data_set, division_code, operation,
            ARRAY(SELECT json_array_elements_text(subject_ids::json)::uuid), changed_by::uuid, '{arrival.peer}'
        FROM b_entry WHERE operation <> '{WHOLE}'"""
    )
    tables = {PERSONS: ("registry_person", "hukou_division_code")}
    tables |= {
        data_set: (model._meta.db_table, "division_code") for data_set, model in record_feeds().items()
    }
    for data_set, (table, division) in tables.items():
        work.run(
            f"""INSERT INTO foundation_outboxentry (at, data_set, division_code, operation, subject_ids, origin)
            SELECT {arrival.at_sql}, '{data_set}', coalesce(left(t.{division}, 6), ''), '{WHOLE}', array_agg(t.id),
                '{arrival.peer}'
            FROM (SELECT DISTINCT json_array_elements_text(subject_ids::json)::uuid AS id FROM b_entry
                WHERE operation = '{WHOLE}' AND data_set = '{data_set}') q JOIN {table} t ON t.id = q.id GROUP BY 3"""
        )


def _to_be_looked_at(work: Bulk, arrival: Arrival) -> None:
    """Signals and whoever else looks at persons do so once the batch stands."""
    work.run(
        f"""INSERT INTO registry_handchange (person_ids, at)
        SELECT ids, {arrival.at_sql} FROM (SELECT array_agg(DISTINCT person_id) AS ids FROM changed_rows_person) q
        WHERE ids IS NOT NULL"""
    )
