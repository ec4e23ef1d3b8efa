"""A node of the benchmark's own, in a temporary home, with a sample as large as asked."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

COMMAND = Path(sys.executable).with_name("minzheng")


@contextmanager
def node() -> Iterator[Path]:
    """A fresh home; its database is the embedded one unless DATABASE_URL names another."""
    with tempfile.TemporaryDirectory(prefix="minzheng-bench-") as folder:
        home = Path(folder)
        home.chmod(0o755)
        subprocess.run([COMMAND, "setup"], env=environment(home), check=True, stdout=subprocess.DEVNULL)
        yield home


def environment(home: Path) -> dict[str, str]:
    return os.environ | {"MINZHENG_HOME": str(home)}


def sample(folder: Path, persons: int, seed: int, *dirt: str) -> Path:
    """A clean-format sample (one CSV a feed), made once per folder."""
    options = [option for share in dirt for option in ("--dirt", share)]
    arguments = [
        "sample",
        "--persons",
        str(persons),
        "--seed",
        str(seed),
        "--single",
        "--out",
        str(folder),
        *options,
    ]
    subprocess.run([COMMAND, *arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return folder


def bring_in(home: Path, feed: str, path: Path) -> tuple[dict[str, Any], float]:
    """(the report, peak memory of the Python process in MiB) of one file brought in."""
    process = subprocess.Popen(
        [COMMAND, "bring-in", feed, str(path), "--json"],
        env=environment(home),
        stdout=subprocess.PIPE,
        text=True,
    )
    out = process.stdout.read() if process.stdout else ""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"bring-in {feed} {path} failed")
    return json.loads(out), usage.ru_maxrss / 1024


def inside(home: Path, module: str, *arguments: str) -> Any:
    """Run a module of the benchmark inside the node and read the JSON it prints last."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments], env=environment(home), check=True, stdout=subprocess.PIPE, text=True,
        cwd=Path(__file__).parent.parent,
    )  # fmt: skip
    return json.loads(done.stdout.strip().splitlines()[-1])


def head(source: Path, target: Path, first: int, last: int) -> Path:
    """Rows ``first`` … ``last`` (1-based, half open) of a CSV under its heading."""
    with source.open(encoding="utf-8") as file, target.open("w", encoding="utf-8") as out:
        out.write(file.readline())
        import csv

        writer = csv.writer(out, lineterminator="\n")
        for number, row in enumerate(csv.reader(file), 1):
            if number >= last:
                break
            if number >= first:
                writer.writerow(row)
    return target
