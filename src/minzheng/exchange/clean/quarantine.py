"""Refused rows into quarantine (隔离): with every reason, in the source's own columns, sealed."""

import json
from collections.abc import Sequence
from uuid import UUID

import duckdb
import pyarrow as pa

from minzheng.exchange.clean.columns import quote
from minzheng.exchange.extract.raw import Extracted
from minzheng.exchange.load.tables import copy_temporary
from minzheng.foundation.crypto.fields import seal_column
from minzheng.foundation.database.arrow import bulk

PIECE = 50_000


def keep_refused(db: duckdb.DuckDBPyConnection, batch_id: UUID, extracted: Extracted) -> None:
    """Write all refused rows of a batch, replacing what an interrupted run wrote."""
    cells = ", ".join(f"coalesce(c{i}, '')" for i in range(len(extracted.headings)))
    problem = "{'field': heading, 'rule': rule, 'reason': reason}"
    width = len(extracted.headings)
    db.execute(
        f"""CREATE OR REPLACE TEMP VIEW refused AS
        SELECT row_no, to_json([{cells}])::VARCHAR AS cells,
               to_json(list({problem} ORDER BY position, rule))::VARCHAR AS problems
        FROM bad JOIN raw USING (row_no) GROUP BY ALL
        UNION ALL SELECT row_no, to_json(cells)::VARCHAR,
               json_array(json_object('field', '整行', 'rule', 'row_shape', 'reason',
                   {quote(f"列数与表头不符: 表头 {width} 列, 该行 ")} || len(cells) || ' 列'))::VARCHAR
        FROM malformed"""
    )
    with bulk() as work:
        work.run(f"DELETE FROM exchange_quarantinedrow WHERE batch_id = '{batch_id}'")
        reader = db.sql("SELECT row_no::INTEGER AS row_no, cells, problems FROM refused").to_arrow_reader(
            PIECE
        )
        for number, piece in enumerate(reader):
            table = pa.table(
                {
                    "row_no": piece["row_no"],
                    "problems": piece["problems"],
                    "row_cipher": seal_column("row", piece["cells"])[0],
                }
            )
            copy_temporary(work, f"q{number}", table)
            work.run(
                f"""INSERT INTO exchange_quarantinedrow (batch_id, row_no, problems, row_cipher)
                SELECT '{batch_id}', row_no, problems::jsonb, row_cipher FROM q{number}"""
            )
            work.run(f"DROP TABLE q{number}")
        work.commit()


def raw_rows(db: duckdb.DuckDBPyConnection, extracted: Extracted, rows: Sequence[int]) -> dict[int, str]:
    """The source's own cells of the given rows, each as one JSON list."""
    cells = ", ".join(f"coalesce(c{i}, '')" for i in range(len(extracted.headings)))
    numbers = json.dumps(list(rows))
    found = db.execute(
        f"SELECT row_no, to_json([{cells}])::VARCHAR FROM raw WHERE row_no IN (SELECT unnest({numbers}::BIGINT[]))"
    ).fetchall()
    return dict(found)
