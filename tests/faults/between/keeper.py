"""A node's keeper: all is loaded once, then each process of the node is forked from it, to be killed and started cheaply.

Lines of JSON come in, one answer each goes out. A child may be given traps (``steps``), a clock that is wrong and shorter waits;
the product knows nothing of them.
"""

import ctypes
import json
import os
import signal
import socket
import sys
from typing import Any

from minzheng.cli.boot import boot

boot(migrate=False)
from django.db import connections  # noqa: E402
from tests.faults.between import calls, steps  # noqa: E402

from minzheng.sharing.between import pulling  # noqa: E402
from minzheng.web.between.serving import serve  # noqa: E402

DIES_WITH_PARENT = 1  # PR_SET_PDEATHSIG


def start(role: str, log: str, options: dict[str, Any]) -> int:
    """Fork one of the node's processes; its number."""
    pid = os.fork()
    if pid:
        return pid
    _become(log, options)
    if role == "door":
        host, port = options["at"]
        serve(socket.create_server((host, port), backlog=128).detach())
    elif role == "puller":
        import threading

        pulling.run(threading.Event())
    elif role == "worker":
        from minzheng.cli.children import worker

        worker()
    os._exit(0)


FRESH = {"card", "certify", "attack", "flood"}  # they read keys that were changed, or last
_hand: list[Any] = []


def call(name: str, said: dict[str, Any], options: dict[str, Any]) -> Any:
    """Do one thing in a process of the node and give its answer: the one that is there for it, or one of its own."""
    if name in FRESH or set(options) - {"log"}:
        read, write = os.pipe()
        if not os.fork():
            os.close(read)
            _become(options.pop("log", "/dev/null"), options)
            with os.fdopen(write, "w") as out:
                out.write(_done(name, said))
            os._exit(0)
        os.close(write)
        with os.fdopen(read) as answer:
            return json.loads(answer.read() or NOBODY)
    if not _hand:
        _hand.append(_new_hand(options["log"]))
    there = _hand[0]
    try:
        there.write(json.dumps([name, said]) + "\n")
        there.flush()
        return json.loads(there.readline() or NOBODY)
    except OSError:
        _hand.clear()
        return json.loads(NOBODY)


NOBODY = '{"error": "KilledError: no answer"}'


def _new_hand(log: str) -> Any:
    """A process that does what it is told until its keeper ends; what it has read of the standards it keeps."""
    ours, theirs = socket.socketpair()
    if os.fork():
        theirs.close()
        return ours.makefile("rw")
    ours.close()
    _become(log, {})
    there = theirs.makefile("rw")
    for line in there:
        there.write(_done(*json.loads(line)) + "\n")
        there.flush()
    os._exit(0)


def _done(name: str, said: dict[str, Any]) -> str:
    try:
        answer = {"ok": getattr(calls, name)(**said)}
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    connections.close_all()  # its server may be killed before the next one
    return json.dumps(answer, default=str)


def _become(log: str, options: dict[str, Any]) -> None:
    ctypes.CDLL(None).prctl(DIES_WITH_PARENT, signal.SIGKILL)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open("/dev/null", os.O_RDONLY)
    os.dup2(nothing, 0), os.dup2(out, 1), os.dup2(out, 2)
    steps.prepare(options)


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those who are killed
    for line in sys.stdin:
        said = json.loads(line)
        if said["do"] == "start":
            answer: Any = {"ok": start(said["role"], said["log"], said["options"])}
        else:
            answer = call(said["name"], said["said"], said["options"])
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
