"""A command of the node that keeps running (运行中的命令)."""

import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from tests.node import Apart

WAIT_S = 60


class Running:
    """A started command; what it says gathers in a file."""

    def __init__(self, node: Apart, said: Path, *arguments: str) -> None:
        self._said = said
        with said.open("wb") as out:
            self.process = subprocess.Popen(
                node.command(*arguments), env=node.environment, stdout=out, stderr=subprocess.STDOUT
            )

    @property
    def said(self) -> str:
        return self._said.read_text(encoding="utf-8")

    def until(self, pattern: str) -> re.Match[str]:
        """Wait until it has said this."""
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() < deadline:
            if found := re.search(pattern, self.said):
                return found
            assert self.process.poll() is None, self.said
            time.sleep(0.1)
        raise AssertionError(f"never said {pattern}: {self.said}")

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ask it to stop; its exit code."""
        self.process.send_signal(number)
        return self.process.wait(WAIT_S)


@contextmanager
def running(node: Apart, said: Path, *arguments: str) -> Iterator[Running]:
    """A command that runs while the block does."""
    command = Running(node, said, *arguments)
    try:
        yield command
    finally:
        if command.process.poll() is None:
            command.process.kill()
            command.process.wait()


def gone(processes: list[psutil.Process]) -> bool:
    """Whether all of them end within a few seconds."""
    return not psutil.wait_procs(processes, timeout=10)[1]


def descendants(pid: int) -> list[psutil.Process]:
    """Every process started by this one, and by those."""
    return psutil.Process(pid).children(recursive=True)
