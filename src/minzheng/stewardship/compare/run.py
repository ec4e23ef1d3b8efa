"""One comparison from two files to decided pairs (比对流程): read, prepare, choose rules, estimate, score, settle, assign."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from minzheng.exchange.errors import FileRefusedError
from minzheng.stewardship.compare import deciding
from minzheng.stewardship.compare.blocking import Rule, choose
from minzheng.stewardship.compare.model import (
    MATCHES_A_ROW,
    document_of,
    estimate,
    first_settings,
    linker_over,
    quiet,
)
from minzheng.stewardship.compare.prepare import SIDES, Feature, prepare
from minzheng.stewardship.compare.reading import read_list
from minzheng.stewardship.compare.spec import Spec
from minzheng.stewardship.compare.terms import Engine, Kind
from minzheng.stewardship.compare.workbench import scalar, workbench

Progress = Callable[[str, float], None]
STEPS = (
    ("读取名单", 0.0),
    ("整理各列", 0.15),
    ("选定候选规则", 0.3),
    ("估计权重", 0.35),
    ("逐对打分", 0.55),
    ("判定", 0.9),
)


@dataclass(frozen=True, slots=True)
class Source:
    """A list: where it lies and what it is called (名单)."""

    path: Path
    name: str


@dataclass(slots=True)
class Compared:
    """A comparison at its end (比对结果): ``decided`` and the sides are tables of ``db`` while the context lasts."""

    db: duckdb.DuckDBPyConnection
    spec: Spec
    features: tuple[Feature, ...]
    two_lists: bool
    rows: tuple[int, ...]
    skipped: dict[str, list[int]]
    rules: list[Rule]
    lines: deciding.Lines
    model: dict[str, Any] | None
    places: list[dict[str, int]]
    timings: dict[str, float] = field(default_factory=dict)

    def counts(self) -> dict[str, int]:
        """Pairs by decision, at the lines the scores gave (数量)."""
        found = self.db.execute(
            f"SELECT {deciding.decision_sql(repr(self.lines.link_from))} AS d, count(*) FROM decided GROUP BY 1"
        ).fetchall()
        return {"link": 0, "review": 0} | dict(found)


@contextmanager
def compared(
    left: Source,
    right: Source | None,
    spec: Spec,
    *,
    one_to_one: bool = False,
    engine: str = Engine.DUCKDB,
    progress: Progress = lambda _step, _share: None,
) -> Iterator[Compared]:
    """Compare two lists, or one with itself; raises ``FileRefusedError`` or ``SpecError`` (比对)."""
    timings: dict[str, float] = {}
    with workbench() as (db, folder), quiet():
        clock = _Clock(progress, timings)
        clock.step(0)
        sources = [left] if right is None else [left, right]
        places, skipped = _read(db, folder, sources, spec)
        clock.step(1)
        features = prepare(db, spec, places)
        rows = tuple(int(scalar(db, f"SELECT count(*) FROM {side}_side")) for side in SIDES[: len(sources)])
        clock.step(2)
        rules = choose(db, features, two_lists=right is not None) if len(features) > 1 else []
        lines, model = _scored(db, folder, features, rules, rows, engine, clock)
        clock.step(5)
        deciding.same_numbers(db, features, two_lists=right is not None)
        deciding.assign(db, lines, one_to_one=one_to_one and right is not None)
        deciding.groups(db, lines.link_from) if right is None else None
        clock.done()
        yield Compared(
            db, spec, features, right is not None, rows, skipped, rules, lines, model, places, timings
        )


def _read(
    db: duckdb.DuckDBPyConnection, folder: Path, sources: list[Source], spec: Spec
) -> tuple[list[dict[str, int]], dict[str, list[int]]]:
    places: list[dict[str, int]] = []
    skipped: dict[str, list[int]] = {}
    for side, source in zip(SIDES, sources, strict=False):
        wanted = [getattr(column, side) for column in spec.columns]
        key = getattr(spec, f"key_{side}")
        try:
            places.append(
                read_list(source.path, source.name, folder / side, db, [*wanted, *([key] if key else [])])
            )
        except FileRefusedError as error:
            raise FileRefusedError(
                f"{source.name}: {str(error).replace(f' (数据集: {source.name})', '')}"
            ) from None
        skipped[side] = [row for (row,) in db.execute("SELECT row_no FROM malformed ORDER BY 1").fetchall()]
        db.execute(f"ALTER TABLE raw RENAME TO raw_{side}; DROP TABLE malformed")
        if not scalar(db, f"SELECT count(*) FROM raw_{side}"):
            raise FileRefusedError(f"{source.name}: 没有一行的单元格数与表头相符")
    return places, skipped


def _scored(
    db: duckdb.DuckDBPyConnection, folder: Path, features: tuple[Feature, ...], rules: list[Rule],
    rows: tuple[int, ...], engine: str, clock: "_Clock",
) -> tuple[deciding.Lines, dict[str, Any] | None]:  # fmt: skip
    """Fill ``scored``; the lines and the model, None where only a number is compared."""
    two_lists = len(rows) == 2
    if not rules:
        if len(features) > 1 and not any(f.kind == Kind.ID for f in features):
            raise FileRefusedError(
                "名单中没有任何两行有相同之处, 或各列几乎处处相同, 无法比对; 请增加对应的列"
            )
        deciding.empty_scored(db, features)
        return deciding.Lines(deciding.SUREST_LINK, -deciding.SUREST_LINK, 0.0), None
    all_pairs = max(1.0, rows[0] * rows[1] if two_lists else rows[0] * (rows[0] - 1) / 2)
    prior = min(0.3, MATCHES_A_ROW * min(rows) / all_pairs)
    clock.step(3)
    linker = linker_over(db, first_settings(features, rules, two_lists=two_lists, prior=prior))
    estimate(linker, rules, features)
    model = document_of(linker)
    clock.step(4)
    if engine == Engine.SPARK:
        from minzheng.stewardship.compare.on_spark import predict_on_spark

        relation = predict_on_spark(db, folder, model, two_lists=two_lists)
    else:
        found = linker.inference.predict(threshold_match_weight=deciding.LOWEST_BITS, warning_mode="never")
        relation = found.physical_name
    deciding.take_scores(db, relation, features, two_lists=two_lists)
    most = float(min(rows)) if two_lists else all_pairs * 0.5
    return deciding.settle_prior(db, prior=prior, all_pairs=all_pairs, most=most), model


class _Clock:
    """Tells the steps to whoever watches, and how long each took."""

    def __init__(self, progress: Progress, timings: dict[str, float]) -> None:
        self._progress, self._timings = progress, timings
        self._name, self._since = "", time.perf_counter()

    def step(self, number: int) -> None:
        name, share = STEPS[number]
        self._close()
        self._name = name
        self._progress(name, share)

    def done(self) -> None:
        self._close()
        self._progress("完成", 1.0)

    def _close(self) -> None:
        now = time.perf_counter()
        if self._name:
            self._timings[self._name] = round(now - self._since, 3)
        self._since = now
