"""The baseline of bring-in: COPY of the same columns into an equally indexed table, inside the node's own database.

``python -m bench.copying FILE [MORE …]``: each file is copied after the other into one table that has the file's thirteen
columns as the register keeps them (text, dates), an identity, and the indexes of ``registry_person``. Prints the seconds
of each COPY. The rows are parsed and typed beforehand: only COPY and COMMIT are timed.
"""

import json
import sys
import time

from minzheng.cli.boot import boot


def main(paths: list[str]) -> None:
    boot()
    import duckdb
    import pyarrow as pa

    from minzheng.foundation.database.arrow import bulk

    names = ["name", "id_number", "sex", "birth_date", "ethnic", "division", "hukou_address", "residence_address", "phone",
             "marital", "education", "relation", "head_number"]  # fmt: skip
    seconds = []
    with bulk() as work:
        work.run("DROP TABLE IF EXISTS bench_copy")
        columns = ", ".join(f"{n} {'date' if n == 'birth_date' else 'text'}" for n in names)
        work.run(f"CREATE TABLE bench_copy (id uuid PRIMARY KEY, {columns})")
        for column in ("id_number", "birth_date", "phone", "head_number"):
            work.run(f"CREATE INDEX ON bench_copy ({column})")
        for column in ("name", "division"):
            work.run(f"CREATE INDEX ON bench_copy ({column} text_pattern_ops)")
        work.commit()
        for path in paths:
            cells = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(13))
            select = ", ".join(
                f"try_strptime(c{i}, '%Y-%m-%d')::DATE AS {n}" if n == "birth_date" else f"c{i} AS {n}"
                for i, n in enumerate(names)
            )
            rows = duckdb.sql(
                f"SELECT {select} FROM read_csv('{path}', header=true, columns={{{cells}}}, auto_detect=false)"
            )
            table = rows.to_arrow_table().combine_chunks()
            ids = duckdb.sql(f"SELECT uuidv7()::VARCHAR AS id FROM range({table.num_rows})").to_arrow_table()[
                "id"
            ]
            import uuid

            raw = pa.array([uuid.UUID(i).bytes for i in ids.to_pylist()], pa.binary(16))
            table = table.add_column(0, "id", raw)
            started = time.perf_counter()
            work.copy_in("bench_copy", table)
            work.commit()
            seconds.append(time.perf_counter() - started)
            del table
        work.run("DROP TABLE bench_copy")
        work.commit()
    print(json.dumps(seconds))


if __name__ == "__main__":
    main(sys.argv[1:])
