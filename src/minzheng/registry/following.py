"""What others make of persons changed by hand (人员变更之后): engines above say what they do; nothing here names one.

Two moments. ``when_moved``: claims have moved from person to person, in the transaction in which they moved, for what must
never be seen otherwise. ``when_changed``: the change stands, a row that was held back is in, or any of it is undone; called
at least once with the persons it touched, and what is called may be told the same persons again. Whom nobody has looked at
yet is written down with the change, so that a process that dies in between costs nothing: ``catch_up``. What a batch
changes is told by ``exchange.following``.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Protocol
from uuid import UUID

from django.db import transaction

from minzheng.foundation.access.standing import as_node
from minzheng.foundation.database.arrow import Statements
from minzheng.registry.models import HandChange

logger = logging.getLogger(__name__)


class Settle(Protocol):
    """Puts right what the moved claims' records say; returns the persons of whom they now say something else (随移动核定).

    ``records`` and ``persons`` are queries of ids, ``at`` is SQL.
    """

    def __call__(self, work: Statements, *, records: str, persons: str, at: str) -> Sequence[UUID]: ...


_when_moved: dict[str, Settle] = {}
_when_changed: dict[str, Callable[[Sequence[UUID]], None]] = {}


def when_moved(name: str, settle: Settle) -> None:
    """Have what follows from moved claims settled with them (随移动核定); said once at start, by name."""
    _when_moved[name] = settle


def moved(work: Statements, *, records: str, persons: str, at: str) -> list[UUID]:
    """Call those who settle, in the order of their names; returns whom they touched."""
    touched: dict[UUID, None] = {}
    for _, settle in sorted(_when_moved.items()):
        touched |= dict.fromkeys(settle(work, records=records, persons=persons, at=at))
    return list(touched)


def when_changed(name: str, look: Callable[[Sequence[UUID]], None]) -> None:
    """Have persons changed by hand looked at (人员变更之后); said once at start, by name."""
    _when_changed[name] = look


def changed(person_ids: Sequence[UUID]) -> None:
    """Call those who look at changed persons, in the order of their names."""
    if person_ids:
        for _, look in sorted(_when_changed.items()):
            look(list(dict.fromkeys(person_ids)))


def to_be_looked_at(person_ids: Sequence[UUID], *, at: datetime) -> None:
    """Persons changed in the caller's transaction are looked at once it stands (待跟进)."""
    if not person_ids:
        return
    with as_node():
        left = HandChange.objects.create(person_ids=list(dict.fromkeys(person_ids)), at=at)
    transaction.on_commit(partial(_safely, left.pk))


def catch_up() -> int:
    """Look at whom a process that died had changed; returns how many changes (补做跟进). Mostly there are none."""
    with as_node():
        left = list(HandChange.objects.order_by("id").values_list("pk", flat=True))
    return sum(_safely(one) for one in left)


def _safely(change: int) -> bool:
    """What a look raises is logged and hinders nobody; it is looked at again."""
    try:
        return _look(change)
    except Exception:
        logger.exception("人员变更之后的核查没有完成")
        return False


def _look(change: int) -> bool:
    with as_node(), transaction.atomic():
        left = HandChange.objects.select_for_update(skip_locked=True).filter(pk=change).first()
        if left is None:  # someone else is at it, or has been
            return False
        changed(left.person_ids)
        left.delete()
        return True
