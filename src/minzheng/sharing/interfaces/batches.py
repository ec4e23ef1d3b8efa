"""Many checks asked at once (批量核验): a CSV comes, a job answers yes, no or unknown to every cell, the result is fetched."""

import csv
import io
import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from minzheng.foundation.access.standing import as_node
from minzheng.foundation.audit.services import record
from minzheng.foundation.crypto.stream import decrypt_file, encrypt_file
from minzheng.kernel.uuid7 import uuid7
from minzheng.sharing.grants.granted.fields import Field
from minzheng.sharing.grants.granted.reading import data_set_of, find, scope_of
from minzheng.sharing.grants.models import Grant
from minzheng.sharing.grants.terms import Standing
from minzheng.sharing.grants.using import count_use
from minzheng.sharing.interfaces.answers import UNKNOWN, claimed_fields, verdicts
from minzheng.sharing.interfaces.models import Batch, RepeatKey
from minzheng.sharing.interfaces.problems import ProblemError
from minzheng.sharing.interfaces.repeating import first_time
from minzheng.sharing.interfaces.values import looked_up

MOST_ROWS = 100_000
MOST_BYTES = 64 * 2**20
KEPT_FOR = timedelta(days=7)
PIECE = 1_000
INVALID = "invalid"


def receive(grant: Grant, source: BinaryIO, *, key: str, digest: bytes, at: datetime) -> Batch:
    """Take a list in, sealed, to be checked by a job; the same Idempotency-Key and list give the same batch (接收).

    The first line names the fields, by name or as the standard heads them: one to look up by, the others to check.
    Raises ``ProblemError``; then nothing is kept.
    """
    text = _text(source)
    lookup, claimed, count = _headed(grant, text)
    batch_id = uuid7(at)
    folder = _folder(batch_id)
    try:
        with transaction.atomic(), as_node():
            known = first_time(grant.client_id, key, digest, at=at, batch_id=batch_id)
            if known is not None and known.batch_id is not None:
                return Batch.objects.select_related("grant__client").get(pk=known.batch_id)
            folder.mkdir(parents=True, mode=0o700)
            with (folder / "list").open("wb") as target:
                encrypt_file(io.BytesIO(text.encode()), target)
            batch = Batch.objects.create(
                id=batch_id, grant=grant, lookup=lookup.name, fields=[f.name for f in claimed], rows=count, asked_at=at,
                expires_at=at + KEPT_FOR,
            )  # fmt: skip
            record(
                by=grant.client_id, action="interface.batch", object_kind="interface_batch", object_id=batch.id, at=at,
                detail={"grant": grant.pk, "rows": count, "fields": batch.fields},
            )  # fmt: skip
            return batch
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def refuse(batch: Batch) -> None:
    """Leave nothing of a batch that may not be (不予受理)."""
    with as_node():
        RepeatKey.objects.filter(batch_id=batch.id).delete()
        Batch.objects.filter(pk=batch.id).delete()
    shutil.rmtree(_folder(batch.id), ignore_errors=True)


def batch_of(client: str, data_set: str, batch_id: UUID) -> Batch:
    """A batch of this system's own (取批次). Raises ``ProblemError``."""
    with as_node():
        found = (
            Batch.objects.select_related("grant__client")
            .filter(pk=batch_id, grant__client_id=client, grant__data_set=data_set)
            .first()
        )
    if found is None:
        raise ProblemError("not-found", "没有这个批量核验, 或已过保存期")
    return found


def result_of(batch: Batch, *, at: datetime) -> Iterator[bytes]:
    """The result as CSV: the line's number, what was found, the verdicts (取结果). Raises ``ProblemError`` until it is there."""
    if batch.state != Batch.State.FINISHED:
        raise ProblemError("batch-not-ready", batch.problem or "请稍后再取", headers={"Retry-After": "2"})
    with as_node():
        record(
            by=batch.grant.client_id, action="interface.batch_result", object_kind="interface_batch", object_id=batch.id, at=at,
            detail={"rows": batch.rows},
        )  # fmt: skip
    return decrypt_file(_folder(batch.id) / "result")


def carry_out(batch_id: UUID) -> None:
    """Check every line (执行). What a grant that has ended meanwhile no longer allows is not done."""
    batch = Batch.objects.select_related("grant__client").filter(pk=batch_id).first()
    if batch is None or batch.state in (Batch.State.FINISHED, Batch.State.FAILED):
        return
    Batch.objects.filter(pk=batch_id).update(
        state=Batch.State.RUNNING, heartbeat_at=timezone.now(), done=0, hits=0
    )
    began = timezone.now()
    try:
        out = io.StringIO(newline="")
        hits = _check_all(batch, out)
        with (_folder(batch.id) / "result").open("wb") as target:
            encrypt_file(io.BytesIO(out.getvalue().encode("utf-8-sig")), target)
    except _EndedError as ended:
        _end(batch, Batch.State.FAILED, problem=str(ended))
    except Exception:
        _end(batch, Batch.State.FAILED, problem="核验中断, 请重新提交")
        raise
    else:
        now = timezone.now()
        with transaction.atomic():
            # Its rows were counted against the quota when it came.
            took = int((now - began).total_seconds() * 1000)
            count_use(batch.grant, "checks", at=now, units=0, hits=hits, took_ms=took)
            _end(batch, Batch.State.FINISHED, done=batch.rows, hits=hits)
    with suppress(FileNotFoundError):
        (_folder(batch.id) / "list").unlink()


def sweep(*, at: datetime) -> int:
    """Delete what has lain for its time; returns how many (到期清理)."""
    late = list(Batch.objects.filter(expires_at__lte=at))
    for batch in late:
        shutil.rmtree(_folder(batch.id), ignore_errors=True)
        batch.delete()
    return len(late)


class _EndedError(RuntimeError):
    pass


def _check_all(batch: Batch, out: io.StringIO) -> int:
    shared, scope = data_set_of(batch.grant), scope_of(batch.grant)
    lookup, claimed = shared.fields[batch.lookup], [shared.fields[name] for name in batch.fields]
    text = b"".join(decrypt_file(_folder(batch.id) / "list")).decode()
    lines = csv.reader(io.StringIO(text))
    places = _places(batch.grant, next(lines))
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["行号", "是否查到", *(field.heading for field in claimed)])
    hits, done, piece = 0, 0, list[list[str]]()
    for line in lines:
        piece.append(line)
        if len(piece) == PIECE:
            hits += _check_piece(batch, scope, lookup, claimed, places, piece, done, writer)
            done, piece = done + len(piece), []
    if piece:
        hits += _check_piece(batch, scope, lookup, claimed, places, piece, done, writer)
    return hits


def _check_piece(
    batch: Batch, scope: Any, lookup: Field, claimed: Sequence[Field], places: dict[str, int], piece: list[list[str]],
    before: int, writer: Any,
) -> int:  # fmt: skip
    """So many lines by a few queries."""
    grant = Grant.objects.get(pk=batch.grant_id)
    if grant.standing(timezone.now()) != Standing.OPEN:
        raise _EndedError("授权已撤回或到期, 核验已停止")
    numbers = [_number(lookup, _cell(line, places[lookup.name])) for line in piece]
    asked = list(dict.fromkeys(number for number in numbers if number))
    found = find(scope, batch.grant, lookup, asked, only=batch.fields) if asked else {}
    hits = 0
    for n, (line, number) in enumerate(zip(piece, numbers, strict=True), before + 1):
        rows = found.get(number, []) if number else []
        said = {field.name: _cell(line, places[field.name]) for field in claimed}
        verdict = verdicts(claimed, said, rows) if rows else dict.fromkeys(batch.fields, UNKNOWN)
        hits += bool(rows)
        writer.writerow(
            [n, INVALID if not number else "yes" if rows else "no", *(verdict[f.name] for f in claimed)]
        )
    Batch.objects.filter(pk=batch.id).update(done=before + len(piece), heartbeat_at=timezone.now())
    return hits


def _number(lookup: Field, text: str) -> str:
    try:
        return looked_up(lookup, text)
    except ProblemError:
        return ""


def _cell(line: list[str], place: int) -> str:
    return line[place].strip() if place < len(line) else ""


def _text(source: BinaryIO) -> str:
    data = source.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise ProblemError("too-large", f"文件最大 {MOST_BYTES // 2**20} MB")
    for encoding in ("utf-8-sig", "gb18030"):
        with suppress(UnicodeDecodeError):
            return data.decode(encoding)
    raise ProblemError("invalid-value", "文件应为 UTF-8 或 GB18030 编码的 CSV", "#/file")


def _headed(grant: Grant, text: str) -> tuple[Field, list[Field], int]:
    lines = csv.reader(io.StringIO(text))
    try:
        places = _places(grant, next(lines, []))
        count = sum(1 for _ in lines)
    except csv.Error as error:
        raise ProblemError("invalid-value", "文件不是正确的 CSV", "#/file") from error
    if count == 0 or count > MOST_ROWS:
        raise ProblemError(
            "too-large" if count else "invalid-value",
            f"名单应有 1 至 {MOST_ROWS} 行, 实有 {count} 行",
            "#/file",
        )
    found = [field for field in data_set_of(grant).looked_up_by if field.name in places]
    if not found:
        raise ProblemError("invalid-value", "第一行应有查询字段, 例如公民身份号码", "#/file")
    lookup = found[0]
    if lookup.name not in grant.fields:
        raise ProblemError("field-not-granted", f"{lookup.heading}不在授权内", "#/file")
    claimed = claimed_fields(grant, [name for name in places if name != lookup.name])
    return lookup, claimed, count


def _places(grant: Grant, headings: list[str]) -> dict[str, int]:
    """Field → its column. Raises ``ProblemError`` for a heading that means nothing."""
    fields = data_set_of(grant).fields
    named = {field.heading: name for name, field in fields.items()} | {name: name for name in fields}
    places: dict[str, int] = {}
    for n, heading in enumerate(headings):
        name = named.get(heading.strip().lstrip("\ufeff"))
        if name is None:
            raise ProblemError(
                "invalid-value", f"第一行的“{heading[:40]}”不是{data_set_of(grant).spec.name}的字段", "#/file"
            )
        places[name] = n
    return places


def _end(batch: Batch, state: str, **said: Any) -> None:
    Batch.objects.filter(pk=batch.id).update(state=state, finished_at=timezone.now(), **said)


def _folder(batch_id: UUID) -> Path:
    return Path(settings.HOME) / "interfaces" / str(batch_id)
