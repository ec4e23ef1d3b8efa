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
import psycopg  # noqa: E402, F401
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


def call(name: str, said: dict[str, Any], options: dict[str, Any]) -> Any:
    """Do one thing in a process of its own and give its answer."""
    read, write = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(read)
        _become(options.pop("log", "/dev/null"), options)
        try:
            answer = {"ok": getattr(calls, name)(**said)}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        with os.fdopen(write, "w") as out:
            out.write(json.dumps(answer, default=str))
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as answer_of_it:
        text = answer_of_it.read()
    return json.loads(text) if text else {"error": "KilledError: no answer"}


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
