"""``bring-in persons``, the whole road, against a bare COPY; memory; linearity."""

import tempfile
from pathlib import Path

from bench.node import bring_in, head, inside, node, sample
from bench.reporting import Figure, tell

TARGET = "≤ 4× COPY"


def run(rows: int) -> None:
    """``rows`` into an empty node, as many more with 30 % overlap, then how time grows with rows."""
    with tempfile.TemporaryDirectory(prefix="minzheng-bench-") as folder:
        whole = sample(Path(folder) / "sample", int(rows * 1.72), 11) / "persons.csv"
        first = head(whole, Path(folder) / "first.csv", 1, rows + 1)
        second = head(whole, Path(folder) / "second.csv", int(rows * 0.7) + 1, int(rows * 1.7) + 1)
        with node() as home:
            empty, memory = bring_in(home, "persons", first)
            again, memory_again = bring_in(home, "persons", second)
            baseline = inside(home, "bench.copying", str(first), str(second))
        _told("bring-in persons, empty node", rows, empty, baseline[0])
        _told("bring-in persons, 30 % overlap", rows, again, baseline[1])
        peak = max(memory, memory_again)
        tell(
            Figure(
                "bring-in persons, peak memory",
                f"{rows:,} rows",
                peak,
                "MiB",
                "",
                None,
                "≤ 2048 MiB",
                peak <= 2048,
            )
        )


def linear(sizes: tuple[int, ...]) -> None:
    """Rows per second at each size, into an empty node each."""
    with tempfile.TemporaryDirectory(prefix="minzheng-bench-") as folder:
        whole = sample(Path(folder) / "sample", max(sizes), 12) / "persons.csv"
        speeds = []
        for size in sizes:
            part = head(whole, Path(folder) / "part.csv", 1, size + 1)
            with node() as home:
                report, _ = bring_in(home, "persons", part)
            speeds.append(report["read"] / report["seconds"])
            print(
                f"  {report['read']:>9,} rows: {report['seconds']:.1f} s, {speeds[-1]:,.0f} rows/s {report['timings']}",
                flush=True,
            )
        slowest, fastest = speeds[-1], speeds[0]
        tell(Figure("bring-in persons, rows/s at the largest size against the smallest", f"{sizes[0]:,}–{sizes[-1]:,} rows",
                    slowest, "rows/s", f"at {sizes[0]:,}", fastest, "linear: ≥ 0.8×", slowest >= 0.8 * fastest))  # fmt: skip


def _told(name: str, rows: int, report: dict, baseline: float) -> None:  # type: ignore[type-arg]
    counts = ", ".join(f"{name} {report[name]:,}" for name in ("created", "updated", "unchanged", "review"))
    print(f"  {report['timings']} {counts}")
    tell(Figure(name, f"{rows:,} rows", report["seconds"], "s", "COPY of the same columns, equally indexed", baseline, TARGET,
                report["seconds"] <= 4 * baseline))  # fmt: skip
