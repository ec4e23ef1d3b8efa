"""The lower node's side of the road (拉取与上送): it dials out, fetches what is for it, hands up what is new.

Three loops, a thread each: down, up, and looking at what has arrived (signals and the like). Each goes on by itself after
whatever hinders it, waiting longer after every failure up to a minute; how the road does is written down for the pages.
"""

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime

import psycopg
from django.db import InterfaceError, OperationalError, close_old_connections, connections
from django.utils import timezone

from minzheng.foundation.database.url import libpq_uri
from minzheng.foundation.members.models import Member
from minzheng.foundation.members.services import MemberError
from minzheng.registry.following import catch_up
from minzheng.sharing.between import configuration, control, receiving, sending
from minzheng.sharing.between.body import BodyError
from minzheng.sharing.between.calling import Caller, CallError
from minzheng.sharing.between.models import Road
from minzheng.sharing.between.routing import peers

logger = logging.getLogger(__name__)
PATIENCE_S = (1, 2, 5, 10, 20, 40, 60)
DATABASE_AWAY = (OperationalError, InterfaceError, psycopg.OperationalError)
HINDRANCES = (
    CallError,
    MemberError,
    BodyError,
    receiving.RefusedError,
    sending.StreamError,
    configuration.ConfigurationError,
)


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
        talked = float("-inf")
        while not stopping.is_set():
            take_configuration(caller)
            if time.monotonic() - talked > control.EVERY_S:
                control.talk(caller, at=timezone.now())
                talked = time.monotonic()
            fetch(caller)
            _went_well(upper)


def fetch(caller: Caller, *, wait: int | None = None) -> bool:
    """One batch, if there is one within the time: taken and acknowledged (取一批)."""
    after, _ = receiving.last_taken(caller.peer)
    said = {} if wait is None else {"wait": wait}
    with caller.next_batch(after, **said) as found:
        if found is None:
            return False
        head, pieces = found
        batch = receiving.take(caller.peer, head, pieces, above=True, at=timezone.now())
    caller.acknowledge(batch)
    return True


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
        align(caller)
        while not stopping.is_set():
            while hand_up(caller):
                pass
            for _ in line.notifies(timeout=5.0, stop_after=1):
                pass


def align(caller: Caller) -> bool:
    """Hold this node's numbers against what the upper node has taken (对齐批号); whether they differed."""
    taken = caller.ask("GET", "/taken") or {}
    return sending.realign(caller.peer, seq=int(taken["seq"]), root=str(taken["root"]), at=timezone.now())


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


def _upper() -> Member | None:
    return peers().above


def _again_and_again(loop: Callable[[threading.Event], None], stopping: threading.Event) -> None:
    failures = 0
    while not stopping.is_set():
        started = time.monotonic()
        close_old_connections()
        try:
            loop(stopping)
        except HINDRANCES as error:
            _went_wrong(str(error))
        except DATABASE_AWAY:
            logger.warning("数据库连接中断, 稍后继续 (%s)", loop.__name__)
        except Exception:
            logger.exception("与上级交换的%s中断, 稍后继续", loop.__name__)
            _went_wrong("本节点内部错误, 详见日志")
        failures = 0 if time.monotonic() - started > 60 else failures + 1
        stopping.wait(PATIENCE_S[min(failures, len(PATIENCE_S)) - 1] if failures else 0.5)


def _went_well(upper: Member, *, at: datetime | None = None) -> None:
    now = at or timezone.now()
    Road.objects.update_or_create(
        peer_code=upper.code, defaults={"tried_at": now, "reached_at": now, "problem": ""}
    )


def _went_wrong(problem: str) -> None:
    try:
        upper = _upper()
        if upper is not None:
            Road.objects.update_or_create(
                peer_code=upper.code, defaults={"tried_at": timezone.now(), "problem": problem[:300]}
            )
    except Exception:  # the database itself may be what is wrong
        logger.exception("交换状态没有记下")
