"""How a room declares what follows from its records (线索声明), in its ``signals.py``.

A kind is a query over the room's own tables and the register's that finds every subject it holds for. The engine runs it
for all subjects, or for those a batch may have touched; both ways must end alike, so a query depends on nothing but
the tables and the dated parameters it names.

In the SQL, ``{each:TABLE b ON … IF …}`` joins a table to what stands before it, and ``{any:…}`` where there may be none:
one look-up a row where a batch is followed, a plain join left to the planner where everything is looked at. ``ON`` names the
columns of the index that is meant, and what a partial index demands; ``IF`` all else.
``{name:division}`` is the value of the parameter
declared under that name, valid on the day of the run in the division the expression gives.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from minzheng.foundation.access.row_security import tell_business

Subject = Literal["person", "organisation", "account", "address"]
SUBJECTS: Mapping[str, str] = {
    "person": "人员",
    "organisation": "机构",
    "account": "银行卡",
    "address": "住址",
}


@dataclass(frozen=True)
class Kind:
    """One kind of signal (线索类别).

    ``of_asked`` and ``of_all``: the rows a finding is made from, of the subjects in the temporary table ``asked`` (id), and
    of everyone: the same rows, each begun from where there are fewest.
    ``found``: a query of (subject_id, division_code, since, amount_fen, person_ids, record_ids, facts, said), a row a
    subject, over ``{rows}``. ``facts`` is the text of what makes the signal this one: a discarded signal comes back only
    when it changes.
    ``said`` is one sentence for the official, without names or numbers of persons. ``amount_fen`` is the money at stake,
    null where none is. ``person_ids`` and ``record_ids`` name every person and record the finding rests on, so that the
    engine looks again when one of them changes.

    ``touched``: a query of the subjects for which the kind may newly hold, from the temporary tables ``touched_record``
    (id, stands), records written, and those closed, which do not stand; ``touched_claim`` (person_id, role, record_id),
    their claims and those taken from someone; ``touched_person`` (id, renewed), everyone these speak of, ``renewed`` where
    the golden row was written anew. Those that have a signal already are looked at in any case.

    ``closing``: a query of (signal_id, reason) over the temporary table ``gone`` (signal_id, subject_id, person_ids,
    record_ids), that says why a signal no longer holds; the first reason of a signal counts.
    ``money``: how the money at stake was reckoned. ``parameters``: name in the SQL → key of the dated parameter and the whole
    number that holds where the node's standards do not have it yet.
    """

    key: str
    label: str
    why: str
    basis: str
    advice: tuple[str, ...]
    business_code: str
    subject: Subject
    step: str
    of_asked: str
    of_all: str
    found: str
    touched: str
    closing: str = ""
    money: str = ""
    parameters: Mapping[str, tuple[str, int]] = field(default_factory=dict)


class UnknownKindError(ValueError):
    """No room declares this kind of signal (没有这类线索)."""


_KINDS: dict[str, Kind] = {}


def register(kind: Kind) -> Kind:
    """Make a kind known to the engine; called by a room's ``signals.py`` (登记线索类别)."""
    if kind.key in _KINDS and _KINDS[kind.key] is not kind:
        raise ValueError(f"signal kind {kind.key!r} is declared twice")
    _KINDS[kind.key] = kind
    tell_business(kind.key, None, kind.business_code)
    return kind


def kinds() -> dict[str, Kind]:
    """All declared kinds by key, in the order of their businesses (全部线索类别)."""
    return dict(sorted(_KINDS.items(), key=lambda item: (item[1].business_code, item[0])))


def kind_named(key: str) -> Kind:
    """The kind of this key; raises ``UnknownKindError`` naming those there are."""
    try:
        return _KINDS[key]
    except KeyError:
        known = "、".join(f"{k.key}({k.label})" for k in kinds().values())
        raise UnknownKindError(f"没有线索类别 {key}, 现有: {known}") from None
