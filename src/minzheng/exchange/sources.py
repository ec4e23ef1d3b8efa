"""What is done with databases as sources (来源库服务): entered, tried, pulled, removed."""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from minzheng.exchange import services
from minzheng.exchange.declare import feed_named
from minzheng.exchange.errors import SourceError
from minzheng.exchange.extract.database.address import Address, parse_url
from minzheng.exchange.extract.database.changes import (
    Found,
    Origin,
    count_changes,
    find_columns,
    open_session,
    write_changes,
)
from minzheng.exchange.extract.database.query import check_name, check_query, table_parts
from minzheng.exchange.extract.database.reached import Watermark
from minzheng.exchange.models import Batch, DatabaseSource
from minzheng.exchange.plan import Pull, plan_of, pull_kept
from minzheng.foundation.accounts.models import User
from minzheng.foundation.audit.services import record
from minzheng.foundation.crypto.fields import open_text, seal
from minzheng.standards.queries import data_set

LOCK_CLASS = 7011  # first half of the advisory lock of a source; the second is its number
Watch = Callable[[Batch], AbstractContextManager[None]]
Tell = Callable[[int, int], None]  # rows read, rows expected


@dataclass(frozen=True)
class Pulled:
    """What a pull did (抽取结果): rows read at the source and their batch, None where nothing had changed."""

    source: DatabaseSource
    rows: int
    batch: Batch | None


def add(
    name: str,
    *,
    feed: str,
    url: str,
    table: str | None = None,
    query: str | None = None,
    key_columns: Sequence[str],
    time_column: str | None = None,
    columns: Mapping[str, str] | None = None,
    overlap: timedelta = timedelta(minutes=10),
    key_overlap: int | None = None,
    by: User | None,
    at: datetime,
    try_it: bool = True,
) -> DatabaseSource:
    """Enter a source; unless told not to, connect and look at its columns first (登记来源库).

    Raises ``SourceError`` or ``UnknownFeedError``; then nothing is kept.
    """
    address, spec = parse_url(url), feed_named(feed)
    _check(name, table, query, key_columns, time_column, columns or {}, overlap, key_overlap)
    source = DatabaseSource(
        name=name.strip(), feed=spec.key, division_code=settings.NODE_DIVISION_CODE, kind=address.kind,
        url_cipher=seal("extra", url.strip()), table=table, query=check_query(query) if query else None,
        columns=dict(columns or {}), key_columns=list(key_columns), time_column=time_column,
        overlap=overlap, key_overlap=key_overlap, created_at=at,
    )  # fmt: skip
    if try_it:
        check(source)
    with transaction.atomic():
        if DatabaseSource.objects.filter(name=source.name).exists():
            raise SourceError(f"来源库“{source.name}”已经登记")
        source.save(force_insert=True)
        detail = {"name": source.name, "feed": source.feed, "place": address.place}
        record(by=by, action="add_source", object_kind="source", object_id=source.pk, detail=detail, at=at)
    return source


def _check(
    name: str, table: str | None, query: str | None, key: Sequence[str], time: str | None,
    columns: Mapping[str, str], overlap: timedelta, key_overlap: int | None,
) -> None:  # fmt: skip
    if not name.strip() or len(name) > 100:
        raise SourceError("来源库名称应为 1 至 100 字")
    if bool(table) == bool(query):
        raise SourceError("表和查询应给出一个, 且只给一个")
    if table:
        table_parts(table)
    if not key:
        raise SourceError("至少要有一个键列")
    for column in (*key, *columns.values(), *((time,) if time else ())):
        check_name(column, "列名")
    if overlap < timedelta(0) or overlap > timedelta(days=366):
        raise SourceError("回看时长应在 0 至 366 天之间")
    if key_overlap is not None and (time or key_overlap < 0):
        raise SourceError("有时间列时不用回看键数; 回看键数不能为负")


def named(name: str) -> DatabaseSource:
    """The source of this name; raises ``SourceError`` (按名取来源库)."""
    found = DatabaseSource.objects.filter(name=name).first()
    if found is None:
        raise SourceError(f"没有来源库“{name}”")
    return found


def remove(source: DatabaseSource, *, by: User | None, at: datetime) -> None:
    """Forget a source and its address; batches and what they brought stay (移除来源库)."""
    with transaction.atomic():
        detail = {"name": source.name, "feed": source.feed}
        record(by=by, action="remove_source", object_kind="source", object_id=source.pk, detail=detail, at=at)
        source.delete()


def check(source: DatabaseSource) -> dict[str, Any]:
    """Connect, hold the columns against the standard and count what a pull would read (试连).

    Nothing of the rows is read. Raises ``SourceError``.
    """
    origin = origin_of(source)
    with open_session(address_of(source)) as session:
        found = find_columns(session, origin, data_set(source.feed))
        return {
            "source": source.name,
            "server": session.server,
            "columns": {heading: column.name for heading, column in found.cells},
            "absent": _absent(source, found),
            "left": list(found.left),
            "waiting": count_changes(session, origin, found, _watermark(source)),
        }


def _absent(source: DatabaseSource, found: Found) -> list[str]:
    """Headings of the standard the source does not have."""
    headings = {heading for heading, _ in found.cells}
    return [f.heading for f in data_set(source.feed).fields if not headings & {f.heading, *f.aliases}]


def pull(
    source: DatabaseSource, *, by: User | None, at: datetime, full: bool = False,
    tell: Tell = lambda *_: None, watch: Watch = lambda _: nullcontext(),
) -> Pulled:  # fmt: skip
    """Bring in what changed since the last pull, by the same road as a file (抽取).

    Batches of this source that were interrupted are finished first. ``full`` reads everything again.
    ``tell`` hears of rows read, ``watch`` surrounds the run of each batch. Raises ``SourceError``; the source
    keeps the reason, and its watermark stays.
    """
    with _alone(source):
        for batch in services.unfinished():
            pulled_by = plan_of(batch).pull
            if pulled_by is not None and pulled_by.source == source.pk:
                _run(source, batch, watch)
        source.refresh_from_db()
        try:
            rows, pulled = _fetch(source, by=by, at=at, full=full, tell=tell)
        except SourceError as error:
            _keep(source, at, problem=str(error))
            raise
        if pulled is None:
            _keep(source, at)
        else:
            _run(source, pulled, watch)
        return Pulled(source, rows, pulled)


def _run(source: DatabaseSource, batch: Batch, watch: Watch) -> None:
    with watch(batch):
        services.run(batch)
    source.refresh_from_db()
    refused = batch.stage == Batch.Stage.REFUSED
    _keep(source, batch.received_at, problem=batch.problem if refused else None, batch=batch)


def _keep(
    source: DatabaseSource, at: datetime, *, problem: str | None = None, batch: Batch | None = None
) -> None:
    source.state = DatabaseSource.State.FAILED if problem else DatabaseSource.State.WORKING
    source.problem, source.pulled_at = problem, at
    source.batch_id = batch.id if batch else source.batch_id
    source.save(update_fields=["state", "problem", "pulled_at", "batch_id"])


def _fetch(
    source: DatabaseSource, *, by: User | None, at: datetime, full: bool, tell: Tell
) -> tuple[int, Batch | None]:
    """The changed rows into the spool, from there into a batch that knows the watermark it will set."""
    origin, before = origin_of(source), _watermark(source)
    since = Watermark() if full else before
    with _spool(source) as spool:
        target = spool / "changes.csv"
        with open_session(address_of(source)) as session:
            found = find_columns(session, origin, data_set(source.feed))
            rows, reached = write_changes(session, origin, found, since, target, tell)
        if rows == 0:
            return 0, None
        with target.open("rb") as file, transaction.atomic():
            name = f"{source.name}-{at:%Y%m%d%H%M%S}.csv"
            batch = services.receive(source.feed, file, name=name, source=source.name, by=by, at=at)
            batch.plan |= pull_kept(Pull(source.pk, before, reached))
            batch.save(update_fields=["plan"])
    return rows, batch


def _watermark(source: DatabaseSource) -> Watermark:
    return Watermark(source.watermark_time, tuple(source.watermark_key))


def address_of(source: DatabaseSource) -> Address:
    """The source's address, opened (地址)."""
    return parse_url(open_text("extra", source.url_cipher) or "")


def origin_of(source: DatabaseSource) -> Origin:
    """What is read of a source (抽取定义)."""
    return Origin(
        table=source.table, query=source.query, columns=source.columns, key=tuple(source.key_columns),
        time=source.time_column, overlap=source.overlap, key_overlap=source.key_overlap,
    )  # fmt: skip


def shown(source: DatabaseSource) -> dict[str, Any]:
    """A source as reported; its address without user and password (来源库信息)."""
    return {
        "name": source.name,
        "feed": source.feed,
        "kind": source.kind,
        "place": address_of(source).place,
        "table": source.table,
        "query": source.query,
        "columns": source.columns,
        "key": source.key_columns,
        "time": source.time_column,
        "overlap_s": int(source.overlap.total_seconds()),
        "key_overlap": source.key_overlap,
        "watermark": {"time": source.watermark_time, "key": source.watermark_key},
        "state": source.state,
        "problem": source.problem,
        "pulled_at": source.pulled_at,
        "batch": str(source.batch_id) if source.batch_id else None,
    }


@contextmanager
def _spool(source: DatabaseSource) -> Iterator[Path]:
    """A folder of the pull's own; what a killed pull left there goes first."""
    folder = Path(settings.HOME) / "spool" / f"source-{source.pk}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _alone(source: DatabaseSource) -> Iterator[None]:
    """One pull of a source at a time; the lock falls with the connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK_CLASS, source.pk])
        if not cursor.fetchone()[0]:
            raise SourceError(f"来源库“{source.name}”正在抽取, 请稍后再试")
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK_CLASS, source.pk])
