"""How far a user sees (数据范围): a division's subtree, up to a data level, in some businesses."""

from dataclasses import dataclass
from typing import Self

from minzheng.foundation.accounts.models import User
from minzheng.foundation.accounts.terms import DataLevel
from minzheng.kernel.division import prefix


@dataclass(frozen=True, slots=True)
class Scope:
    """First argument of everything that lists (数据范围).

    ``businesses`` None means every business; ``user_id`` None means the node itself acts.
    """

    division_code: str
    data_level: int
    businesses: frozenset[str] | None = None
    user_id: int | None = None

    @property
    def prefix(self) -> str:
        """What every division code inside the scope begins with (区划前缀)."""
        return prefix(self.division_code)

    def covers(self, division_code: str | None) -> bool:
        """Whether a division lies inside (是否辖区内); one not known lies outside."""
        return bool(division_code) and str(division_code).startswith(self.prefix)

    def allows_level(self, level: int) -> bool:
        """Whether data of this level, 1–4, may be seen (是否在密级内)."""
        return level <= self.data_level

    def allows_business(self, business_code: str) -> bool:
        """Whether a business's records may be seen (是否在业务范围内)."""
        return self.businesses is None or business_code in self.businesses

    @classmethod
    def of(cls, user: User) -> Self:
        """A user's own scope (账号的数据范围)."""
        businesses = frozenset(user.businesses) or None
        return cls(user.division_code, user.data_level, businesses, user_id=user.pk)

    @classmethod
    def system(cls, division_code: str) -> Self:
        """The node's own scope, for jobs and commands: everything in its division (节点自身的范围)."""
        return cls(division_code, DataLevel.L4.value)
