"""Lands for the faults, and the table of what they came to (``make faults`` prints it)."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import pytest
from tests.faults.between import servers
from tests.faults.between.history import Counts, History
from tests.faults.between.land import UPPERS, Land, land_of
from tests.node import standards_of_this_run, transactional_db

__all__ = ["standards_of_this_run", "transactional_db"]
_rows: list[tuple[str, int, Counts, float]] = []
WHOLE = os.environ.get("MINZHENG_FAULTS") == "all"


class Fault(Protocol):
    """What a test opens around its fault."""

    times: int
    history: History


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The whole harness runs under ``make faults``; ``make test`` takes a short selection."""
    if not WHOLE:
        here = Path(__file__).parent
        for item in items:
            if here in item.path.parents and "short" not in item.path.name:
                item.add_marker(pytest.mark.skip(reason="run by `make faults`"))


@pytest.fixture(scope="session")
def land(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Land]:
    """Four nodes with servers of their own."""
    folder = tmp_path_factory.mktemp("land")
    with servers.own(tuple(UPPERS), folder) as found, land_of(found, folder) as land:
        yield land


@pytest.fixture
def small_land(
    transactional_db: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Land]:
    """Province, city and county on the run's server."""
    with (
        servers.copies(("330000", "330100", "330106"), django_db_blocker) as found,
        land_of(found, tmp_path_factory.mktemp("land")) as land,
    ):
        yield land


@contextmanager
def counted(land: Land, name: str, *, keys: int = 4) -> Iterator["Counted"]:
    """Around a fault: writers' keys before, healing, calm, proof and the count after; the row of the table."""
    started = time.monotonic()
    land.heal()
    with History(land, keys=keys) as history:
        for code in ("330000", "330106"):
            history.write(code)
        one = Counted(history)
        yield one
        land.heal()
        for code in ("330000", "330106"):
            history.write(code)
        land.calm()
        counts = history.check()
    faults = _proved(land)
    _rows.append((name, one.times, counts, time.monotonic() - started))
    assert counts.clean, (
        f"{name}: lost {counts.lost[:5]} duplicated {counts.duplicated[:5]} reordered {counts.reordered[:5]}"
    )
    assert not any(faults.values()), faults


def _proved(land: Land, within: float = 90.0) -> dict[str, Any]:
    """What cannot be proved at each node, once bodies that a backup was without have come from the neighbours."""
    until = time.monotonic() + within
    while True:
        faults = {node.code: node.do("verify")["faults"] for node in land}
        if not any(faults.values()) or time.monotonic() > until:
            return faults
        time.sleep(1)


class Counted:
    """How often the fault was done."""

    def __init__(self, history: History) -> None:
        self.history, self.times = history, 0


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if not _rows:
        return
    write = terminalreporter.write_line
    write("")
    write(f"{'fault':<62}{'times':>7}{'committed':>11}{'lost':>6}{'dupl.':>7}{'reord.':>8}{'seconds':>9}")
    for name, times, found, seconds in _rows:
        bad = (len(found.lost), len(found.duplicated), len(found.reordered))
        write(f"{name:<62}{times:>7}{found.changes:>11}{bad[0]:>6}{bad[1]:>7}{bad[2]:>8}{seconds:>9.1f}")
    total = [
        sum(len(getattr(found, what)) for _, _, found, _ in _rows)
        for what in ("lost", "duplicated", "reordered")
    ]
    write(
        f"{'all':<62}{sum(row[1] for row in _rows):>7}{sum(row[2].changes for row in _rows):>11}"
        f"{total[0]:>6}{total[1]:>7}{total[2]:>8}{sum(row[3] for row in _rows):>9.1f}"
    )
