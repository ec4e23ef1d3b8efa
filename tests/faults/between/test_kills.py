"""kill -9 of each process at each step, at random moments, of database backends and of whole servers."""

import os
import random
import signal
import threading
from contextlib import suppress

import psycopg
import pytest
from tests.faults.between import servers
from tests.faults.between.conftest import Counted, counted
from tests.faults.between.land import Land, Node, until
from tests.faults.between.steps import DOOR_DOWN, DOOR_UP, PULLER_DOWN, PULLER_UP, Step

ROUNDS = int(os.environ.get("MINZHENG_FAULT_ROUNDS", "3"))
VICTIMS = (
    ("330000", "door", DOOR_DOWN, "330000"),
    ("330000", "door", DOOR_UP, "330106"),
    ("330100", "door", DOOR_DOWN, "330000"),
    ("330100", "door", DOOR_UP, "330106"),
    ("330100", "puller", PULLER_DOWN, "330000"),
    ("330100", "puller", PULLER_UP, "330106"),
    ("330106", "puller", PULLER_DOWN, "330000"),
    ("330106", "puller", PULLER_UP, "330106"),
)
pytestmark = pytest.mark.slow


def test_killed_at_every_step(land: Land) -> None:
    """Whoever comes to the step is killed there, the change that brought it there being under way."""
    for code, role, steps, origin in VICTIMS:
        way = "down" if origin == "330000" else "up"
        with counted(land, f"kill -9 of {code}'s {role} at each step {way} ({len(steps)} steps)") as fault:
            for turn in range(ROUNDS):
                _each_step(land[code], role, steps, origin, fault, turn)


def _each_step(node: Node, role: str, steps: list[Step], origin: str, fault: Counted, turn: int) -> None:
    for at, step in enumerate(steps):
        came = node.held_at(role, step, lambda: fault.history.write(origin, moving=(at + turn) % 3 == 2))  # noqa: B023
        assert came, f"{node.code} {role} did not come to “{step.name}”\n{fault.history.land.told()}"
        fault.times += 1
    node.start(role)


def test_killed_at_random_moments(land: Land) -> None:
    """Every process of every node, the workers that bring files in among them, while both ends write."""
    with counted(land, "kill -9 of any process at any moment") as fault:
        for code in ("330000", "330106"):
            land[code].start("worker")
        with _writing(fault):
            for _ in range(12 * ROUNDS):
                node = random.choice(list(land))
                role = random.choice([*node.running])
                threading.Event().wait(random.uniform(0.0, 0.7))
                node.again(role)
                fault.times += 1
        for code in ("330000", "330106"):
            land[code].again("worker")
            until(lambda: land[code].value(_OPEN) == 0, "batches finished", 90, land.told)  # noqa: B023
            land[code].kill("worker")


_OPEN = "SELECT count(*) FROM exchange_batch WHERE stage NOT IN ('finished', 'refused', 'cancelled')"


def test_backends_killed(land: Land) -> None:
    """A backend killed with -9 takes its server through recovery, whoever was at work there."""
    with counted(land, "kill -9 of a database backend (the server recovers)") as fault:
        for _ in range(2 * ROUNDS):
            for code in ("330100", "330106", "330000"):
                fault.history.write("330000", moving=True)
                fault.history.write("330106")
                _kill_a_backend(land[code])
                fault.times += 1
                until(lambda: land[code].value("SELECT 1") == 1, "the server is back", 60)  # noqa: B023


def _kill_a_backend(node: Node) -> None:
    with suppress(psycopg.OperationalError), node.server.connect() as connection:
        query = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        found = [pid for (pid,) in connection.execute(query).fetchall()]
        if found:
            os.kill(random.choice(found), signal.SIGKILL)


def test_servers_killed(land: Land) -> None:
    """postmaster and all, as a power cut; the node's processes live on and find their way back."""
    with counted(land, "kill -9 of a whole database server") as fault:
        for _ in range(ROUNDS):
            for code in ("330100", "330106", "330000"):
                for origin in ("330000", "330106"):
                    fault.history.write(origin)
                data = land[code].server.data
                assert data
                servers.kill(data)
                servers.start(data)
                fault.times += 1


class _writing:  # noqa: N801
    """Both ends write, by way of their workers, as long as the block lasts."""

    def __init__(self, fault: Counted) -> None:
        self.history, self.stop = fault.history, threading.Event()
        self.threads = [threading.Thread(target=self._write, args=(code,)) for code in ("330000", "330106")]
        self.problems: list[BaseException] = []

    def _write(self, origin: str) -> None:
        try:
            while not self.stop.wait(0.2):
                self.history.write(origin, moving=True, later=True)
        except BaseException as error:
            self.problems.append(error)

    def __enter__(self) -> "_writing":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        for thread in self.threads:
            thread.join(120)
        assert not self.problems, self.problems
