"""Nodes of their own, each a process with its database, home, keys and address, joined as an operator joins them."""

import json
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from tests.node import Apart, MakeApart

UPPERS = {
    "330000": "", "330100": "330000", "330200": "330000", "330300": "330000", "330102": "330100", "330106": "330100",
    "330110": "330100", "330113": "330100",
}  # fmt: skip


class SaidNoError(AssertionError):
    """What a node answered instead of doing it."""


@dataclass
class Node:
    """A node one talks to: ``node.bring(feed=…, text=…)`` is done there."""

    module: ClassVar[str] = "tests.sharing.between.agent"  # what a node's process runs
    code: str
    apart: Apart
    port: int
    process: subprocess.Popen[str] = field(init=False)

    def start(self) -> None:
        environment = self.apart.environment | {"MINZHENG_DIVISION": self.code}
        self.process = subprocess.Popen(
            [sys.executable, "-m", self.module], env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def kill(self) -> None:
        """As a power cut would."""
        self.process.kill()
        with self.process:  # its pipes are closed, and it is waited for
            pass

    def again(self) -> None:
        """Killed and started anew, its door open."""
        self.kill()
        self.start()
        self.serve()

    def serve(self) -> None:
        self.do("serve", port=self.port)

    def tell(self, what: str, **said: Any) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps({"do": what} | said) + "\n")
        self.process.stdin.flush()

    def hear(self) -> Any:
        assert self.process.stdout
        answer = json.loads(self.process.stdout.readline())
        if "error" in answer:
            raise SaidNoError(answer["error"])
        return answer["ok"]

    def do(self, what: str, **said: Any) -> Any:
        self.tell(what, **said)
        return self.hear()

    def names(self, where: str = "true") -> list[str]:
        """Names of the persons who stand in the register."""
        rows = self.do(
            "sql",
            query=f"SELECT name FROM registry_person WHERE superseded_by IS NULL AND {where} ORDER BY name",
        )
        return [name for (name,) in rows]

    def value(self, query: str) -> Any:
        ((value,),) = self.do("sql", query=query)
        return value


def enter(root: Node, node: Node) -> None:
    """A node that was not there before is entered in the members' list, and told whom to believe."""
    root.do("enrol", card=node.do("card", address=f"https://127.0.0.1:{node.port}", upper=UPPERS[node.code]))
    node.do("trust", given=root.do("members"))


def alone(make_apart: MakeApart, code: str) -> Node:
    """A new node, started; the caller kills it."""
    node = Node(code, replace(make_apart(), key=secrets.token_hex(32)), _free_port())
    node.start()
    return node


@contextmanager
def joined(make_apart: MakeApart, *codes: str) -> Iterator[list[Node]]:
    """Nodes of these divisions, the province first, enrolled and trusting, their doors open."""
    nodes = [Node(code, replace(make_apart(), key=secrets.token_hex(32)), _free_port()) for code in codes]
    try:
        for node in nodes:
            node.start()
        root = nodes[0]
        for node in nodes:
            made = node.do("card", address=f"https://127.0.0.1:{node.port}", upper=UPPERS[node.code])
            root.do("enrol", card=made)
        document = root.do("members")
        for node in nodes[1:]:
            node.do("trust", given=document)
        for node in nodes:
            node.serve()
        yield nodes
    finally:
        for node in nodes:
            node.kill()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])
