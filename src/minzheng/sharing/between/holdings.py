"""What belongs to a member, told so that two nodes can compare it (应有清单): counts and digests, what differs, the items.

An item is a claim on a person who is registered in the member's land, or a current record that lies there or tells of such a
person; each stands once in every division it belongs to. Its state is what must be the same everywhere: ids, times, and for a
record the claims on it. The digest of a set does not depend on order: number, exclusive or and sum of its items' digests, so
that one item more, less or other shows, and a gap is found without sending what is not in it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from minzheng.foundation.database.arrow import Bulk
from minzheng.sharing.between.carried import going, record_feeds
from minzheng.sharing.between.terms import PERSONS

BUCKETS = 256


@dataclass(frozen=True, slots=True)
class Sum:
    """A set in short (集合摘要): ``digest`` is equal where the sets are."""

    count: int
    digest: str


@dataclass(frozen=True, slots=True)
class Item:
    """One item (一项): ``subject`` is what is sent again to bring it."""

    id: str
    subject: str
    state: str


def divisions(work: Bulk, own: str) -> dict[tuple[str, str], Sum]:
    """(data set, division) → what there is of it. ``own``: SQL true of a column ``{c}`` in the member's land (按区划)."""
    found: dict[tuple[str, str], Sum] = {}
    for data_set in data_sets():
        rows = work.rows(f"SELECT division, {_SUM} FROM ({_items(data_set, own)}) i GROUP BY division")
        found |= {(data_set, row["division"]): Sum(row["n"], row["digest"]) for row in rows}
    return found


def buckets(work: Bulk, own: str, data_set: str, division: str) -> dict[int, Sum]:
    """Bucket → the same, of one data set and division (按桶)."""
    rows = work.rows(f"SELECT {_BUCKET} AS b, {_SUM} FROM ({_of(data_set, own, division)}) i GROUP BY 1")
    return {row["b"]: Sum(row["n"], row["digest"]) for row in rows}


def items(work: Bulk, own: str, data_set: str, division: str, chosen: Iterable[int]) -> Iterator[Item]:
    """What lies in some buckets, by id (逐项)."""
    listed = ", ".join(str(int(one)) for one in chosen)
    rows = work.rows(
        f"SELECT id::text, subject::text, state::text FROM ({_of(data_set, own, division)}) i "
        f"WHERE {_BUCKET} IN ({listed or 'NULL'}) ORDER BY id"
    )
    return (Item(row["id"], row["subject"], row["state"]) for row in rows)


def data_sets() -> Sequence[str]:
    """The data sets that travel (随行数据集)."""
    return (PERSONS, *sorted(record_feeds()))


_SUM = "count(*)::int AS n, count(*) || '-' || bit_xor(state) || '-' || sum(state) AS digest"
_BUCKET = "('x' || left(md5(id::text), 2))::bit(8)::int"


def _digest(text: str) -> str:
    return f"('x' || left(md5({text}), 16))::bit(64)::bigint"


def _of(data_set: str, own: str, division: str) -> str:
    if not division.isdigit():
        raise ValueError(f"no division: {division[:20]!r}")
    return f"SELECT * FROM ({_items(data_set, own)}) a WHERE division = '{division}'"


def _items(data_set: str, own: str) -> str:
    """(division, id, subject, state) of everything of a data set."""
    if data_set == PERSONS:
        return f"""SELECT left(p.hukou_division_code, 6) AS division, c.id, c.person_id AS subject,
                {_digest("c.id::text || c.person_id || extract(epoch FROM c.recorded_from)")} AS state
            FROM registry_person p JOIN registry_personclaim c ON c.person_id = p.id AND c.recorded_to IS NULL
            WHERE p.superseded_by IS NULL AND {own.format(c="p.hukou_division_code")} AND {going("c")}"""
    table = record_feeds()[data_set]._meta.db_table
    return f"""WITH mine AS (
            SELECT t.id, left(t.division_code, 6) AS division FROM {table} t
            WHERE t.recorded_to IS NULL AND {own.format(c="t.division_code")}
            UNION SELECT t.id, left(p.hukou_division_code, 6) FROM {table} t
                JOIN registry_personclaim c ON c.record_id = t.id AND c.recorded_to IS NULL
                JOIN registry_person p ON p.id = c.person_id AND p.superseded_by IS NULL
            WHERE t.recorded_to IS NULL AND {own.format(c="p.hukou_division_code")} AND {going("c")}
        ), said AS (
            SELECT q.id, count(*) AS n, bit_xor({_digest("c.id::text")}) AS x FROM (SELECT DISTINCT id FROM mine) q JOIN (
                SELECT id, record_id FROM registry_personclaim WHERE recorded_to IS NULL AND record_id IS NOT NULL
                UNION ALL SELECT id, record_id FROM registry_organisationclaim
                WHERE recorded_to IS NULL AND record_id IS NOT NULL) c ON c.record_id = q.id GROUP BY q.id
        )
        SELECT m.division, t.id, t.id AS subject,
            {_digest("concat_ws(' ', t.id, extract(epoch FROM t.recorded_from), t.division_code, d.n, d.x)")} AS state
        FROM mine m JOIN {table} t ON t.id = m.id
        JOIN registry_source s ON s.id = t.source_id AND s.feed = '{data_set}' LEFT JOIN said d ON d.id = t.id"""
