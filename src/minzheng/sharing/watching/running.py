"""Watching, once a minute (交换监控运行): measure, hold against the rules, tell the upper node, count for the exporter.

It stands beside the road to the upper node, not in the queue of jobs: a file that takes an hour must not hide an alarm.
"""

import logging
import threading
from collections.abc import Callable
from datetime import datetime

from django.db import close_old_connections
from django.utils import timezone

from minzheng.foundation.members.services import MemberError
from minzheng.sharing.between.calling import CallError
from minzheng.sharing.watching import lineage, reports
from minzheng.sharing.watching.alarms import services as alarms
from minzheng.sharing.watching.alarms.readings import readings
from minzheng.sharing.watching.alarms.rules import RuleError
from minzheng.sharing.watching.measuring import keeping
from minzheng.sharing.watching.terms import MEASURED_EVERY_S

logger = logging.getLogger(__name__)
THIN_EVERY = 60  # looks
FIRST_AFTER_S = 5.0


def run(stopping: threading.Event) -> None:
    """Every minute until asked to stop (运行)."""
    looks = 0
    stopping.wait(FIRST_AFTER_S)
    while not stopping.is_set():
        close_old_connections()
        look(at=timezone.now(), thin=looks % THIN_EVERY == 0)
        looks += 1
        stopping.wait(MEASURED_EVERY_S)


def look(*, at: datetime, thin: bool = False) -> None:
    """One look; what hinders one step hinders no other (一次)."""
    steps: list[tuple[str, Callable[[], object]]] = [("测量", lambda: _measure(at, thin=thin))]
    steps += [("上报道路", lambda: reports.tell_upper(at=at)), ("数据血缘", lambda: lineage.tell(at=at))]
    for name, step in steps:
        try:
            step()
        except (CallError, MemberError, RuleError, lineage.LineageError) as error:
            logger.warning("交换监控的%s没有完成: %s", name, error)
        except Exception:
            logger.exception("交换监控的%s中断, 下一分钟再试", name)


def _measure(at: datetime, *, thin: bool) -> None:
    if not keeping.look(at=at):
        return
    reports.note_own(at=at)
    alarms.hold_against_rules(readings(at=at), at=at)
    if thin:
        keeping.thin(at=at)
