"""What measuring quality adds to a bring-in, against the same bring-in without it."""

import tempfile
from pathlib import Path
from typing import Any

from bench.node import inside, node, sample
from bench.reporting import Figure, tell

LARGEST_SHARE = 0.05


def run(rows: int) -> None:
    """``rows`` persons into an empty node, then a feed that is held against the register."""
    with tempfile.TemporaryDirectory(prefix="minzheng-bench-") as folder:
        files = sample(Path(folder) / "sample", rows, 21)
        with node() as home:
            for feed in ("persons", "allowances"):
                _told(feed, inside(home, "bench.measuring", feed, str(files / f"{feed}.csv")))


def _told(feed: str, found: dict[str, Any]) -> None:
    spent = sum(found["spent"].values())
    without = found["seconds"] - spent
    parts = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in found["spent"].items())
    print(f"  quality: {parts}; {found['kept'][0]:,} figures, {found['kept'][1]:,} rows kept")
    tell(
        Figure(
            f"bring-in {feed}, with quality", f"{found['read']:,} rows", found["seconds"], "s", "the same without quality",
            without, "≤ 1.05×", spent <= LARGEST_SHARE * without,
        )
    )  # fmt: skip
