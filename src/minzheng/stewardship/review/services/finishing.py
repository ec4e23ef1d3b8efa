"""Words that a process left unfinished (补写处置): loaded, but not written down; whoever looks next writes them down."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from minzheng.exchange.clean.columns import quote
from minzheng.exchange.held.loading import Alongside
from minzheng.exchange.held.staging import HeldRowError
from minzheng.foundation.access.scope import Scope
from minzheng.foundation.access.standing import as_node
from minzheng.foundation.accounts.models import User
from minzheng.foundation.database.arrow import Bulk, bulk
from minzheng.registry import following
from minzheng.stewardship.review import queries
from minzheng.stewardship.review.models import Decision, Unfinished
from minzheng.stewardship.review.services.writing import keep
from minzheng.stewardship.review.settling import lock_row, settle
from minzheng.stewardship.review.terms import Kind

SAID = (
    "kind", "item_id", "batch_id", "row_no", "role", "person_id", "other_id", "about_id", "needs_second", "reason",
    "by_id", "by_name", "division_code", "at",
)  # fmt: skip


def unfinished(word: Decision) -> Alongside:
    """Leaves a word's columns beside what it does to the register, in the same transaction."""
    said = {name: getattr(word, name) for name in SAID}
    text = quote(json.dumps(said, default=str, ensure_ascii=False))
    place = quote(word.division_code) if word.division_code else "NULL"

    def write(work: Bulk) -> None:
        values = f"'{word.batch_id}', {word.row_no}, {text}::jsonb, {place}"
        work.run(
            f"INSERT INTO review_unfinished (batch_id, row_no, said, division_code) VALUES ({values})"  # noqa: S608 - quoted
            " ON CONFLICT (batch_id, row_no) DO NOTHING"
        )

    return write


def finish_left(scope: Scope) -> int:
    """Write down every word left within a scope; returns how many (补写未写完的处置). Asked at every look: mostly none.

    Splitting and joining leave none: word and effect are one transaction. What follows from any of it is caught up with.
    """
    following.catch_up()
    return sum(finish_row(*one) for one in queries.left_unfinished(scope))


def finish_row(batch_id: UUID, row_no: int) -> bool:
    """Write down the word left on a row, if there is one and nobody is just at it; as the node, for it was said already."""
    with as_node():
        if not Unfinished.objects.filter(batch_id=batch_id, row_no=row_no).exists():
            return False
        with transaction.atomic():
            lock_row(batch_id, row_no)  # who is at it has ended now, and taken his word with him
            left = Unfinished.objects.filter(batch_id=batch_id, row_no=row_no).first()
            return left is not None and _finish(left)


def _finish(left: Unfinished) -> bool:
    try:
        with transaction.atomic():
            word = _written(dict(left.said))
            settle(left.batch_id, left.row_no, at=word.at, alongside=lambda _: None)
    except HeldRowError:  # the source has said otherwise since: the row waits for someone to look at it
        left.delete()
        return False
    left.delete()
    return True


def _written(said: dict[str, Any]) -> Decision:
    """The word as it was said, with the official and the time of then."""
    by = User.objects.filter(pk=said.pop("by_id")).first()
    kind, reason, name = Kind(str(said.pop("kind"))), str(said.pop("reason")), str(said.pop("by_name"))
    at = datetime.fromisoformat(str(said.pop("at")))
    for column in ("batch_id", "person_id", "other_id"):
        said[column] = UUID(str(said[column])) if said[column] else None
    return keep(kind, by=by or name, at=at, reason=reason, **said)


def forget(word: Decision) -> None:
    """A word that can't take effect leaves nothing to be finished, though its transaction is undone."""
    with bulk() as work:
        row = f"batch_id = '{word.batch_id}' AND row_no = {word.row_no}"
        work.run(f"DELETE FROM review_unfinished WHERE {row}")  # noqa: S608 - an identity and a number
        work.commit()
