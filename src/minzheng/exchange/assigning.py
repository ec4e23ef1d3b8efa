"""Whose a county's people are after it was divided (待划分): by the township an address names, else by someone's word.

What has only the code of a county that was divided tells nothing of where it lies now. Where the code has ended, it stays with
the city; where the code goes on (余杭), with the county that kept it. Both find it listed here. An assignment is a statement like
any other, of its day and from a source of its own, believed like the police and overruled by what they say later.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

import pyarrow as pa
from django.conf import settings
from django.utils import timezone

from minzheng.exchange.clean.places import division_of
from minzheng.exchange.load.tables import copy_temporary
from minzheng.foundation.access.scope import Scope
from minzheng.foundation.accounts.models import User
from minzheng.foundation.audit.services import record
from minzheng.foundation.crypto.fields import open_column, seal_column
from minzheng.foundation.database.arrow import Bulk, bulk
from minzheng.foundation.database.within import within
from minzheng.kernel.uuid7 import uuid7
from minzheng.registry import golden
from minzheng.registry.models import DivisionSplit, Source
from minzheng.standards.errors import UnknownStandardError
from minzheng.standards.queries import division_tree, map_division

SOURCE = "区划划分"
AUTHORITY = {"hukou_division_code": 10}  # as the police, whose later word is newer


class AssignmentError(ValueError):
    """What can't be assigned so, in Chinese (不能划分)."""


@dataclass(frozen=True, slots=True)
class Undivided:
    """A divided county whose people are not all told apart yet (待划分). ``parts``: what it went to, with which townships."""

    code: str
    name: str
    divided_on: date
    persons: int
    parts: tuple[tuple[str, str, str], ...]


def undivided(scope: Scope) -> list[Undivided]:
    """The divided counties of a scope with how many persons have no more than its code (待划分清单)."""
    tree, found = division_tree(), []
    with within() as work:
        for split in DivisionSplit.objects.order_by("code"):
            code, day = split.code, split.divided_on
            if not scope.covers(code):
                continue
            count = int(work.scalar(f"SELECT count(*) AS n FROM ({_waiting(split)}) w"))
            if count:
                parts = tuple(
                    (one.to_code, one.to_name, one.share)
                    for one in tree.changes
                    if one.from_code == code and one.changed_on == day
                )
                found.append(Undivided(code, tree.get(code).name, day, count, parts))
    return found


def assign_by_address(code: str, *, by: User | str | None, at: datetime) -> int:
    """Assign those whose registered address names a township of one part (按地址划分); returns how many."""
    split = _split_of(code)
    with bulk() as work:
        rows = work.table(
            f"SELECT p.id::text AS id, p.hukou_address_cipher AS address FROM registry_person p JOIN ({_waiting(split)}) w "
            "ON w.id = p.id WHERE p.hukou_address_cipher IS NOT NULL"
        )
        if not rows.num_rows:
            return 0
        texts = open_column("address", rows["address"].combine_chunks()).to_pylist()
        known: dict[str, str | None] = {}
        pairs = []
        for person, text in zip(rows["id"].to_pylist(), texts, strict=True):
            if text not in known:
                known[text] = _part(division_of(text), code)
            if to := known[text]:
                pairs.append((person, to))
        return _say(work, split, pairs, by=by, at=at, how="address")


def assign(
    code: str, said: Iterable[tuple[str, str]], *, by: User | str | None, at: datetime
) -> tuple[int, int]:
    """Assign by someone's word: (ID number, division) (按名单划分). Returns how many were assigned, how many were not waiting.

    Raises ``AssignmentError`` where a division is none of the county's parts; nothing is changed then.
    """
    split, given = _split_of(code), list(said)
    wrong = sorted({to for _, to in given if _part(to, code) is None})
    if wrong:
        raise AssignmentError(f"{'、'.join(wrong[:5])} 不是 {code} 划分出的区划")
    blind = seal_column("id_number", pa.array([number for number, _ in given], pa.string()))[1]
    with bulk() as work:
        copy_temporary(
            work,
            "named",
            pa.table({"blind": blind, "division": pa.array([to for _, to in given], pa.string())}),
        )
        rows = work.rows(
            f"""SELECT p.id::text AS id, n.division FROM named n JOIN registry_person p ON p.id_number_blind = n.blind
            JOIN ({_waiting(split)}) w ON w.id = p.id"""
        )
        found = [(row["id"], row["division"]) for row in rows]
        done = _say(work, split, found, by=by, at=at, how="list")
    return done, len(given) - done


def _waiting(split: DivisionSplit) -> str:
    """SQL of those with no more than the code; where it goes on, only by what was stated before the county was divided."""
    bare = f"SELECT p.id FROM registry_person p WHERE p.hukou_division_code = '{split.code}' AND p.superseded_by IS NULL"
    if split.code in division_tree().ended():
        return bare
    return f"""{bare} AND NOT EXISTS (SELECT 1 FROM registry_personclaim c WHERE c.person_id = p.id AND c.recorded_to IS NULL
        AND c.hukou_division_code = '{split.code}' AND c.valid_from >= '{split.divided_on.isoformat()}'
        AND c.recorded_from >= '{split.known_at.isoformat()}')"""


def _split_of(code: str) -> DivisionSplit:
    split = DivisionSplit.objects.filter(code=code).first()
    if split is None:
        raise AssignmentError(f"{code} 没有被划分过")
    return split


def _part(told: str | None, code: str) -> str | None:
    """What a division is today, where it is one of the parts a county went to and says which; else nothing."""
    if told is None or told == code:
        return None
    today = timezone.localdate()
    try:
        parts = map_division(told, from_on=today, to_on=today)
    except UnknownStandardError:
        return None
    reached = {one.to_code for one in division_tree().changes if one.from_code == code} | {code}
    if len(parts) != 1 or parts[0].code[:6] not in reached:
        return None
    return parts[0].code


def _say(
    work: Bulk,
    split: DivisionSplit,
    pairs: list[tuple[str, str]],
    *,
    by: User | str | None,
    at: datetime,
    how: str,
) -> int:
    """Write the statements, compute who is whose, tell the streams; all of it or nothing."""
    if not pairs:
        return 0
    source, _ = Source.objects.get_or_create(
        feed="persons", name=SOURCE, defaults={"authority": AUTHORITY, "created_at": at}
    )
    moment, batch = f"'{at.isoformat()}'::timestamptz", uuid7(at)
    table = pa.table(
        {"person": pa.array([one for one, _ in pairs]), "division": pa.array([to for _, to in pairs])}
    )
    copy_temporary(work, "assigned", table)
    work.run(
        f"""INSERT INTO registry_personclaim
            (id, person_id, source_id, role, batch_id, row_no, digest, rule, valid_from, recorded_from, hukou_division_code)
        SELECT gen_random_uuid(), person::uuid, {source.pk}, 'person', '{batch}', row_number() OVER (ORDER BY person),
            gen_random_uuid(), 'manual', '{timezone.localdate(at).isoformat()}', {moment}, division FROM assigned"""
    )
    golden.recompute(
        work,
        subject="person",
        groups=golden.PERSON_GROUPS,
        touched="SELECT person::uuid FROM assigned",
        at=moment,
    )
    work.run(
        f"""INSERT INTO foundation_outboxentry (at, data_set, division_code, operation, subject_ids)
        SELECT {moment}, 'persons', left(division, 6), 'updated', array_agg(person::uuid) FROM assigned GROUP BY 3"""
    )
    work.commit()
    record(
        by=by, action="divisions.assign", object_kind="division", object_id=split.code, at=at,
        detail={"persons": len(pairs), "how": how, "node": settings.NODE_DIVISION_CODE},
    )  # fmt: skip
    return len(pairs)
