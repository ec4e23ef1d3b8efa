"""Who may be given what (可给谁): asked before a parcel is made, and again before it is filled and handed over.

A member of the division tree is given what is its own: a lower node what belongs to its division, the upper one what belongs to
ours. Any other only what a grant of the method 电子报文 allows: its fields, masked where it says so, and its rows. The grant
is that of the system which bears the member's code (``system_of``).
"""

import datetime
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from minzheng.foundation.access.scope import Scope
from minzheng.foundation.accounts.models import User
from minzheng.foundation.members.models import Member
from minzheng.foundation.members.services import own_code
from minzheng.kernel.division import prefix
from minzheng.sharing.grants.granted.fields import Field
from minzheng.sharing.grants.granted.masks import masked
from minzheng.sharing.grants.granted.reading import granted_fields
from minzheng.sharing.grants.models import Grant
from minzheng.sharing.grants.terms import Method
from minzheng.sharing.grants.using import grant_for, open_grants
from minzheng.standards import queries as standards
from minzheng.standards.errors import StandardsError
from minzheng.standards.queries import DataSetSpec


class NotAllowedError(ValueError):
    """These data may not be given to this member; the message is the reason in Chinese (不得提供)."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """What may be given at most (许可): rows of a division; under a grant its fields by heading, its period and its codes."""

    division: str
    grant: str = ""
    fields: Mapping[str, Field] | None = None  # none: all that are kept
    masked: frozenset[str] = field(default_factory=frozenset)
    from_on: datetime.date | None = None
    to_on: datetime.date | None = None
    codes: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def hidden(self, pieces: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The rows with what is to be masked masked (遮蔽)."""
        for piece in pieces:
            columns = [
                self._hidden(name, piece.column(n)) if name in self.masked else piece.column(n)
                for n, name in enumerate(piece.schema.names)
            ]
            yield pa.RecordBatch.from_arrays(columns, names=piece.schema.names)

    def _hidden(self, name: str, column: pa.Array) -> pa.Array:
        one = (self.fields or {})[name]
        is_day = one.element.data_type == "D"
        values = [datetime.date.fromisoformat(v) if is_day and v else v for v in column.to_pylist()]
        return pa.array([masked(one, value) for value in values], pa.string())


Allows = Callable[[Member, DataSetSpec, Sequence[str] | None, datetime.datetime], Allowed]


def by_right(
    to: Member, data_set: DataSetSpec, headings: Sequence[str] | None, at: datetime.datetime
) -> Allowed:
    """A node above or below by the tree, anyone else by a grant (可提供的内容). Raises ``NotAllowedError``."""
    try:
        return within_the_tree(to, data_set, headings, at)
    except NotAllowedError as refused:
        grant = grant_for(system_of(to), data_set.key, Method.PARCEL, at=at)
        if grant is None:
            raise refused
    allowed = _under(grant)
    beyond = [heading for heading in headings or () if heading not in (allowed.fields or {})]
    if beyond:
        raise NotAllowedError(f"{grant}没有给出字段 {'、'.join(beyond[:10])}")
    return allowed


def system_of(member: Member) -> str:
    """The code of the system under whose grants a member is given parcels (成员对应的接入系统)."""
    return f"node-{member.code}" if member.kind == Member.NODE else member.code.lower()


def again(number: str, *, at: datetime.datetime) -> tuple[Grant, Allowed]:
    """The grant a parcel was asked for under, as it is now (复核授权). Raises ``NotAllowedError`` where it is over."""
    pk = int(number) if number.isdigit() else 0
    grant = open_grants([pk], Method.PARCEL, at=at).get(pk)
    if grant is None:
        raise NotAllowedError(f"授权 {number} 已撤回或到期, 不能提供")
    return grant, _under(grant)


def _under(grant: Grant) -> Allowed:
    fields = {one.heading: one for one in granted_fields(grant)}
    return Allowed(
        grant.division_code, str(grant.pk), fields, frozenset(h for h, one in fields.items() if one.name in grant.masked),
        grant.rows_from_on, grant.rows_to_on, grant.condition,
    )  # fmt: skip


def within_the_tree(
    to: Member,
    data_set: DataSetSpec,
    headings: Sequence[str] | None,  # noqa: ARG001 - every rule is asked the same
    at: datetime.datetime,  # noqa: ARG001
) -> Allowed:
    """A node above or below gets what is its own (上下级节点). Raises ``NotAllowedError``."""
    ours, theirs = prefix(own_code()), prefix(to.division_code)
    if to.kind == Member.NODE and theirs.startswith(ours):
        return Allowed(to.division_code)
    if to.kind == Member.NODE and ours.startswith(theirs):
        return Allowed(own_code())
    raise NotAllowedError(f"{to.name} 不是本节点的上下级节点, 提供{data_set.name}须先经授信")


def may_read(by: User | str | None, data_set: str) -> str:
    """Why an official may not open or read a parcel of a data set (不得开启); empty where he may, and for the node itself.

    What is received is this node's: it takes one whose division, level and business reach as far.
    """
    if not isinstance(by, User):
        return ""
    scope = Scope.of(by)
    if not scope.covers(own_code()):
        return "报文归本节点, 不在您的数据范围内"
    try:
        spec = standards.data_set(data_set)
    except StandardsError:  # of no business we know
        return "" if scope.businesses is None else "报文的数据集不在您的业务范围内"
    if not scope.allows_business(spec.business_code):
        return f"{spec.name}不在您的业务范围内"
    level = int(spec.data_level.removeprefix("L") or 4)
    return "" if scope.allows_level(level) else f"{spec.name}的数据级别是 {spec.data_level}, 高于您的数据级别"
