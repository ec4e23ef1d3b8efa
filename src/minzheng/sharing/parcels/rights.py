"""Who may be given what (可给谁): asked before a parcel is made.

Without a grant only members of the division tree are given anything, and only what is theirs: a lower node what belongs to its
division, the upper one what belongs to ours.
"""

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from minzheng.foundation.members.models import Member
from minzheng.foundation.members.services import own_code
from minzheng.kernel.division import prefix
from minzheng.standards.queries import DataSetSpec


class NotAllowedError(ValueError):
    """These data may not be given to this member; the message is the reason in Chinese (不得提供)."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """What may be given at most (许可): rows of a division, under a grant."""

    division: str
    grant: str = ""


Allows = Callable[[Member, DataSetSpec, Sequence[str], datetime.datetime], Allowed]


def within_the_tree(
    to: Member,
    data_set: DataSetSpec,
    fields: Sequence[str],  # noqa: ARG001 - every rule is asked the same
    at: datetime.datetime,  # noqa: ARG001
) -> Allowed:
    """A node above or below gets what is its own (上下级节点). Raises ``NotAllowedError``."""
    ours, theirs = prefix(own_code()), prefix(to.division_code)
    if to.kind == Member.NODE and theirs.startswith(ours):
        return Allowed(to.division_code)
    if to.kind == Member.NODE and ours.startswith(theirs):
        return Allowed(own_code())
    raise NotAllowedError(f"{to.name} 不是本节点的上下级节点, 提供{data_set.name}须先经授信")
