"""The lower node's side of the road (拉取与上送): it dials out, fetches what is for it, hands up what is new.

Three loops, a thread each: down, up, and looking at what has arrived (signals and the like). Each goes on by itself after
whatever hinders it, waiting longer after every failure up to a minute; how the road does is written down for the pages.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import InterfaceError, OperationalError, close_old_connections, connections
from django.utils import timezone

from minzheng.foundation.crypto.siv import IntegrityError
from minzheng.foundation.database.url import libpq_uri
from minzheng.foundation.members.models import Member
from minzheng.foundation.members.services import MemberError
from minzheng.registry.following import catch_up
from minzheng.sharing.between import calling, configuration, control, receiving, recovering, roads, sending
from minzheng.sharing.between.body import BodyError, disk
from minzheng.sharing.between.calling import Caller, CallError
from minzheng.sharing.between.models import Batch, Road
from minzheng.sharing.between.routing import peers
from minzheng.sharing.between.terms import Direction

logger = logging.getLogger(__name__)
ALIGN_S = 60.0
PATIENCE_S = (1, 2, 5, 10, 20, 40, 60)
DATABASE_AWAY = (OperationalError, InterfaceError, psycopg.OperationalError)
HINDRANCES = (
    CallError,
    MemberError,
    BodyError,
    receiving.RefusedError,
    sending.StreamError,
    configuration.ConfigurationError,
    IntegrityError,
)
Loop = Callable[[threading.Event], None]
_hindered: dict[str, str] = {}  # loop → what hinders it


def run(stopping: threading.Event) -> None:
    """All loops until asked to stop (运行)."""
    loops = [
        threading.Thread(target=_again_and_again, args=(loop, stopping), name=loop.__name__, daemon=True)
        for loop in (down, up, look)
    ]
    for loop in loops:
        loop.start()
    for loop in loops:
        loop.join()


def down(stopping: threading.Event) -> None:
    """Fetch what is for this node, batch after batch (下行)."""
    upper = _upper()
    if upper is None:
        stopping.wait(5)
        return
    with Caller(upper) as caller:
        _give_configuration(caller)
        talked = float("-inf")
        while not stopping.is_set():
            take_configuration(caller)
            roads.compare_clocks(caller)
            if time.monotonic() - talked > control.EVERY_S:
                control.talk(caller, at=timezone.now())
                talked = time.monotonic()
            fetch(caller)
            _went_well(upper, down)


def fetch(caller: Caller, *, wait: int | None = None) -> bool:
    """One batch, if there is one within the time: taken and acknowledged (取一批)."""
    after, root = receiving.last_taken(caller.peer)
    try:
        with caller.next_batch(after, wait=calling.WAIT_S if wait is None else wait, root=root) as found:
            if found is None:
                return False
            head, pieces = found
            batch = receiving.take(caller.peer, head, pieces, above=True, at=timezone.now())
    except CallError as error:
        if error.status != calling.FORGOTTEN:
            raise
        give_back(caller)
        return True
    caller.acknowledge(batch)
    return True


def give_back(caller: Caller) -> None:
    """The upper node was restored from a backup: what it had sent and forgot goes back to it, batch by batch (交还)."""
    after, _ = receiving.last_taken(caller.peer)
    known = caller.ask("GET", "/sent") or {}
    for seq in range(min(int(known["seq"]), after - 1), after):
        caller.put_back(recovering.to_give_back(caller.peer, seq))


def up(stopping: threading.Event) -> None:
    """Hand up what is new here (上行)."""
    upper = _upper()
    if upper is None:
        stopping.wait(5)
        return
    with (
        Caller(upper) as caller,
        psycopg.connect(libpq_uri(connections["default"].settings_dict), autocommit=True) as line,
    ):
        line.execute("LISTEN minzheng_outbox")
        aligned, completed = float("-inf"), None
        while not stopping.is_set():
            if time.monotonic() - aligned > ALIGN_S:
                behind = align(caller)  # the upper node may have been restored while nothing is new here
                if behind or completed != caller.run:
                    complete(caller)
                aligned, completed = time.monotonic(), caller.run
            while hand_up(caller):
                pass
            _went_well(upper, up)
            for _ in line.notifies(timeout=5.0, stop_after=1):
                pass


def align(caller: Caller) -> bool:
    """Hold this node's numbers against what the upper node has taken (对齐批号); whether they differed.

    Who was restored from a backup is brought to where the other is: this node takes back what it had sent, or sends again.
    """
    taken = caller.ask("GET", "/taken") or {}
    seq, root, caller.run = int(taken["seq"]), str(taken["root"]), str(taken.get("run", ""))
    if recovering.knows(caller.peer, seq=seq, root=root):
        behind = seq < sending.last_acknowledged(caller.peer)
        if behind:
            recovering.given_again(caller.peer, seq=seq)
        return behind
    for after in range(min(sending.last_made(caller.peer), seq - 1), seq):
        with caller.own_batch(after) as found:
            if found is not None:
                recovering.take_back(caller.peer, *found, above=True, at=timezone.now())
    sending.realign(
        caller.peer, seq=seq, root=root, at=timezone.now()
    )  # where the upper node has no body of it any more
    return True


def complete(caller: Caller) -> int:
    """Bodies that one end has lost, restored from a backup without them, come from the other (补齐批体); how many."""
    peer, done = caller.peer, 0
    lacking: dict[str, Any] = {}
    with _as_far_as_it_goes():  # an older node does not tell
        lacking = caller.ask("GET", "/lacking") or {}
    for seq in lacking.get("sent", ()):
        with _as_far_as_it_goes():
            caller.put_back(recovering.to_give_back(peer, int(seq) - 1))
            done += 1
    for batch in sending.made(peer).filter(seq__in=lacking.get("taken", ())).order_by("seq"):
        with _as_far_as_it_goes():
            if sending.path_of(batch).is_file():
                caller.put(batch)
                done += 1
    return done + fetch_again(caller, recovering.lost(peer))


@contextmanager
def _as_far_as_it_goes() -> Iterator[None]:
    """A body that cannot be had, past its time or damaged there too, holds up nothing; a road that is cut does."""
    try:
        yield
    except (receiving.RefusedError, CallError) as error:
        if isinstance(error, CallError) and not error.status:
            raise
        logger.info("批体没有补齐: %s", error)


def mend(caller: Caller) -> int:
    """What ``complete`` does, and damaged bodies from the upper node, which has the same (补齐); how many."""
    return complete(caller) + fetch_again(caller, recovering.damaged(caller.peer))


def fetch_again(caller: Caller, batches: list[Batch]) -> int:
    """The bodies of batches of the road to the upper node, from there (重取批体); how many it had."""
    done = 0
    for batch in batches:
        own = batch.direction == Direction.OUT
        with (
            _as_far_as_it_goes(),
            caller.own_batch(batch.seq - 1) if own else caller.next_batch(batch.seq - 1, wait=0) as there,
        ):
            if there is not None:
                receiving.put_right(caller.peer, batch, *there)
                done += 1
    return done


def hand_up(caller: Caller) -> bool:
    """One batch, if there is one: in the upper node's register when this returns (上送一批)."""
    after = sending.last_acknowledged(caller.peer)
    batch = sending.next_batch(caller.peer, after=after, at=timezone.now())
    if batch is None:
        return False
    caller.put(batch)
    sending.acknowledge(caller.peer, seq=batch.seq, root=batch.root, at=timezone.now())
    return True


def look(stopping: threading.Event) -> None:
    """Have those above look at persons that have arrived (跟进)."""
    while not stopping.is_set():
        if not catch_up():
            stopping.wait(2)


def take_configuration(caller: Caller) -> None:
    """The province's configuration, where there is a newer one (取配置)."""
    have = configuration.current()
    answer = caller.ask("GET", f"/configuration?have={have.version if have else 0}")
    if answer is not None:
        configuration.take(answer["document"], answer["signature"], at=timezone.now())


def _give_configuration(caller: Caller) -> None:
    """An upper node that was restored from a backup gets the newer list, which the province had signed."""
    have, there = configuration.current(), caller.ask("GET", "/about") or {}
    if have is not None and int(there["configuration"]) < have.version:
        caller.ask("PUT", "/configuration", {"document": have.document, "signature": have.signature})


def _upper() -> Member | None:
    return peers().above


def _again_and_again(loop: Loop, stopping: threading.Event) -> None:
    failures = 0
    while not stopping.is_set():
        started = time.monotonic()
        close_old_connections()
        try:
            loop(stopping)
        except HINDRANCES as error:
            _went_wrong(loop, str(error))
        except OSError as error:
            _went_wrong(loop, f"本节点{disk(error)}")
        except DATABASE_AWAY:
            logger.warning("数据库连接中断, 稍后继续 (%s)", loop.__name__)
        except Exception:
            logger.exception("与上级交换的%s中断, 稍后继续", loop.__name__)
            _went_wrong(loop, "本节点内部错误, 详见日志")
        failures = 0 if time.monotonic() - started > 60 else failures + 1
        stopping.wait(PATIENCE_S[min(failures, len(PATIENCE_S)) - 1] if failures else 0.5)


def _went_well(upper: Member, loop: Loop) -> None:
    """Said once a loop has come through; what hinders the other one stays to be read."""
    now = timezone.now()
    _hindered.pop(loop.__name__, None)
    said = {"tried_at": now, "reached_at": now, "problem": _problem()}
    Road.objects.update_or_create(peer_code=upper.code, defaults=said)


def _went_wrong(loop: Loop, problem: str) -> None:
    _hindered[loop.__name__] = problem
    try:
        upper = _upper()
        if upper is not None:
            said = {"tried_at": timezone.now(), "problem": _problem()}
            Road.objects.update_or_create(peer_code=upper.code, defaults=said)
    except Exception:  # the database itself may be what is wrong
        logger.exception("交换状态没有记下")


def _problem() -> str:
    """What hinders the loops, each sentence once."""
    return "; ".join(dict.fromkeys(_hindered.values()))[:300]
