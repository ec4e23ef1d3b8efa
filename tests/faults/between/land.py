"""A small land: a province, a city and two counties, each with a database server, home, keys and address of its own.

Addresses of the loopback stand for hosts: a node's door is at 127.0.0.x, and who calls it goes by 127.0.1.x, where a test can
break the road (``road.py``).
"""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from tests.faults.between.road import Road, Roads
from tests.faults.between.steps import Step

UPPERS = {"330000": "", "330100": "330000", "330106": "330100", "330105": "330100"}
CALM_S, PATIENCE = (
    90.0,
    float(os.environ.get("MINZHENG_FAULT_PATIENCE", "4")),
)  # a machine that others use, too, is slow


class SaidNoError(AssertionError):
    """What a node answered instead of doing it."""


@dataclass
class Server:
    """A node's database: a server of its own that may be killed, or one of the run's."""

    url: str
    data: Path | None = None
    socket: Path | None = None

    def connect(self) -> "psycopg.Connection[Any]":
        return psycopg.connect(self.url, autocommit=True)


@dataclass
class Node:
    """A node: its keeper and its processes by role."""

    code: str
    home: Path
    server: Server
    host: str
    port: int
    road: Road
    keeper: "subprocess.Popen[str]" = field(init=False)
    running: dict[str, int] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)  # for every process until healed
    key: str = field(default_factory=lambda: secrets.token_hex(32))
    _asking: threading.Lock = field(default_factory=threading.Lock)

    @property
    def upper(self) -> str:
        return UPPERS[self.code]

    @property
    def roles(self) -> list[str]:
        """What runs here beside the worker: who has someone above calls it, who has someone below answers."""
        answers = self.code in UPPERS.values()
        return [role for role, wanted in (("door", answers), ("puller", bool(self.upper))) if wanted]

    @property
    def log(self) -> Path:
        return self.home / "processes.log"

    def begin(self) -> None:
        """Load the product once."""
        kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        environment = kept | {
            "MINZHENG_HOME": str(self.home), "MINZHENG_MASTER_KEY": self.key, "MINZHENG_DIVISION": self.code,
            "DATABASE_URL": self.server.url, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1",
        }  # fmt: skip
        with self.log.open("a") as log:
            self.keeper = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.between.keeper"], env=environment, text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
            )  # fmt: skip

    def _ask(self, said: dict[str, Any]) -> Any:
        assert self.keeper.stdin and self.keeper.stdout
        with self._asking:
            self.keeper.stdin.write(json.dumps(said) + "\n")
            self.keeper.stdin.flush()
            answer = json.loads(self.keeper.stdout.readline())
        if "error" in answer:
            raise SaidNoError(answer["error"])
        return answer["ok"]

    def do(self, name: str, *, options: dict[str, Any] | None = None, **said: Any) -> Any:
        """Have the node do one of ``calls``."""
        given = {"log": str(self.log)} | self.options | (options or {})
        return self._ask({"do": "call", "name": name, "said": said, "options": given})

    def start(self, role: str, **options: Any) -> int:
        """Start one of its processes."""
        given = self.options | options
        if role == "door":
            given |= {"at": [self.host, self.port]}
        pid = self._ask({"do": "start", "role": role, "log": str(self.log), "options": given})
        self.running[role] = pid
        return int(pid)

    def kill(self, role: str) -> None:
        """kill -9."""
        pid = self.running.pop(role, None)
        if pid is None:
            return
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        until(lambda: not lives(pid), f"{role} of {self.code} ends", 20)

    def again(self, role: str, **options: Any) -> None:
        """Killed and started."""
        self.kill(role)
        self.start(role, **options)

    def start_all(self) -> None:
        for role in self.roles:
            if role not in self.running or not lives(self.running[role]):
                self.start(role)

    def stop_all(self) -> None:
        for role in list(self.running):
            self.kill(role)

    def end(self) -> None:
        self.stop_all()
        if self.keeper.stdin:
            self.keeper.stdin.close()
        self.keeper.kill()
        with self.keeper:
            pass

    def held_at(self, role: str, step: Step, work: Callable[[], None]) -> bool:
        """Start a process with a trap, do what brings it there, and kill it there; whether it came."""
        mark = self.home / "mark"
        mark.unlink(missing_ok=True)
        self.again(role, step={"name": step.name, "target": step.target, "when": step.when}, mark=str(mark))
        work()
        came = comes(mark.exists, 20)
        self.kill(role)
        return came

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with self.server.connect() as connection:
            return connection.execute(query).fetchall()

    def value(self, query: str) -> Any:
        ((value,),) = self.rows(query)
        return value


@dataclass
class Land:
    """All nodes and the roads between them."""

    nodes: dict[str, Node]
    roads: Roads

    def __getitem__(self, code: str) -> Node:
        return self.nodes[code]

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes.values())

    def heal(self) -> None:
        """Roads mended, every process that is missing started."""
        for node in self:
            node.road.mend()
            node.options.clear()
            node.start_all()

    def calm(self, within: float = CALM_S) -> None:
        """Wait until nothing is on its way any more."""
        until(self._quiet, "everything has arrived", within, self.told)

    def _quiet(self) -> bool:
        return all(node.value(_WAITING) == 0 for node in self) and self._even()

    def _even(self) -> bool:
        """Both ends of every road have come to the same numbers."""
        for node in self:
            for code, seq in node.rows(_SENT):
                taken = self[code].rows(_TAKEN.format(code=node.code))
                if not taken or taken[0][0] != seq:
                    return False
        return True

    def told(self) -> str:
        """What stands in the way, for a failure."""
        said = []
        for node in self:
            said.append(
                f"{node.code}: waiting {node.value(_WAITING)}, sent {node.rows(_SENT)}, running {node.running}"
            )
            said += [f"  road {row}" for row in node.rows("SELECT peer_code, problem FROM between_road")]
            said += [f"  refused {row}" for row in node.rows(_REFUSED)]
            said.append("  " + "\n  ".join(node.log.read_text(errors="replace").splitlines()[-25:]))
        return "\n".join(said)


_WAITING = """SELECT (SELECT count(*) FROM foundation_outboxentry WHERE NOT routed) + (SELECT count(*) FROM between_dispatch)"""
_SENT = "SELECT peer_code, max(seq) FROM between_batch WHERE direction = 'out' GROUP BY 1"
_TAKEN = (
    "SELECT max(seq) FROM between_batch WHERE direction = 'in' AND state = 'applied' AND peer_code = '{code}'"
)
_REFUSED = (
    """SELECT peer_code, seq, problem FROM between_batch WHERE state = 'refused' ORDER BY id DESC LIMIT 3"""
)


def lives(pid: int) -> bool:
    """A zombie does not, once all its threads have gone too."""
    proc = Path(f"/proc/{pid}")
    try:
        return (
            proc.joinpath("stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
            or len(list((proc / "task").iterdir())) > 1
        )
    except OSError:
        return False


def comes(what: Callable[[], bool], within: float) -> bool:
    """Whether something becomes true in time; a database that is away says nothing yet."""
    deadline = time.monotonic() + within * PATIENCE
    while time.monotonic() < deadline:
        with suppress(psycopg.OperationalError):
            if what():
                return True
        time.sleep(0.03)
    return False


def until(what: Callable[[], bool], name: str, within: float, told: Callable[[], str] = lambda: "") -> None:
    """It must."""
    assert comes(what, within), f"not within {within:.0f} s: {name}\n{told()}"


@contextmanager
def land_of(servers: dict[str, Server], folder: Path) -> Iterator[Land]:
    """Nodes enrolled and trusting, everything running."""
    with Roads() as roads:
        nodes: dict[str, Node] = {}
        for place, (code, server) in enumerate(servers.items(), start=2):
            home = folder / code
            home.mkdir(parents=True)
            host, port = f"127.0.0.{place}", free_port(f"127.0.0.{place}")
            nodes[code] = Node(code, home, server, host, port, roads.add(f"127.0.1.{place}", (host, port)))
        land = Land(nodes, roads)
        try:
            for node in land:
                node.begin()
            join(land)
            land.heal()
            yield land
        finally:
            for node in land:
                node.end()


def join(land: Land) -> None:
    """As an operator joins nodes."""
    root = next(iter(land))
    for node in land:
        made = node.do("card", address=f"https://{node.road.host}:{node.road.port}", upper=node.upper)
        root.do("enrol", card=made)
    document = root.do("members")
    for node in land:
        if node is not root:
            node.do("trust", given=document)


def free_port(host: str) -> int:
    with socket.create_server((host, 0)) as found:
        return int(found.getsockname()[1])
