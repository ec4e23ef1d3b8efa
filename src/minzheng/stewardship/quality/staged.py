"""Measuring a batch where its rows lie staged (暂存计量): one pass over all rows, then the failing ones looked up.

Tables left beside those of cleaning: ``marks`` (row → what cleaning and repetition say of it), the view ``marked`` (every
row with its county and marks), ``measured`` (county → rows checked and failed by each measure), ``failing`` (the first
failing rows of each measure).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import duckdb
from django.utils import timezone

from minzheng.exchange.clean.fields import StagedField, fields_of
from minzheng.exchange.clean.places import derived_table
from minzheng.exchange.declare import Column, DivisionOf
from minzheng.exchange.following import CleanedRows
from minzheng.stewardship.quality.rules import Asked, Compiler, Measure, measures_of

KEPT_ROWS = 1_000  # of each measure and batch; the counts are of all
KEPT_WITHOUT_TARGET = 200  # no ticket asks for these unless someone opens one


@dataclass(frozen=True)
class Figure:
    """Rows asked and failed by one measure in one county (计量结果)."""

    measure: Measure
    division_code: str
    checked: int
    failed: int


class Measuring:
    """One batch's staged rows, marked and counted (批次计量)."""

    def __init__(self, rows: CleanedRows) -> None:
        self.rows, self.db = rows, rows.db
        self.fields: list[StagedField] = fields_of(rows.spec, rows.extracted)
        today = timezone.localtime(rows.batch.received_at).date()
        compiler = Compiler(rows.spec, rows.feed, self.fields, today)
        self.measures = measures_of(rows.spec)
        self.asked: list[Asked] = [a for m in self.measures if (a := compiler.asked(m)) is not None]
        self._staged = {measure.key: compiler.staged(measure) for measure in self.measures}
        self._mark()

    def _mark(self) -> None:
        queries = [query for asked in self.asked for query in asked.marks]
        union = " UNION ALL ".join(f"SELECT row_no, {n} AS mark FROM ({q})" for n, q in enumerate(queries))
        flags = "".join(f", bool_or(mark = {n}) AS m{n}" for n in range(len(queries)))
        self.db.execute("DROP VIEW IF EXISTS marked")
        self.db.execute(
            f"CREATE OR REPLACE TABLE marks AS SELECT row_no{flags} FROM ({union}) GROUP BY row_no"
            if queries
            else "CREATE OR REPLACE TABLE marks (row_no BIGINT)"
        )
        shown = "".join(f", coalesce(marks.m{n}, false) AS m{n}" for n in range(len(queries)))
        code, join = self._county()
        self.db.execute(
            f"""CREATE VIEW marked AS SELECT norm.*, {code} AS county__{shown}
            FROM norm LEFT JOIN marks ON marks.row_no = norm.row_no {join}"""
        )

    def _county(self) -> tuple[str, str]:
        """SQL of the county a row belongs to, and the join it needs."""
        division = self.rows.feed.division
        if isinstance(division, DivisionOf):
            table = derived_table(division)
            return f"left({table}.code, 6)", f"LEFT JOIN {table} ON {table}.row_no = norm.row_no"
        if isinstance(division, Column):
            return f'left(norm."{division.name}", 6)', ""
        return "NULL::VARCHAR", ""

    def figures(self) -> Iterator[Figure]:
        """Every measure's counts by county, in one pass (计数)."""
        counts = "".join(
            f", count(*) FILTER (WHERE {a.checked}) AS c{n}, count(*) FILTER (WHERE {a.failed}) AS f{n}"
            for n, a in enumerate(self.asked)
        )
        self.db.execute(
            f"CREATE OR REPLACE TABLE measured AS SELECT county__ AS county{counts} FROM marked GROUP BY county__"
        )
        for county, *values in self.db.execute("SELECT * FROM measured").fetchall():
            code = self.division_of(county)
            for asked, checked, failed in zip(self.asked, values[::2], values[1::2], strict=True):
                if checked:
                    yield Figure(asked.measure, code, checked, failed)
        yield from self._shapes()

    def _shapes(self) -> Iterator[Figure]:
        """Rows of another width than the header stand outside ``norm``."""
        for measure in self.measures:
            if measure.rule.rule == "row_shape":
                checked, failed = _one(
                    self.db, "SELECT (SELECT count(*) FROM norm), (SELECT count(*) FROM malformed)"
                )
                yield Figure(measure, self.division_of(None), checked + failed, failed)

    def division_of(self, county: str | None) -> str:
        """A row's county; the receiving node's division where the row tells none (区划)."""
        return county or self.rows.batch.division_code

    def failing(self, figures: Sequence[Figure]) -> list[tuple[Measure, int, str]]:
        """(measure, row, division) of the first failing rows of each measure that has any (不合格行)."""
        keys = {figure.measure.key for figure in figures if figure.failed}
        self.db.execute("CREATE OR REPLACE TABLE failing (n INTEGER, row_no BIGINT)")
        found: list[tuple[Measure, int, str]] = []
        for n, asked in enumerate(self.asked):
            if asked.measure.key in keys:  # many measures hold for every row of a batch
                among = "row_no IN (SELECT row_no FROM marks) AND " if asked.few else ""
                self.db.execute(
                    f"INSERT INTO failing SELECT {n}, row_no FROM marked WHERE {among}{asked.failed} "
                    f"ORDER BY row_no LIMIT {kept_of(asked.measure)}"
                )
        for n, row_no, county in self.db.execute(
            "SELECT n, row_no, county__ FROM failing JOIN marked USING (row_no) ORDER BY n, row_no"
        ).fetchall():
            found.append((self.asked[n].measure, row_no, self.division_of(county)))
        for measure in self.measures:
            if measure.rule.rule == "row_shape" and measure.key in keys:
                rows = self.db.execute(
                    f"SELECT row_no FROM malformed ORDER BY row_no LIMIT {kept_of(measure)}"
                ).fetchall()
                found += [(measure, row_no, self.division_of(None)) for (row_no,) in rows]
        return found

    def refused(self, numbers: set[int]) -> set[int]:
        """Which of these rows cleaning refused (已隔离)."""
        if not numbers:
            return set()
        listed = ", ".join(map(str, sorted(numbers)))
        found = self.db.execute(
            f"SELECT row_no FROM (SELECT row_no FROM bad UNION SELECT row_no FROM malformed) WHERE row_no IN ({listed})"
        )
        return {row_no for (row_no,) in found.fetchall()}

    def columns_failed(self) -> dict[int, set[str]]:
        """Of each row kept: the staged columns some measure does not hold for (不合格列)."""
        flags = ", ".join(f"({asked.failed})" for asked in self.asked) or "false"
        found: dict[int, set[str]] = {}
        for row_no, *failed in self.db.execute(
            f"SELECT row_no, {flags} FROM marked WHERE row_no IN (SELECT row_no FROM failing)"
        ).fetchall():
            names = found.setdefault(row_no, set())
            for asked, wrong in zip(self.asked, failed, strict=False):
                if wrong:
                    names.update(field.name for field in self._staged[asked.measure.key])
        return found

    @property
    def by_key(self) -> Mapping[str, Asked]:
        """Measures as SQL by their key (按标识)."""
        return {asked.measure.key: asked for asked in self.asked}


def kept_of(measure: Measure) -> int:
    """How many failing rows of a measure are kept (留存行数)."""
    return KEPT_WITHOUT_TARGET if measure.rule.target is None else KEPT_ROWS


def _one(db: duckdb.DuckDBPyConnection, query: str) -> tuple[int, int]:
    ((first, second),) = db.execute(query).fetchall()
    return first, second
