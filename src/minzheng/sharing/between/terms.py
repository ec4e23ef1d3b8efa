"""Words of the exchange between nodes (节点间交换用语)."""

from django.db.models import TextChoices


class Direction(TextChoices):
    """Which way a batch went (方向)."""

    OUT = "out", "发出"
    IN = "in", "接收"


class Received(TextChoices):
    """How far a received batch is (接收状态)."""

    KEPT = "kept", "已收存"
    APPLIED = "applied", "已入库"
    REFUSED = "refused", "已拒收"


class GapKind(TextChoices):
    """How an item differs between a lower node and the upper one (差异)."""

    MISSING = "missing", "缺"
    EXTRA = "extra", "多"


MOVED = "moved"  # operation of an outbox entry: the subjects have another division now
WHOLE = "whole"  # operation of a dispatch: everything of the subjects, for one who has nothing of them yet
GONE = "gone"  # operation of a dispatch: the subjects have left the receiver's division
HOME = "home"  # operation of an entry and its dispatch: where its subjects are registered, for who has only a part of them
HOMES = "homes"  # the data set of such entries: nobody who follows the changes of persons need hear of them
DISPUTES = "disputes"  # the data set of dispatches whose subjects are disputed values
PERSONS = "persons"  # the data set of outbox entries whose subjects are persons
