"""Which decisions stand (效力): derived from the words themselves, for none of them is ever changed.

A decision that needs a second official stands once approved; it is gone once rejected, or undone by a word that stands.
"""

from collections.abc import Iterable, Sequence

from minzheng.stewardship.review.models import Decision
from minzheng.stewardship.review.terms import CHOICES, FINAL, Kind, State

VERDICTS = (Kind.APPROVE, Kind.REJECT)


class Standing:
    """The decisions of one row or person, judged (处置效力)."""

    def __init__(self, decisions: Iterable[Decision]) -> None:
        self.decisions = sorted(decisions, key=lambda d: d.pk)
        self._about: dict[int, list[Decision]] = {}
        for one in self.decisions:
            if one.about_id is not None:
                self._about.setdefault(one.about_id, []).append(one)

    def verdict(self, decision: Decision) -> Decision | None:
        """The second official's word on it."""
        return next((d for d in self._about.get(decision.pk, ()) if d.kind in VERDICTS), None)

    def pending(self, decision: Decision) -> bool:
        """Whether it waits for a second official."""
        said = self.verdict(decision)
        withdrawn = any(d.kind == Kind.UNDO and not d.needs_second for d in self._about.get(decision.pk, ()))
        return decision.needs_second and said is None and not withdrawn

    def took_effect(self, decision: Decision) -> Decision | None:
        """The word by which it took effect: its own, or the approval; None where it has not."""
        if not decision.needs_second:
            return decision
        said = self.verdict(decision)
        return said if said is not None and said.kind == Kind.APPROVE else None

    def undone_by(self, decision: Decision) -> Decision | None:
        """The word that undid it, if that stands."""
        undos = [d for d in self._about.get(decision.pk, ()) if d.kind == Kind.UNDO]
        return next((d for d in undos if self.took_effect(d)), None)

    def undo_pending(self, decision: Decision) -> bool:
        """Whether someone has asked to undo it and a second official has not spoken yet."""
        return any(d.kind == Kind.UNDO and self.pending(d) for d in self._about.get(decision.pk, ()))

    def stands(self, decision: Decision) -> bool:
        """Whether it has taken effect and was not undone."""
        return self.took_effect(decision) is not None and self.undone_by(decision) is None

    def of_item(self, item_id: int) -> Decision | None:
        """What holds for a row's role now: the last choice that stands or waits for a second official."""
        return next(
            (
                d
                for d in reversed(self.decisions)
                if d.item_id == item_id and d.kind in CHOICES and (self.pending(d) or self.stands(d))
            ),
            None,
        )

    def final(self, item_id: int) -> Decision | None:
        """The choice that settles a row's role, if it stands."""
        held = self.of_item(item_id)
        return held if held is not None and held.kind in FINAL and self.stands(held) else None

    def state(self, item_id: int, *, row_returned: bool) -> str:
        """The state of a row's role that follows."""
        held = self.of_item(item_id)
        if row_returned:
            return State.DECIDED
        if held is None:
            return State.OPEN
        if self.pending(held):
            return State.PROPOSED
        return State.ASIDE if held.kind == Kind.ASIDE else State.DECIDED

    def last(self, items: Sequence[int] = ()) -> int:
        """The number of the last word: who decides says up to which he has read."""
        found = [d.pk for d in self.decisions if not items or d.item_id in items]
        return max(found, default=0)
