"""Where a process of a node can be held: before or after a step of the exchange, by wrapping its functions from outside.

A process that comes to its trap leaves a mark and waits to be killed there. Waits between attempts are shortened, so that
a fault costs a second and not a minute; nothing else is altered.
"""

import asyncio
import datetime
import functools
import importlib
import resource
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BETWEEN = "minzheng.sharing.between"


@dataclass(frozen=True)
class Step:
    """``when``: before, after, or in the middle (``mid``, ``end``) of what a generator gives."""

    name: str
    target: str
    when: str


def _at(name: str, target: str, *when: str) -> list[Step]:
    return [Step(f"{moment} {name}", target, moment) for moment in when]


SENDING = [
    *_at("routing", "routing:_route", "before", "after"),
    *_at("making", "sending:_make", "before", "after"),
    *_at("body's writing", "sending:write_body", "mid"),
    *_at("body's writing", "sending:_write", "after"),
    *_at("signing of the head", "head:sign", "after"),
    *_at("sending", "body:packed", "mid", "end"),
    *_at("noting of the acknowledgement", "sending:acknowledge", "before", "after"),
]
TAKING = [
    *_at("receiving", "body:unpacked", "mid"),
    *_at("check of the body", "receiving:_as_said", "before", "after"),  # before: it is kept
    *_at("staging", "receiving:stage", "after"),
    *_at("applying", "receiving:apply", "after"),
    *_at("entry in the log", "receiving:_log", "after"),  # all but the commit
    *_at("commit", "receiving:_enter", "after"),
]
DOOR_DOWN = SENDING
DOOR_UP = [*_at("spooling", "minzheng.web.between.app:_spool", "after"), *TAKING]
PULLER_UP = [*SENDING, *_at("handing up", "calling:Caller.put", "after")]
PULLER_DOWN = [*TAKING, *_at("acknowledging", "calling:Caller.acknowledge", "before", "after")]


def prepare(options: dict[str, Any]) -> None:
    """Make this process what the test wants."""
    pulling = importlib.import_module(f"{BETWEEN}.pulling")
    pulling.PATIENCE_S, pulling.ALIGN_S = (0.3, 0.5, 1.0), 3.0
    if "step" in options:
        _trap(Step(**options["step"]), Path(options["mark"]))
    if "clock" in options:
        _wrong_clock(float(options["clock"]))
    for target, value in options.get("set", {}).items():
        owner, name = _found(target)
        setattr(owner, name, value)
    if "file_limit" in options:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (options["file_limit"], options["file_limit"]))
    if options.get("flip"):
        _flips_what_is_kept()
    if "evil" in options:
        importlib.import_module("tests.faults.between.evil").serve_evil(options["evil"])
    if "memory" in options:
        _measured(Path(options["memory"]))


def _found(target: str) -> tuple[Any, str]:
    module, _, path = target.partition(":")
    owner: Any = importlib.import_module(module if "." in module else f"{BETWEEN}.{module}")
    *between, name = path.split(".")
    for one in between:
        owner = getattr(owner, one)
    return owner, name


def _trap(step: Step, mark: Path) -> None:
    owner, name = _found(step.target)
    real = getattr(owner, name)

    def hold() -> None:
        mark.touch()
        time.sleep(600)

    if step.when in ("mid", "end"):
        setattr(owner, name, _half(real, hold, at_end=step.when == "end"))
    elif asyncio.iscoroutinefunction(real):
        setattr(owner, name, _awaited(real, hold))
    else:
        setattr(owner, name, _whole(real, hold, step.when))


def _whole(real: Callable[..., Any], hold: Callable[[], None], when: str) -> Callable[..., Any]:
    @functools.wraps(real)
    def held(*given: Any, **named: Any) -> Any:
        if when == "before":
            hold()
        found = real(*given, **named)
        if when == "after" and found is not None:
            hold()
        if when == "after" and real.__name__ in ("_as_said", "_log", "_write", "acknowledge", "put"):
            hold()
        return found

    return held


def _awaited(real: Callable[..., Any], hold: Callable[[], None]) -> Callable[..., Any]:
    @functools.wraps(real)
    async def held(*given: Any, **named: Any) -> Any:
        found = await real(*given, **named)
        hold()
        return found

    return held


def _half(real: Callable[..., Any], hold: Callable[[], None], *, at_end: bool) -> Callable[..., Any]:
    @functools.wraps(real)
    def held(*given: Any, **named: Any) -> Iterator[Any]:
        for piece in real(*given, **named):
            if at_end:
                yield piece
                continue
            yield piece[: len(piece) // 2]
            hold()
        hold()

    return held


def _flips_what_is_kept() -> None:
    """The disk turns a bit of every body just after it was written."""
    receiving = importlib.import_module(f"{BETWEEN}.receiving")
    real = receiving._keep

    def kept(head: Any, pieces: Any, name: str) -> None:
        real(head, pieces, name)
        path = receiving.folder() / name
        whole = bytearray(path.read_bytes())
        whole[len(whole) // 2] ^= 1
        path.write_bytes(whole)

    receiving._keep = kept


def _wrong_clock(ahead: float) -> None:
    """The product asks one place what time it is."""
    from django.utils import timezone

    real = timezone.now
    timezone.now = lambda: real() + datetime.timedelta(seconds=ahead)  # type: ignore[assignment]


def _measured(path: Path) -> None:
    """Write down the most memory this process has had, twice a second."""
    import threading

    def look() -> None:
        while True:
            path.write_text(str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))
            time.sleep(0.5)

    threading.Thread(target=look, daemon=True).start()
