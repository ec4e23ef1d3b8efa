"""How a figure is told: a line a person reads, and a line a machine reads."""

import json
import os
import platform
import time
from dataclasses import asdict, dataclass
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Figure:
    """One figure: what was measured, at what size, ours and the baseline's, their ratio, and what is to be reached."""

    name: str
    at: str
    ours: float
    unit: str
    baseline_name: str
    baseline: float | None
    target: str
    holds: bool

    @property
    def ratio(self) -> float | None:
        return None if not self.baseline else self.ours / self.baseline


def tell(figure: Figure) -> None:
    """Print the figure and append it to ``bench/results``."""
    ratio = f" = {figure.ratio:.2f}×" if figure.ratio is not None else ""
    against = (
        f" against {figure.baseline:,.4g} {figure.unit} ({figure.baseline_name}){ratio}"
        if figure.baseline
        else ""
    )
    mark = "holds" if figure.holds else "MISSED"
    print(
        f"[{mark}] {figure.name} at {figure.at}: {figure.ours:,.4g} {figure.unit}{against}; to reach: {figure.target}",
        flush=True,
    )
    RESULTS.mkdir(exist_ok=True)
    line = asdict(figure) | {
        "ratio": figure.ratio, "date": time.strftime("%Y-%m-%d"), "cores": os.cpu_count(), "machine": platform.machine(),
        "python": platform.python_version(),
    }  # fmt: skip
    with (RESULTS / "figures.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")
