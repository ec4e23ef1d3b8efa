"""What no stream carries of a county that moves out (随迁内容): files, decisions, signals, tickets, its catalogue, its accounts.

The county fetches page after page once the streams are through. A row comes with the identity it had at the host and gets one
here; which is which is kept, so that what comes twice is entered once. What is sealed is opened for the road and sealed anew.
"""

import base64
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa
from django.db import connection, transaction

from minzheng.exchange.declare import feeds
from minzheng.foundation.crypto.fields import Kind, open_column, seal_column
from minzheng.foundation.files.services import content, path_of, store
from minzheng.kernel.division import prefix
from minzheng.registry.models import Source
from minzheng.sharing.between.models import MovedRow

PAGE = 500
PIECE = 4 << 20
NEW_ID = "new"


@dataclass(frozen=True)
class Moved:
    """A table of which a county takes its rows along (随迁表).

    ``where``: SQL over ``t`` with ``{land}``, true of a division column named ``{c}`` in it. ``refers``: column → table whose
    rows came before. ``sealed``: column → kind. ``left``: columns that mean nothing elsewhere. ``key``: the table's own
    uniqueness, by which a row that is here already is the one; ``news``: columns it then takes over. ``own_id``: the identity is
    the same everywhere.
    """

    table: str
    where: str = "{land}"
    column: str = "division_code"
    refers: dict[str, str] = field(default_factory=dict)
    sealed: dict[str, Kind] = field(default_factory=dict)
    left: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    news: tuple[str, ...] = ()
    pk: str = "id"
    own_id: bool = False


def tables(*, with_accounts: bool) -> list[Moved]:
    """In the order in which they refer to each other (随迁表)."""
    accounts = (
        [Moved("foundation_user", key=("username",), left=("moved_to", "last_login"))]
        if with_accounts
        else []
    )
    items = "SELECT batch_id FROM exchange_reviewitem t WHERE {land}"
    return [
        *accounts,
        Moved("exchange_batch", where=f"{{land}} OR t.id IN ({items})", own_id=True),
        Moved("exchange_reviewitem", sealed={"row_cipher": "row"}, key=("batch_id", "row_no", "role")),
        Moved(
            "review_decision", refers={"item_id": "exchange_reviewitem", "about_id": "review_decision"}, left=("by_id",)
        ),
        Moved("review_settled"),
        Moved(
            "signals_signal", key=("kind", "subject_id"),
            news=("state", "raised_at", "changed_at", "due_on", "reason", "decided_by", "facts"),
        ),
        Moved(
            "signals_signalevent", where="t.signal_id IN (SELECT t.id FROM signals_signal t WHERE {land})",
            refers={"signal_id": "signals_signal"},
        ),
        Moved("quality_ticket"),
        Moved("catalogue_resourcenumber", where="substr(t.category, 7, 6) = '{county}'", key=("category", "data_set")),
        Moved("catalogue_edition", left=("published_by_id",), key=("division_code", "number")),
        Moved(
            "catalogue_catalogueentry", where="t.edition_id IN (SELECT t.id FROM catalogue_edition t WHERE {land})",
            refers={"edition_id": "catalogue_edition"},
        ),
        Moved("foundation_storedfile", where=f"t.sm3 IN (SELECT t.file_id FROM foundation_attachment t WHERE {_hangs()})",
              pk="sm3", own_id=True),
        Moved("foundation_attachment", where=_hangs()),
    ]  # fmt: skip


def _hangs() -> str:
    """SQL, true of an attachment ``t`` of a person or a record of the county."""
    found = [
        "(t.subject_kind = 'person' AND t.subject_id IN (SELECT t.id FROM registry_person t WHERE {person}))",
        *(
            f"(t.subject_kind = '{feed.key}' AND t.subject_id IN (SELECT t.key_digest FROM {feed.record._meta.db_table} t "
            "WHERE t.recorded_to IS NULL AND {land}))"
            for feed in feeds().values()
            if feed.record is not None
        ),
    ]
    return " OR ".join(found)


def page(county: str, table: str, after: int, *, with_accounts: bool) -> dict[str, Any]:
    """So many rows of a table, as they travel (随迁行); ``after`` counts the rows given before."""
    one = _named(table, with_accounts)
    first = prefix(county)
    land = {
        "county": county,
        "land": f"t.{one.column} LIKE '{first}%%'",
        "person": f"t.hukou_division_code LIKE '{first}%%'",
    }
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT to_jsonb(t)::text FROM {one.table} t WHERE {one.where.format(**land)} "
            f"ORDER BY t.{one.pk} LIMIT %s OFFSET %s",
            [PAGE, after],
        )
        rows = [json.loads(text) for (text,) in cursor.fetchall()]
    for column, kind in one.sealed.items():
        texts = (
            open_column(kind, pa.array([_bytes(row[column]) for row in rows], pa.binary())) if rows else []
        )
        for row, text in zip(rows, texts, strict=True):
            row[column] = text.as_py()
    sources = {
        source.pk: source
        for source in Source.objects.filter(pk__in={row.get("source_id") for row in rows} - {None})
    }
    for row in rows:
        if "moved_to" in row:  # closed by the move itself
            row["is_active"] = row["is_active"] or bool(row["moved_to"])
        for column in one.left:
            row.pop(column, None)
        if "source_id" in row and row["source_id"] in sources:
            source = sources[row["source_id"]]
            row["source_id"] = {"feed": source.feed, "name": source.name, "authority": source.authority}
    return {"rows": rows}


def goes_along(county: str, sm3: str) -> bool:
    """Whether a file hangs on a person or a record of the county (是否随迁)."""
    first = prefix(county)
    land = {"land": f"t.division_code LIKE '{first}%%'", "person": f"t.hukou_division_code LIKE '{first}%%'"}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT 1 FROM foundation_attachment t WHERE t.file_id = %s AND ({_hangs().format(**land)}) LIMIT 1",
            [sm3],
        )
        return cursor.fetchone() is not None


def piece(sm3: str, offset: int) -> dict[str, Any]:
    """A piece of a file's content (随迁文件); empty at its end."""
    at, found = 0, b""
    for part in content(sm3):
        if at + len(part) > offset:
            found += part[max(0, offset - at) :]
        at += len(part)
        if len(found) >= PIECE:
            break
    return {"piece": base64.b64encode(found[:PIECE]).decode()}


def enter(table: str, rows: list[dict[str, Any]], *, with_accounts: bool, at: datetime) -> int:
    """Enter rows that came (接收随迁行), each once; returns how many were new here."""
    one = _named(table, with_accounts)
    known = dict(
        MovedRow.objects.filter(table=table, there__in=[str(row[one.pk]) for row in rows]).values_list(
            "there", "here"
        )
    )
    fresh = [row for row in rows if str(row[one.pk]) not in known]
    if not fresh:
        return 0
    for column, kind in one.sealed.items():
        ciphers = seal_column(kind, pa.array([row[column] for row in fresh], pa.string()))[0].to_pylist()
        for row, cipher in zip(fresh, ciphers, strict=True):
            row[column] = "\\x" + cipher.hex()
    with transaction.atomic():
        for row in fresh:  # one by one: a row may refer to the one before it
            there = str(row[one.pk])
            MovedRow.objects.create(table=table, there=there, here=_insert(one, row, at))
    return len(fresh)


def enter_file(row: dict[str, Any], pieces: Iterator[bytes], *, at: datetime) -> None:
    """Keep a file's content that came (接收随迁文件). Raises ``ValueError`` where it is not what its name says."""
    if path_of(row["sm3"]).exists():
        return
    kept = store(io.BytesIO(b"".join(pieces)), name=row["name"], at=at)
    if kept.sm3 != row["sm3"]:
        raise ValueError(f"文件 {row['name']} 的内容与摘要不符")


def _insert(one: Moved, row: dict[str, Any], at: datetime) -> str:
    """One row under its identity here; by its key where it is here already."""
    there = str(row[one.pk])
    if isinstance(row.get("source_id"), dict):
        said = row["source_id"]
        source, _ = Source.objects.get_or_create(
            feed=said["feed"], name=said["name"], defaults={"authority": said["authority"], "created_at": at}
        )
        row["source_id"] = source.pk
    for column, table in one.refers.items():
        if row.get(column) is not None:
            found = MovedRow.objects.filter(table=table, there=str(row[column])).first()
            row[column] = int(found.here) if found is not None else None
    if not one.own_id:
        row.pop(one.pk)
    columns = sorted(row)
    listed = ", ".join(f'"{column}"' for column in columns)
    conflict = "ON CONFLICT DO NOTHING"
    if one.key:
        news = ", ".join(f'"{column}" = excluded."{column}"' for column in one.news or one.key[:1])
        conflict = f"ON CONFLICT ({', '.join(one.key)}) DO UPDATE SET {news}"
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {one.table} ({listed}) SELECT {listed} FROM jsonb_populate_record(NULL::{one.table}, %s::jsonb) "
            f"{conflict} RETURNING {one.pk}::text",
            [json.dumps(row, ensure_ascii=False)],
        )
        found = cursor.fetchone()
    return str(found[0]) if found else there


def _bytes(text: str | None) -> bytes | None:
    return bytes.fromhex(text.removeprefix("\\x")) if text is not None else None


def _named(table: str, with_accounts: bool) -> Moved:
    found = next((one for one in tables(with_accounts=with_accounts) if one.table == table), None)
    if found is None:
        raise ValueError(f"{table[:63]} 不随迁")
    return found
