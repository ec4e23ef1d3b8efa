"""What leaves the node about quality (导出): a ticket's rows for the source to mend, a month's figures as a table."""

import csv
from collections.abc import Sequence
from datetime import date, datetime
from typing import TextIO

from django.utils import timezone

from minzheng.exchange.extract.header import RETURNED
from minzheng.exchange.returning import harmless
from minzheng.foundation.accounts.models import User
from minzheng.foundation.audit.services import record
from minzheng.stewardship.quality.models import Ticket
from minzheng.stewardship.quality.scoring import RuleFigure
from minzheng.stewardship.quality.services import TicketError, rows_of
from minzheng.stewardship.quality.showing import opened

LIMIT = 10_000  # rows of one file


def write_rows(ticket: Ticket, out: TextIO, *, purpose: str, by: User, at: datetime, ip: str | None) -> int:
    """The rows a ticket asks for, not mended yet, in the source's own columns; audited. Returns their number (下载待补正行).

    The first line says who took the file, when and what for; bringing the mended file in passes over it, and over the last
    two columns. TicketError without a purpose, or where nothing is kept.
    """
    if len(purpose.strip()) < 2:
        raise TicketError("请写明用途")
    rows = list(
        rows_of(ticket).filter(mended_batch_id__isnull=True).order_by("row_no", "rule_id")[: LIMIT * 3]
    )
    found = [row for row in opened(rows) if row.cells][:LIMIT]
    if not found:
        raise TicketError("没有可下载的行：该工单没有对应的行，或已全部补正")
    headings = found[0].headings
    writer = csv.writer(out)
    taken = f"{by.display_name} {timezone.localtime(at):%Y-%m-%d %H:%M} 导出"
    mark = f"校核纠错工单 {ticket.number}，{taken}，用途：{purpose.strip()}"
    writer.writerow([harmless(mark)])
    writer.writerow([*headings, *RETURNED])
    for row in found:
        reasons = "; ".join(dict.fromkeys(f"{problem.field}: {problem.message}" for problem in row.problems))
        short = [""] * (len(headings) - len(row.cells))
        writer.writerow([*map(harmless, row.cells[: len(headings)]), *short, row.row_no, reasons])
    record(
        by=by, action="quality.ticket_rows", object_kind="quality_ticket", object_id=ticket.pk, purpose=purpose.strip(),
        detail={"rows": len(found)}, ip=ip, at=at,
    )  # fmt: skip
    return len(found)


REPORT_HEADINGS = (
    "数据集",
    "规则标识",
    "维度",
    "列",
    "规则",
    "检查行数",
    "不合格行数",
    "合格率(%)",
    "目标(%)",
    "达标",
)


def write_report(
    figures: Sequence[tuple[RuleFigure, str, str]],
    out: TextIO,
    *,
    title: str,
    by: User,
    at: datetime,
    on: date,
) -> None:
    """A source's month as CSV: (figure, data set, rule in words) a line; audited (月报导出)."""
    writer = csv.writer(out)
    writer.writerow([harmless(f"{title}，{by.display_name} {timezone.localtime(at):%Y-%m-%d %H:%M} 导出")])
    writer.writerow(REPORT_HEADINGS)
    for figure, name, rule in figures:
        verdict = "" if figure.target is None else ("否" if figure.missed else "是")
        writer.writerow(
            [harmless(str(cell)) for cell in (
                name, figure.rule_id, figure.dimension, figure.field, rule, figure.checked, figure.failed, figure.share,
                "" if figure.target is None else figure.target.normalize(), verdict,
            )]
        )  # fmt: skip
    record(
        by=by, action="quality.report", object_kind="quality_report", object_id=title[:128],
        detail={"month": f"{on:%Y-%m}", "lines": len(figures)}, at=at,
    )  # fmt: skip
