"""What was found held against what is kept (线索比对): signals raised, changed, raised again or closed, a statement each.

The temporary table ``turn`` holds every signal that changes: its old and new state, why, and the finding. A discarded
signal, and one an official has closed, come back only when their facts change; one the node has closed comes
back when it is found again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from minzheng.exchange.clean.columns import quote
from minzheng.foundation.database.arrow import Bulk
from minzheng.kernel.division import prefix
from minzheng.standards.due import due
from minzheng.standards.errors import UnknownStandardError
from minzheng.stewardship.signals.declare import Kind
from minzheng.stewardship.signals.sql import found_sql, looked_up

CLOSED_BY_ITSELF = "依据的记录已更正，不再符合本类线索的条件"


@dataclass(frozen=True, slots=True)
class Counts:
    """What a run made of one kind (核查结果): signals found, newly raised (by division), changed, closed by themselves."""

    found: int
    raised: Mapping[str, int]
    changed: int
    closed: int


def look(
    work: Bulk, kind: Kind, *, narrow: bool, node: str, division: str | None, at: datetime, on: date
) -> Counts:
    """Find, compare, write (核查一类). ``narrow``: only the subjects in the temporary table ``asked``.

    ``division`` leaves alone the signals that neither lay nor lie in it. ``node``: the owner where no division is known.
    """
    work.run(
        f"""CREATE TEMP TABLE found ON COMMIT DROP AS
        SELECT subject_id, coalesce(rpad(left(division_code, 6), 6, '0'), {quote(node)})::varchar(12) AS division_code, since,
            amount_fen, person_ids, record_ids, md5(facts)::uuid AS facts, left(said, 400) AS said
        FROM ({found_sql(kind, narrow=narrow, on=on)}) f"""
    )
    work.run("ANALYZE found (subject_id)")
    _turns(work, kind, narrow=narrow, division=division)
    raised = {row["division_code"]: int(row["n"]) for row in work.rows(_RAISED)}
    _due_days(work, kind, sorted(raised), on)
    _write(work, kind, at)
    ends = work.rows(
        "SELECT count(*) FILTER (WHERE to_state = 'closed') AS closed, "
        "count(*) FILTER (WHERE to_state <> 'closed' AND told AND from_state = to_state) AS changed FROM turn"
    )[0]
    counts = Counts(
        int(work.scalar("SELECT count(*) AS n FROM found")), raised, ends["changed"], ends["closed"]
    )
    for name in ("found", "turn", "gone", "due"):
        work.run(f"DROP TABLE {name}")
    return counts


_RAISED = (
    "SELECT division_code, count(*) AS n FROM turn WHERE to_state = 'new' AND from_state <> 'new' GROUP BY 1"
)
_BACK = "(s.facts <> f.facts OR (s.state = 'closed' AND s.decided_by = ''))"
_DIFFERS = """(s.facts, s.division_code, s.since, s.amount_fen, s.said, s.person_ids, s.record_ids)
    IS DISTINCT FROM (f.facts, f.division_code, f.since, f.amount_fen, f.said, f.person_ids, f.record_ids)"""


def _turns(work: Bulk, kind: Kind, *, narrow: bool, division: str | None) -> None:
    mine = f"s.kind = {quote(kind.key)}"
    lies = f"s.division_code LIKE '{prefix(division)}%'" if division else "true"
    lies_or_will = f"({lies} OR f.division_code LIKE '{prefix(division)}%')" if division else "true"
    work.run(
        f"""CREATE TEMP TABLE turn ON COMMIT DROP AS
        SELECT coalesce(s.id, nextval('signals_signal_id_seq')) AS id, s.id IS NULL AS is_new, f.*,
            coalesce(s.state, '') AS from_state,
            CASE WHEN s.id IS NULL OR (s.state IN ('discarded', 'closed') AND {_BACK}) THEN 'new' ELSE s.state END AS to_state,
            CASE WHEN s.id IS NULL THEN '首次发现' WHEN s.state IN ('discarded', 'closed') AND s.facts <> f.facts
                THEN '事实有变化，重新提示' WHEN s.state = 'closed' THEN '再次符合条件，重新提示'
                ELSE '情况有变化：' || f.said END::text AS reason,
            s.id IS NULL OR (s.state IN ('discarded', 'closed') AND {_BACK})
                OR (s.state IN ('new', 'confirmed') AND (s.facts, s.amount_fen) IS DISTINCT FROM (f.facts, f.amount_fen)) AS told
        FROM found f LEFT JOIN signals_signal s ON {mine} AND s.subject_id = f.subject_id
        WHERE (s.id IS NULL OR {_DIFFERS} OR (s.state = 'closed' AND {_BACK})) AND {lies_or_will}"""
    )
    asked = "AND s.subject_id IN (SELECT id FROM asked)" if narrow else ""
    work.run(
        f"""CREATE TEMP TABLE gone ON COMMIT DROP AS
        SELECT s.id AS signal_id, s.subject_id, s.person_ids, s.record_ids FROM signals_signal s
        WHERE {mine} AND s.state IN ('new', 'confirmed') {asked} AND {lies}
            AND NOT EXISTS (SELECT 1 FROM found f WHERE f.subject_id = s.subject_id)"""
    )
    work.run("ANALYZE gone")
    why = looked_up(kind.closing) or "SELECT signal_id, NULL::text AS reason FROM gone WHERE false"
    work.run(
        f"""INSERT INTO turn SELECT s.id, false, s.subject_id, s.division_code, s.since, s.amount_fen, s.person_ids,
            s.record_ids, s.facts, s.said, s.state, 'closed', coalesce(w.reason, {quote(CLOSED_BY_ITSELF)}), true
        FROM gone g JOIN signals_signal s ON s.id = g.signal_id
        LEFT JOIN (SELECT DISTINCT ON (signal_id) signal_id, reason FROM ({why}) r ORDER BY signal_id, reason) w
            ON w.signal_id = s.id"""
    )


def _due_days(work: Bulk, kind: Kind, divisions: Sequence[str], on: date) -> None:
    """The day by which each division must have looked, by its own limit and the calendar."""
    days = {code: _due_day(kind.step, code, on) for code in divisions}
    work.run("CREATE TEMP TABLE due (division_code varchar(12), due_on date) ON COMMIT DROP")
    if days:
        rows = ", ".join(
            f"({quote(code)}, {quote(day.isoformat()) if day else 'NULL'}::date)"
            for code, day in days.items()
        )
        work.run(f"INSERT INTO due VALUES {rows}")


def _due_day(step: str, division_code: str, on: date) -> date | None:
    """None where the node's standards know no such limit or division: a signal without a limit is still a signal."""
    try:
        return due(step, start=on, division_code=division_code).due
    except UnknownStandardError:
        return None


def _write(work: Bulk, kind: Kind, at: datetime) -> None:
    when = f"{quote(at.isoformat())}::timestamptz"
    work.run(
        f"""INSERT INTO signals_signal (id, kind, subject_id, division_code, state, since, amount_fen, said, person_ids,
            record_ids, facts, raised_at, changed_at, due_on, reason, decided_by)
        SELECT t.id, {quote(kind.key)}, t.subject_id, t.division_code, 'new', t.since, t.amount_fen, t.said, t.person_ids,
            t.record_ids, t.facts, {when}, {when}, d.due_on, '', ''
        FROM turn t LEFT JOIN due d USING (division_code) WHERE t.is_new"""
    )
    work.run(
        f"""UPDATE signals_signal s SET division_code = t.division_code, state = t.to_state, since = t.since,
            amount_fen = t.amount_fen, said = t.said, person_ids = t.person_ids, record_ids = t.record_ids, facts = t.facts,
            changed_at = CASE WHEN t.told THEN {when} ELSE s.changed_at END,
            raised_at = CASE WHEN t.to_state = 'new' AND t.from_state <> 'new' THEN {when} ELSE s.raised_at END,
            due_on = CASE WHEN t.to_state = 'new' AND t.from_state <> 'new' THEN d.due_on ELSE s.due_on END,
            reason = CASE WHEN t.to_state = t.from_state THEN s.reason WHEN t.to_state = 'closed' THEN t.reason ELSE '' END,
            decided_by = CASE WHEN t.to_state = t.from_state THEN s.decided_by ELSE '' END
        FROM turn t LEFT JOIN due d ON d.division_code = t.division_code WHERE s.id = t.id AND NOT t.is_new"""
    )
    work.run(
        f"""INSERT INTO signals_signalevent (signal_id, division_code, at, by_name, from_state, to_state, reason, amount_fen)
        SELECT id, division_code, {when}, '', from_state, to_state, left(reason, 400), amount_fen
        FROM turn WHERE told ORDER BY id"""
    )
