"""The temporary tables of a chunk's transaction (分块临时表).

``m`` persons mentioned · ``o`` organisations mentioned · ``l`` places mentioned · ``r`` records · ``x_person``,
``x_organisation`` who each mention is · ``gone`` rows that are unchanged or go to review.
"""

from collections.abc import Sequence

import pyarrow as pa

from minzheng.foundation.database.arrow import Bulk

SQL_TYPES = {
    pa.binary(16): "uuid",
    pa.binary(): "bytea",
    pa.string(): "text",
    pa.date32(): "date",
    pa.int32(): "integer",
    pa.int64(): "bigint",
    pa.float64(): "double precision",
    pa.bool_(): "boolean",
}


def copy_temporary(work: Bulk, name: str, data: pa.Table, *, keys: Sequence[str] = ()) -> None:
    """Create a temporary table of the Arrow table's shape, fill it by COPY, gather statistics of its keys (or of all)."""
    columns = ", ".join(f"{field.name} {SQL_TYPES[field.type]}" for field in data.schema)
    work.run(f"CREATE TEMP TABLE {name} ({columns}) ON COMMIT DROP")
    if data.num_rows:
        work.copy_in(name, data, temporary=True)
    work.run(f"ANALYZE {name} ({', '.join(keys)})" if keys else f"ANALYZE {name}")
