"""What is done with comparisons (比对服务)."""

import json
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

import pyarrow as pa
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from minzheng.exchange.errors import FileRefusedError
from minzheng.foundation.accounts.models import User
from minzheng.foundation.audit.services import record
from minzheng.foundation.crypto.fields import seal_column
from minzheng.kernel.uuid7 import uuid7
from minzheng.stewardship.compare import guessing, keeping
from minzheng.stewardship.compare.comparisons import labels
from minzheng.stewardship.compare.models import ComparePair, CompareRun
from minzheng.stewardship.compare.reading import sample_of
from minzheng.stewardship.compare.run import Compared, Source, compared
from minzheng.stewardship.compare.spec import Spec, SpecError
from minzheng.stewardship.compare.terms import State

SHORTEST_PURPOSE = 2
KEPT_FOR = timedelta(days=7)
MOST_PAIRS = 200_000  # of one run on the page; the command writes them all
PIECE = 5_000
BEAT_S = 5.0
LOST_AFTER = timedelta(seconds=60)


class CompareRefusedError(ValueError):
    """A comparison can't be made as asked; the message is the reason in Chinese (比对不予进行)."""


def note_comparison(
    spec: Spec, names: Sequence[str], *, purpose: str, by: User | str | None, at: datetime, run: object = ""
) -> None:
    """Keep in the audit who compares which lists and what for; raises ``CompareRefusedError`` without a purpose (记审计).

    The purpose is asked for where a name or a number is compared: such lists hold persons.
    """
    purpose = " ".join(purpose.split())
    if spec.personal and len(purpose) < SHORTEST_PURPOSE:
        where = "请写明比对用途" if run else "请用 --purpose 写明比对用途"
        raise CompareRefusedError(f"名单含姓名或号码, {where} (记入审计)")
    record(
        by=by, action="compare", object_kind="compare_run", object_id=run or "命令行", purpose=purpose,
        detail={
            "lists": [name[:100] for name in names],
            "columns": [f"{c.left}/{c.right}:{c.kind}" for c in spec.columns],
        }, at=at,
    )  # fmt: skip


def receive_lists(
    left: BinaryIO, right: BinaryIO | None, *, names: Sequence[str], by: User, at: datetime
) -> CompareRun:
    """Keep one or two lists sealed and look at their first rows; raises ``FileRefusedError``, then nothing is kept (接收名单)."""
    sweep(at=at)
    run_id = uuid7(at)
    headings: dict[str, list[str]] = {}
    guessed: dict[str, Any] = {"kinds": [], "key": {}}
    try:
        with tempfile.TemporaryDirectory(prefix="compare-", dir=_spool()) as folder:
            for side, source, name in zip(("left", "right"), (left, right), names, strict=False):
                if source is None:
                    continue
                keeping.keep(run_id, side, source)
                path = keeping.opened(run_id, side, Path(folder) / side)
                try:
                    sample = sample_of(path, name, Path(folder))
                except FileRefusedError as error:
                    raise FileRefusedError(f"{name}: {error}") from None
                headings[side] = list(sample.headings)
                guessed["key"][side] = guessing.guess_key(sample)
                if side == "left":
                    guessed["kinds"] = [str(kind or "") for kind in guessing.guess(sample)]
        guessed["pairs"] = guessing.pair_up(headings["left"], headings.get("right", headings["left"]))
        return CompareRun.objects.create(
            id=run_id, user=by, division_code=by.division_code, state=State.UPLOADED,
            left_name=names[0][:255], right_name=names[1][:255] if right else "", headings=headings, guessed=guessed,
            created_at=at, expires_at=at + KEPT_FOR,
        )  # fmt: skip
    except BaseException:
        keeping.drop(run_id)
        raise


def start(
    run: CompareRun, document: object, *, one_to_one: bool, purpose: str, by: User, at: datetime
) -> CompareRun:
    """Take the mapping and let the comparison wait for a worker; raises ``SpecError``, ``CompareRefusedError`` (开始比对)."""
    spec = Spec.of(document)
    with transaction.atomic():
        locked = CompareRun.objects.select_for_update().get(pk=run.pk)
        if locked.state not in (State.UPLOADED, State.FAILED):
            raise CompareRefusedError("这次比对已经开始")
        names = [name for name in (locked.left_name, locked.right_name) if name]
        note_comparison(spec, names, purpose=purpose, by=by, at=at, run=locked.id)
        locked.spec, locked.one_to_one = spec.as_dict(), one_to_one and bool(locked.right_name)
        locked.purpose = " ".join(purpose.split())[:200]
        locked.state, locked.step, locked.progress, locked.problem = State.WAITING, "排队", 0.0, ""
        locked.heartbeat_at = at
        locked.save()
    return locked


def move_line(run: CompareRun, line: float, *, by: User, at: datetime) -> CompareRun:
    """Decide anew at another line, without scoring again (调整判定线)."""
    with transaction.atomic():
        locked = CompareRun.objects.select_for_update().get(pk=run.pk)
        former = locked.line
        locked.figures = locked.figures | {"line": round(line, 3)}
        locked.save(update_fields=["figures"])
        record(
            by=by, action="compare.line", object_kind="compare_run", object_id=locked.id,
            detail={"from": former, "to": round(line, 3)}, at=at,
        )  # fmt: skip
    return locked


def delete(run: CompareRun, *, by: User | None, at: datetime) -> None:
    """Delete lists and results at once (删除)."""
    keeping.drop(run.id)
    with transaction.atomic():
        CompareRun.objects.filter(pk=run.pk).delete()
        record(by=by, action="compare.delete", object_kind="compare_run", object_id=run.id, at=at)


def sweep(*, at: datetime) -> int:
    """Delete what has lain for its time, and lists that no comparison names any more; returns how many (到期清理)."""
    late = list(CompareRun.objects.filter(expires_at__lte=at))
    for run in late:
        delete(run, by=None, at=at)
    ids = keeping.kept()
    known = set(CompareRun.objects.filter(pk__in=ids).values_list("pk", flat=True))
    day_ago = (at - timedelta(days=1)).timestamp()
    for run_id in ids:
        folder = keeping.folder_of(run_id)
        if run_id not in known and folder.exists() and folder.stat().st_mtime < day_ago:
            keeping.drop(run_id)
    return len(late)


def carry_out(run_id: UUID) -> None:
    """Compare, keep the pairs, delete the lists (执行); what can't be compared is said in ``problem``."""
    run = CompareRun.objects.filter(pk=run_id).first()
    if run is None or run.over:
        return
    CompareRun.objects.filter(pk=run_id).update(state=State.RUNNING, heartbeat_at=timezone.now())
    try:
        with tempfile.TemporaryDirectory(prefix="compare-", dir=_spool()) as folder, _beating(run_id):
            sources = [
                Source(keeping.opened(run_id, side, Path(folder) / f"{side}-list"), name)
                for side, name in (("left", run.left_name), ("right", run.right_name))
                if name
            ]
            with compared(
                sources[0], sources[1] if len(sources) > 1 else None, Spec.of(run.spec),
                one_to_one=run.one_to_one, progress=lambda step, share: _tell(run_id, step, share),
            ) as found:  # fmt: skip
                figures = _keep_pairs(run, found)
    except (FileRefusedError, SpecError) as error:
        _end(run_id, State.FAILED, problem=str(error)[:500])
    except Exception:
        _end(run_id, State.FAILED, problem="比对中断, 请重试; 仍不行请联系系统管理员")
        raise
    else:
        _end(run_id, State.FINISHED, figures=figures)
        keeping.drop(run_id)


def is_lost(run: CompareRun, *, at: datetime) -> bool:
    """Whether whoever worked on it is gone (是否中断)."""
    return run.state == State.RUNNING and (run.heartbeat_at is None or at - run.heartbeat_at > LOST_AFTER)


def take_again(run: CompareRun, *, at: datetime) -> CompareRun:
    """Let a comparison whose worker is gone wait for another; raises ``CompareRefusedError`` (重新排队)."""
    if not is_lost(run, at=at):
        raise CompareRefusedError("这次比对没有中断")
    CompareRun.objects.filter(pk=run.pk).update(state=State.WAITING, progress=0.0, step="排队")
    run.refresh_from_db()
    return run


def _tell(run_id: UUID, step: str, share: float) -> None:
    CompareRun.objects.filter(pk=run_id).update(step=step, progress=share, heartbeat_at=timezone.now())


def _end(run_id: UUID, state: str, **said: Any) -> None:
    CompareRun.objects.filter(pk=run_id).update(state=state, progress=1.0, finished_at=timezone.now(), **said)


@contextmanager
def _beating(run_id: UUID) -> Iterator[None]:
    """A sign of life while a long step says nothing."""
    stop = threading.Event()

    def beat() -> None:
        try:
            while not stop.wait(BEAT_S):
                CompareRun.objects.filter(pk=run_id).update(heartbeat_at=timezone.now())
        finally:
            connection.close()

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _spool() -> Path:
    folder = Path(settings.HOME) / "spool"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _keep_pairs(run: CompareRun, found: Compared) -> dict[str, Any]:
    """Write the pairs with both rows, sealed, surest first; what an earlier attempt left is replaced."""
    sides = ("left", "right") if found.two_lists else ("left", "left")
    cells = [
        "["
        + ", ".join(f"coalesce({t}.c{found.places[i][heading]}, '')" for heading in _headings(found, side))
        + "]"
        for t, i, side in (("a", 0, "left"), ("b", len(found.places) - 1, sides[1]))
    ]
    levels = ", ".join(f"d.g{f.at}" for f in found.features)
    rows = found.db.execute(
        f"""SELECT d.bits, d.rule, coalesce(d.forced, '') AS forced, [{levels}] AS levels, ka.key, kb.key, {", ".join(cells)}
        FROM decided d JOIN key_{sides[0]} ka ON ka.unique_id = d.l JOIN key_{sides[1]} kb ON kb.unique_id = d.r
        JOIN raw_{sides[0]} a ON a.row_no = d.l JOIN raw_{sides[1]} b ON b.row_no = d.r
        ORDER BY d.bits DESC, d.l, d.r LIMIT {MOST_PAIRS}"""
    )
    ComparePair.objects.filter(run=run).delete()
    nth = 0
    while piece := rows.fetchmany(PIECE):
        texts = [json.dumps({"keys": row[4:6], "cells": row[6:8]}, ensure_ascii=False) for row in piece]
        sealed, _ = seal_column("row", pa.array(texts, pa.string()))
        ComparePair.objects.bulk_create(
            ComparePair(
                run=run, nth=nth + i, milli_bits=round(row[0] * 1000), rule=row[1], forced=row[2], levels=row[3],
                cells_cipher=cipher.as_py(),
            )
            for i, (row, cipher) in enumerate(zip(piece, sealed, strict=True), 1)
        )  # fmt: skip
        nth += len(piece)
    return _figures(found, nth)


def _headings(found: Compared, side: str) -> list[str]:
    return [getattr(column, side) for column in found.spec.columns]


def _figures(found: Compared, kept: int) -> dict[str, Any]:
    counts = found.counts()
    bins = found.db.execute(
        "SELECT floor(bits)::INTEGER AS b, count(*) FROM decided GROUP BY 1 ORDER BY 1"
    ).fetchall()
    return {
        "rows": list(found.rows),
        "skipped": {side: len(rows) for side, rows in found.skipped.items() if rows},
        "link_from": found.lines.link_from,
        "review_from": found.lines.review_from,
        "pairs": sum(counts.values()),
        "kept": kept,
        "histogram": bins,
        "labels": [labels(feature) for feature in found.features],
        "seconds": round(sum(found.timings.values()), 1),
    }
