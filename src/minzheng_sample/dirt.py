"""The dirt of real files (脏数据): each kind with its share, and the marks that say what was done to a row.

Every share is an assumption of ours: shaped after what data stewards complain of, measured nowhere.
``Dirt`` has one
field a kind; a test or a bench may pass its own.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from minzheng_sample.streams import Flags, Ints
from minzheng_sample.text import (
    Column,
    where,
)


@dataclass(frozen=True)
class Dirt:
    """Shares of rows by kind of dirt (脏数据比例), 0…1. Assumptions all."""

    unlisted: float = 0.005  # living persons the base register does not have
    dead_listed: float = 0.60  # dead of the last years whom the base register still has
    repeated: float = 0.005  # a row written twice, byte for byte
    reentered: float = 0.006  # a person entered again in the same file, differently
    moved: float = 0.008  # a person who moved and stands in the old place's file too, with the old address
    different_name: float = (
        0.0002  # a row with another's number, birth date and sex but a clearly different name
    )
    required_missing: float = 0.0003  # an empty required column (name, head's or spouse's number), so refused
    number_missing: float = 0.05
    number_missing_old: float = 0.09  # of those of 80 and more
    number_missing_reentered: float = 0.40
    number_missing_moved: float = 0.25
    number_missing_member: float = 0.08  # members of households on allowance
    number_missing_dead: float = 0.03
    number_missing_dead_old: float = 0.12  # the dead of 85 and more
    number_missing_representative: float = 0.20
    number_wrong_check: float = 0.0015  # one digit mistyped, so that the check digit fails
    number_lower_x: float = 0.25  # of the numbers ending in X
    number_full_width: float = 0.004
    number_spaced: float = 0.006
    number_15: float = 0.03  # of those born before 1956
    sex_contradicts: float = 0.0005
    birth_error: float = 0.0012  # rows with a number: contradicts it, so refused
    birth_error_no_number: float = 0.02
    birth_missing_no_number: float = 0.02
    birth_missing: float = 0.01
    date_other_style: float = 0.04  # spelled otherwise than the file's custom
    date_impossible: float = 0.0005  # 30 February, in a required column
    name_spaced: float = 0.008
    name_line_break: float = 0.0008
    name_typo: float = 0.002  # a homophone
    name_typo_no_number: float = 0.01
    name_variant: float = 0.002  # a variant character
    address_spaced: float = 0.006
    address_line_break: float = 0.001
    address_full_width: float = 0.003
    address_missing: float = 0.02
    address_rewritten: float = 0.10  # without the province, 栋 for 幢 (re-entered rows, funeral homes)
    lives_elsewhere: float = 0.18  # present address is another than the registered one
    phone_missing: float = 0.22
    phone_changed: float = 0.35  # in re-entered and moved rows
    phone_full_width: float = 0.002
    phone_spaced: float = 0.006
    amount_commas: float = 0.03
    amount_yuan: float = 0.03
    amount_full_width: float = 0.003
    code_missing: float = 0.01  # credit codes, required
    code_wrong_check: float = 0.004
    code_full_width: float = 0.004
    cremated_before_death: float = 0.001  # the two dates swapped, so refused


def with_shares(changes: Iterable[str]) -> Dirt:
    """The shares with some set anew from ``name=value`` texts (改比例). Raises ValueError on a bad one."""
    values: dict[str, float] = {}
    known = {field.name for field in fields(Dirt)}
    for change in changes:
        name, _, value = change.partition("=")
        if name not in known:
            raise ValueError(f"没有这种脏数据比例: {name}, 可用: {', '.join(sorted(known))}")
        try:
            values[name] = float(value)
        except ValueError:
            raise ValueError(f"比例应为 0 到 1 的数: {change}") from None
        if not 0 <= values[name] <= 1:
            raise ValueError(f"比例应为 0 到 1 的数: {change}")
    return Dirt(**values)


KINDS = (
    "repeated",
    "reentered",
    "moved",
    "different_name",
    "required_missing",
    "number_missing",
    "number_wrong_check",
    "number_lower_x",
    "number_full_width",
    "number_spaced",
    "number_15",
    "sex_contradicts",
    "birth_contradicts",
    "birth_error",
    "birth_missing",
    "date_other_style",
    "date_impossible",
    "name_spaced",
    "name_line_break",
    "name_typo",
    "name_variant",
    "address_spaced",
    "address_line_break",
    "address_full_width",
    "address_missing",
    "address_rewritten",
    "lives_elsewhere",
    "phone_missing",
    "phone_changed",
    "phone_full_width",
    "phone_spaced",
    "amount_commas",
    "amount_yuan",
    "amount_full_width",
    "code_missing",
    "code_wrong_check",
    "code_full_width",
    "cremated_twice",
    "cremated_before_death",
    "paid_after_death",
    "dead_listed",
)
_BIT = {kind: np.int64(1) << i for i, kind in enumerate(KINDS)}
REFUSED = (
    "required_missing",
    "number_wrong_check",
    "sex_contradicts",
    "birth_contradicts",
    "date_impossible",
    "code_missing",
    "code_wrong_check",
    "cremated_before_death",
)
REVIEWED = ("different_name",)


@dataclass
class Marks:
    """What was done to each row (行记号): a bit mask of ``KINDS``, shape (rows,)."""

    mask: Ints

    @classmethod
    def of(cls, size: int) -> "Marks":
        """No marks yet (空记号)."""
        return cls(np.zeros(size, np.int64))

    def add(self, flags: Flags, kind: str) -> None:
        """Note one kind of dirt in the flagged rows (记一种)."""
        self.mask[flags] |= _BIT[kind]

    def has(self, *kinds: str) -> Flags:
        """Rows with any of the kinds (含其一)."""
        found: Flags = (self.mask & np.bitwise_or.reduce([_BIT[kind] for kind in kinds])) != 0
        return found

    def counts(self) -> dict[str, int]:
        """Rows by kind (各类行数)."""
        found = {kind: int(self.has(kind).sum()) for kind in KINDS}
        return {kind: count for kind, count in found.items() if count}

    def texts(self) -> Column:
        """The kinds of each row, joined by ``;`` (记号文本)."""
        masks, index = np.unique(self.mask, return_inverse=True)
        words = [";".join(kind for kind in KINDS if mask & _BIT[kind]) for mask in masks]
        return pc.take(pa.array(words, pa.string()), pa.array(index))

    def expected(self) -> Column:
        """``refuse``, ``review`` (taken, but changes nothing until decided) or ``accept`` (预期结果)."""
        return where(
            self.has(*REFUSED), "refuse", where(self.has(*REVIEWED), "review", _constant(len(self.mask)))
        )


def _constant(size: int) -> Column:
    return pc.take(pa.array(["accept"]), pa.array(np.zeros(size, np.int64)))
