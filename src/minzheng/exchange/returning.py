"""Refused rows given back (隔离行退回): in the source's own columns, with why."""

import csv
import json
from collections.abc import Iterator, Mapping
from typing import Any, TextIO

import pyarrow as pa
from django.utils import timezone

from minzheng.exchange.extract.header import RETURNED
from minzheng.exchange.models import Batch, QuarantinedRow
from minzheng.exchange.plan import plan_of
from minzheng.foundation.accounts.models import User
from minzheng.foundation.audit.services import record
from minzheng.foundation.crypto.fields import open_column

PIECE = 5_000


def quarantined(batch: Batch, *, start: int = 0, limit: int | None = None) -> Iterator[dict[str, Any]]:
    """Refused rows in row order: {row_no, cells, problems}; each problem also has the cell it is about (隔离行)."""
    plan = plan_of(batch)
    headings, columns = list(plan.headings), plan.columns
    rows = QuarantinedRow.objects.filter(batch_id=batch.id).order_by("row_no")
    rows = rows[start : start + limit] if limit is not None else rows[start:]
    piece: list[QuarantinedRow] = []
    for row in rows.iterator(PIECE):
        piece.append(row)
        if len(piece) == PIECE:
            yield from _opened(piece, headings, columns)
            piece = []
    yield from _opened(piece, headings, columns)


def _opened(
    piece: list[QuarantinedRow], headings: list[str], columns: Mapping[str, int]
) -> Iterator[dict[str, Any]]:
    if not piece:
        return
    opened = open_column("row", pa.array([bytes(row.row_cipher) for row in piece], pa.binary()))
    for row, text in zip(piece, opened.to_pylist(), strict=True):
        cells: list[str] = json.loads(text)
        problems = [
            problem | {"value": cells[columns[problem["field"]]] if problem["field"] in columns else ""}
            for problem in row.problems
        ]
        yield {"row_no": row.row_no, "cells": cells, "problems": problems, "headings": headings}


def write_quarantine(batch: Batch, out: TextIO, *, by: User | None) -> int:
    """Write the refused rows as CSV: the source's headings, then row number and reasons; returns how many (导出隔离行).

    Cells a spreadsheet would run as a formula get an apostrophe before them; bringing the file in takes it off again.
    """
    headings = plan_of(batch).headings
    writer = csv.writer(out)
    writer.writerow([*headings, *RETURNED])
    count = 0
    for row in quarantined(batch):
        reasons = "; ".join(f"{p['field']}: {p['reason']}" for p in row["problems"])
        short = [""] * (len(headings) - len(row["cells"]))
        writer.writerow([*map(harmless, row["cells"]), *short, row["row_no"], reasons])
        count += 1
    record(
        by=by, action="export_quarantine", object_kind="batch", object_id=str(batch.id),
        detail={"rows": count}, at=timezone.now(),
    )  # fmt: skip
    return count


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
