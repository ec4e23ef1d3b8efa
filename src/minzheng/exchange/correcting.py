"""A row of a source put right (更正来源行): the source's own row with some cells changed, brought in as any other delivery.

So a correction is checked, matched, loaded, told and kept like everything a source says, and what it replaces stays readable.
"""

import csv
import io
import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import duckdb
from django.conf import settings

from minzheng.exchange import services
from minzheng.exchange.clean.columns import macros
from minzheng.exchange.clean.quarantine import raw_rows
from minzheng.exchange.errors import FileRefusedError
from minzheng.exchange.extract.raw import extract
from minzheng.exchange.models import Batch
from minzheng.exchange.returning import quarantined
from minzheng.foundation.accounts.models import User
from minzheng.foundation.crypto.siv import IntegrityError
from minzheng.foundation.files.services import copy_out
from minzheng.standards import queries as standards


class CorrectionError(ValueError):
    """A row that cannot be put right as asked, and why (无法更正)."""


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A row as its source wrote it (来源行): ``columns`` heading of the standard → place in it."""

    headings: tuple[str, ...]
    columns: Mapping[str, int]
    cells: tuple[str, ...]


def is_here(batch_id: UUID) -> bool:
    """Whether this node received the batch (批次是否由本节点接收)."""
    return Batch.objects.filter(pk=batch_id).exists()


def source_row(batch_id: UUID, row_no: int) -> SourceRow:
    """The row read again from the file as received (来源行). Raises ``CorrectionError``."""
    batch = Batch.objects.filter(pk=batch_id).first()
    if batch is None:
        raise CorrectionError("这条数据的批次不在本节点")
    spools = Path(settings.HOME) / "spool"
    spools.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(dir=spools, prefix="row-") as folder, duckdb.connect() as db:
        plain = Path(folder) / "received"
        db.execute(macros())
        try:
            copy_out(batch.file_sm3 or "", plain)
            found = extract(plain, batch.file_name, Path(folder), db, standards.data_set(batch.feed))
        except (IntegrityError, FileNotFoundError, FileRefusedError) as error:
            raise CorrectionError("来源文件已不在本节点, 请来源单位重新报送这一行") from error
        rows = raw_rows(db, found, [row_no])
    if row_no not in rows:
        raise CorrectionError("来源文件中没有这一行")
    return SourceRow(found.headings, found.columns, tuple(json.loads(rows[row_no])))


def correct(
    batch_id: UUID, row_no: int, changes: Mapping[str, str], *, name: str, by: User, at: datetime
) -> Batch:
    """Bring the row in anew with other values under some headings of the standard (更正入库). Raises ``CorrectionError``.

    ``name`` of the file it comes as. Nothing is in the register where it is refused.
    """
    row, former = source_row(batch_id, row_no), Batch.objects.get(pk=batch_id)
    headings, cells = list(row.headings), list(row.cells)
    for heading, value in changes.items():
        if heading in row.columns:
            cells[row.columns[heading]] = value
        else:
            headings.append(heading)
            cells.append(value)
    out = io.StringIO(newline="")
    csv.writer(out).writerows([headings, cells])
    batch = services.receive(
        former.feed, io.BytesIO(out.getvalue().encode()), name=name, source=former.source_name, by=by, at=at
    )
    services.run(batch)
    batch.refresh_from_db()
    if batch.stage != Batch.Stage.FINISHED:
        raise CorrectionError(f"更正没有入库: {batch.problem}")
    refused = [problem["reason"] for one in quarantined(batch) for problem in one["problems"]]
    if refused:
        raise CorrectionError(f"更正后的值不符合标准: {'; '.join(dict.fromkeys(refused))}")
    return batch
