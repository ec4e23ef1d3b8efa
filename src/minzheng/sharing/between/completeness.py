"""Whether a lower node has everything of its own (回流完整性): asked of the upper node, compared, narrowed down, kept, made good.

The lower node asks, as with everything else. What it finds is kept here with its time and told above, so that both show it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from minzheng.foundation.access.scope import Scope
from minzheng.foundation.accounts.models import User
from minzheng.foundation.audit.services import record
from minzheng.foundation.database.arrow import bulk
from minzheng.foundation.members.models import Member
from minzheng.foundation.members.services import MemberError, own_code
from minzheng.kernel.division import covers
from minzheng.sharing.between import holdings, queries, routing
from minzheng.sharing.between.calling import Caller
from minzheng.sharing.between.carried import going, record_feeds
from minzheng.sharing.between.holdings import Item, Sum
from minzheng.sharing.between.models import Completeness, Dispatch, Gap
from minzheng.sharing.between.terms import HOME, PERSONS, WHOLE, GapKind

PATH = "/completeness"
NARROWED, SLICE = 16, 2_000  # buckets a question, ids a request
LISTED = 20_000  # gaps kept of a data set and division
KEPT = timedelta(days=90)


@dataclass
class Compared:
    """One data set and division on both sides (比对结果)."""

    data_set: str
    division_code: str
    expected: int
    held: int
    missing: list[Item]
    extra: list[Item]


def check(caller: Caller, *, by: User | str | None, at: datetime) -> list[Completeness]:
    """Ask, compare, keep and tell above (核对). Raises ``CallError``."""
    answer = caller.ask("GET", PATH) or {}
    theirs = {(row["data_set"], row["division"]): Sum(row["count"], row["digest"]) for row in answer["rows"]}
    own = routing.territory_of(own_code())
    with bulk() as work:
        ours = holdings.divisions(work, own)
    found = []
    for key in sorted(theirs.keys() | ours.keys()):
        one, other = theirs.get(key, NOTHING), ours.get(key, NOTHING)
        compared = Compared(key[0], key[1], one.count, one.count, [], [])
        if one.digest != other.digest:
            _narrow(caller, own, compared)
        found.append(compared)
    in_flight = int(answer["waiting"]) + _waiting(caller.peer)
    kept = _keep(own_code(), found, in_flight, at)
    said = [{name: getattr(one, name) for name in TOLD} for one in kept]
    caller.ask("POST", PATH, {"at": at.isoformat(), "rows": said})
    missing = sum(one.missing for one in kept)
    record(by=by, action="check_completeness", object_kind="completeness", object_id=caller.peer.code,
           detail={"missing": missing, "extra": sum(one.extra for one in kept)}, at=at)  # fmt: skip
    return kept


NOTHING = Sum(0, "")
TOLD = ("data_set", "division_code", "expected", "held", "missing", "extra", "in_flight")


def _narrow(caller: Caller, own: str, compared: Compared) -> None:
    """By buckets, then by items of those that differ."""
    query = f"?data_set={compared.data_set}&division={compared.division_code}"
    answer = caller.ask("GET", f"{PATH}/buckets{query}") or {}
    theirs = {int(row["bucket"]): Sum(row["count"], row["digest"]) for row in answer["rows"]}
    with bulk() as work:
        ours = holdings.buckets(work, own, compared.data_set, compared.division_code)
        differing = sorted(b for b in theirs.keys() | ours.keys() if theirs.get(b) != ours.get(b))
        for start in range(0, len(differing), NARROWED):
            some = differing[start : start + NARROWED]
            listed = ",".join(map(str, some))
            answer = caller.ask("GET", f"{PATH}/items{query}&buckets={listed}") or {}
            there = {row["id"]: Item(**row) for row in answer["rows"]}
            here = {
                one.id: one
                for one in holdings.items(work, own, compared.data_set, compared.division_code, some)
            }
            compared.missing += [
                one for i, one in there.items() if i not in here or here[i].state != one.state
            ]
            compared.extra += [one for i, one in here.items() if i not in there]
    compared.expected = sum(one.count for one in theirs.values())
    compared.held = compared.expected - len(compared.missing)


def make_good(caller: Caller, *, by: User | str | None, at: datetime) -> int:
    """Have everything that the last check missed sent again, and hand up what only this node has (补发). How many subjects."""
    last = queries.completeness(Scope.system(own_code()), [own_code()])
    placed = 0
    for one in last:
        gaps = Gap.objects.filter(of=one).values_list("subject_id", flat=True).distinct()
        for some in _slices([str(subject) for subject in gaps]):
            answer = caller.ask("POST", f"{PATH}/again", {"data_set": one.data_set, "ids": some}) or {}
            placed += int(answer["placed"])
            if unknown := [i for i in answer["unknown"] if i in some]:
                _dispatch(caller.peer.code, one.data_set, WHOLE, unknown, at)
                placed += len(unknown)
    record(by=by, action="make_completeness_good", object_kind="completeness", object_id=caller.peer.code,
           detail={"subjects": placed}, at=at)  # fmt: skip
    return placed


# The upper node's side.


def stands(peer: Member) -> dict[str, Any]:
    """What belongs to a lower node, in short, and how much is on its way to it (应有)."""
    routing.route_all()
    with bulk() as work:
        found = holdings.divisions(work, _land(peer))
    rows = [{"data_set": d, "division": c, **asdict(one)} for (d, c), one in sorted(found.items())]
    return {"rows": rows, "waiting": _waiting(peer)}


def buckets_of(peer: Member, data_set: str, division: str) -> dict[str, Any]:
    """One data set and division of it by buckets (应有分桶)."""
    _known(data_set)
    with bulk() as work:
        found = holdings.buckets(work, _land(peer), data_set, division)
    return {"rows": [{"bucket": bucket, **asdict(one)} for bucket, one in sorted(found.items())]}


def items_of(peer: Member, data_set: str, division: str, chosen: Iterable[int]) -> dict[str, Any]:
    """The items of some buckets (应有逐项)."""
    _known(data_set)
    with bulk() as work:
        return {
            "rows": [asdict(one) for one in holdings.items(work, _land(peer), data_set, division, chosen)]
        }


def again(peer: Member, data_set: str, ids: list[str], *, at: datetime) -> dict[str, Any]:
    """Place what a lower node misses in its stream once more (再发): of its own all there is, of others where they are.

    What is not known here is named back; what is known and not the member's is left out.
    """
    _known(data_set)
    own, listed = _land(peer), _uuids(ids)
    with bulk() as work:
        if data_set == PERSONS:
            rows = work.rows(
                f"""SELECT o.id::text AS id, coalesce({own.format(c="p.hukou_division_code")}, false) AS own
                FROM registry_person o JOIN registry_person p ON p.id = coalesce(o.superseded_by, o.id)
                WHERE o.id IN ({listed})"""
            )
        else:
            rows = work.rows(_records(data_set, own, listed))
    mine = [row["id"] for row in rows if row["own"]]
    others = [row["id"] for row in rows if not row["own"]] if data_set == PERSONS else []
    with transaction.atomic():
        _dispatch(peer.code, data_set, WHOLE, mine, at)
        _dispatch(peer.code, data_set, HOME, others, at)
        record(by=None, action="send_again", object_kind="completeness", object_id=peer.code,
               detail={"data_set": data_set, "subjects": len(mine) + len(others)}, at=at)  # fmt: skip
    known = {row["id"] for row in rows}
    return {"placed": len(mine) + len(others), "unknown": [one for one in ids if one not in known]}


def told(peer: Member, said: list[dict[str, Any]], *, at: datetime) -> int:
    """What a lower node has found of itself (下级核对结果). Divisions that are not its own are left out."""
    land = [one for one in said if covers(peer.division_code, routing.current(str(one["division_code"])))]
    _clear(peer.code, at)
    Completeness.objects.bulk_create(
        Completeness(peer_code=peer.code, checked_at=at, data_set=str(one["data_set"])[:40],
                     division_code=str(one["division_code"])[:12],
                     **{name: int(one[name]) for name in TOLD[2:]})
        for one in land
    )  # fmt: skip
    return len(land)


def _records(data_set: str, own: str, listed: str) -> str:
    table = record_feeds()[data_set]._meta.db_table
    return f"""SELECT t.id::text AS id, coalesce({own.format(c="t.division_code")}, false) OR EXISTS (
            SELECT 1 FROM registry_personclaim c JOIN registry_person p ON p.id = c.person_id
            WHERE c.record_id = t.id AND {own.format(c="p.hukou_division_code")} AND {going("c")}) AS own
        FROM {table} t WHERE t.id IN ({listed})"""


def _dispatch(peer: str, data_set: str, operation: str, ids: list[str], at: datetime) -> None:
    Dispatch.objects.bulk_create(
        Dispatch(peer_code=peer, data_set=data_set, operation=operation, division_code="", subject_ids=some, changed_at=at)
        for some in _slices(ids)
    )  # fmt: skip


def _keep(peer: str, found: list[Compared], in_flight: int, at: datetime) -> list[Completeness]:
    with transaction.atomic():
        _clear(peer, at)
        kept = [
            Completeness.objects.create(
                peer_code=peer, checked_at=at, data_set=one.data_set, division_code=one.division_code,
                expected=one.expected, held=one.held, missing=len(one.missing), extra=len(one.extra), in_flight=in_flight,
            )
            for one in found
        ]  # fmt: skip
        for row, one in zip(kept, found, strict=True):
            for kind, gaps in ((GapKind.MISSING, one.missing), (GapKind.EXTRA, one.extra)):
                Gap.objects.bulk_create(
                    (Gap(of=row, kind=kind, item_id=gap.id, subject_id=gap.subject) for gap in gaps[:LISTED]),
                    batch_size=2_000,
                )
    return kept


def _clear(peer: str, at: datetime) -> None:
    """Gaps of the last check only; figures for a quarter."""
    Gap.objects.filter(of__peer_code=peer).delete()
    Completeness.objects.filter(peer_code=peer, checked_at__lt=at - KEPT).delete()


def _waiting(peer: Member) -> int:
    """Subjects on their way to a member."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(cardinality(subject_ids)), 0) FROM between_dispatch WHERE peer_code = %s",
            [peer.code],
        )
        return int(cursor.fetchone()[0])


def _land(peer: Member) -> str:
    if peer.upper_code != settings.NODE_DIVISION_CODE:
        raise MemberError(f"{peer} 不是本节点的下级")
    return routing.territory_of(peer.code)


def _known(data_set: str) -> None:
    if data_set not in holdings.data_sets():
        raise MemberError("没有这个数据集")


def _uuids(ids: list[str]) -> str:
    return ", ".join(f"'{UUID(one)}'" for one in ids) or "NULL"


def _slices(ids: list[str]) -> Iterator[list[str]]:
    return (ids[start : start + SLICE] for start in range(0, len(ids), SLICE))
