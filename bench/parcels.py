"""What a parcel costs: made and opened, against a plain zip of the same rows; memory at a tenth of the rows and at all."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.reporting import Figure, tell

DEAREST = 3.0
FLAT_MB = 64


def run(rows: int) -> None:
    """``rows`` rows of eight columns."""
    small, large = _steps(max(1, rows // 10)), _steps(rows)
    for step in ("make", "open"):
        tell(
            Figure(
                f"parcel {step}", f"{rows:,} rows", large[step]["seconds"], "s", "zip of the same rows",
                large["zip"]["seconds"], f"≤ {DEAREST:g}×", large[step]["seconds"] <= DEAREST * large["zip"]["seconds"],
            )
        )  # fmt: skip
        tell(
            Figure(
                f"parcel {step}, memory", f"{rows:,} rows", large[step]["peak_mb"], "MB", "a tenth of the rows",
                small[step]["peak_mb"], f"+ {FLAT_MB} MB at most", large[step]["peak_mb"] <= small[step]["peak_mb"] + FLAT_MB,
            )
        )  # fmt: skip


def _steps(rows: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="minzheng-bench-") as folder:
        environment = os.environ | {
            "MINZHENG_HOME": folder, "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
        }  # fmt: skip
        found = {}
        for step in ("make", "zip", "open"):
            done = subprocess.run(
                [sys.executable, "-m", "bench.sealing", step, str(rows), folder],
                cwd=Path(__file__).parents[1], env=environment, capture_output=True, text=True, check=True,
            )  # fmt: skip
            found[step] = json.loads(done.stdout.splitlines()[-1])
        return found
