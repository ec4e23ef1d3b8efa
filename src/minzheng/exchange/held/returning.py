"""A row that means none of the candidates goes back to its source (退回来源), with the reason, as refused rows do."""

import json
from uuid import UUID

import pyarrow as pa

from minzheng.exchange.held.loading import Alongside, add_counts
from minzheng.exchange.held.staging import held_row
from minzheng.exchange.load.tables import copy_temporary
from minzheng.foundation.crypto.fields import seal_column
from minzheng.foundation.database.arrow import bulk

RULE = "identity"
CHANGE = {"accepted": -1, "review": -1, "quarantined": 1}


def send_back(batch_id: UUID, row_no: int, role: str, *, reason: str, alongside: Alongside) -> None:
    """Put the row into quarantine, from where its source gets it with the others; twice is once.

    ``alongside`` writes in the same transaction what must not be lost once it stands.
    """
    with bulk() as work:
        row = held_row(work, batch_id, row_no)
        label = next((party.label for party in row.feed.persons if party.role == role), role)
        problem = [{"field": label, "rule": RULE, "reason": f"人员身份经核不符: {reason}"}]
        cells = pa.array([json.dumps(row.cells, ensure_ascii=False)], pa.string())
        columns = {
            "row_no": pa.array([row_no], pa.int32()),
            "problems": pa.array([json.dumps(problem, ensure_ascii=False)], pa.string()),
            "row_cipher": seal_column("row", cells)[0],
        }
        copy_temporary(work, "q", pa.table(columns))
        added = work.rows(
            f"""INSERT INTO exchange_quarantinedrow (batch_id, row_no, problems, row_cipher)
            SELECT '{batch_id}', row_no, problems::jsonb, row_cipher FROM q
            ON CONFLICT (batch_id, row_no) DO NOTHING RETURNING row_no"""
        )
        if added:
            add_counts(work, batch_id, CHANGE)
            alongside(work)
        work.commit()


def take_back(batch_id: UUID, row_no: int, *, alongside: Alongside) -> None:
    """The row waits for a decision again; twice is once."""
    with bulk() as work:
        gone = work.rows(
            f"DELETE FROM exchange_quarantinedrow WHERE batch_id = '{batch_id}' AND row_no = {row_no} RETURNING row_no"
        )
        if gone:
            add_counts(work, batch_id, {name: -by for name, by in CHANGE.items()})
            alongside(work)
        work.commit()
