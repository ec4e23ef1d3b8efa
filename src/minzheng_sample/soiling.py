"""How a value becomes dirty (弄脏): numbers, names, dates, addresses as clerks write them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from minzheng_sample.dirt import Dirt, Marks
from minzheng_sample.name_tables import HOMOPHONES, VARIANTS
from minzheng_sample.streams import Bytes, Flags, Ints
from minzheng_sample.text import (
    DATE_STYLES,
    Column,
    change,
    civil,
    dates,
    days_of,
    fixed_width,
    full_width,
    join,
    map_rows,
    where,
)

Spelling = Callable[[str, float], str]  # a name and a number in [0, 1) to the misspelt name


@dataclass
class Soiler:
    """Makes values dirty and notes it (弄脏器): one random stream, one set of marks for the rows at hand."""

    rng: np.random.Generator
    share: Dirt
    marks: Marks

    def luck(self, share: float | np.ndarray, among: Flags | None = None) -> Flags:
        """Rows hit by a share, among the given ones (抽中)."""
        hit = self.rng.random(len(self.marks.mask)) < share
        return hit if among is None else hit & among

    def _hit(self, kind: str, share: float | np.ndarray, among: Flags | None = None) -> Flags:
        flags = self.luck(share, among)
        self.marks.add(flags, kind)
        return flags

    def numbers(
        self,
        clean: Bytes,
        born_year: Ints,
        missing: float | np.ndarray,
        spared: Flags | None = None,
        required: bool = False,
    ) -> Column:
        """Identity numbers as written (证件号码写法).

        ``clean`` (rows, 18) bytes; ``spared`` rows keep a good number.
        """
        spared = np.zeros(len(clean), np.bool_) if spared is None else spared
        absent = self._hit("required_missing" if required else "number_missing", missing, ~spared)
        wrong = self._hit("number_wrong_check", self.share.number_wrong_check, ~absent & ~spared)
        matrix = clean.copy()
        at = np.flatnonzero(wrong)
        place = self.rng.integers(14, 17, len(at))
        matrix[at, place] = (matrix[at, place] - 48 + self.rng.integers(1, 10, len(at))) % 10 + 48
        column = fixed_width(matrix)
        short = self._hit(
            "number_15", self.share.number_15, (born_year < 1956) & ~absent & ~wrong & (born_year >= 1900)
        )
        column = change(
            column, short, lambda c: join(pc.utf8_slice_codeunits(c, 0, 6), pc.utf8_slice_codeunits(c, 8, 17))
        )
        ends_in_x = (matrix[:, 17] == ord("X")) & ~short & ~absent
        column = change(
            column, self._hit("number_lower_x", self.share.number_lower_x, ends_in_x), pc.utf8_lower
        )
        column = change(
            column, self._hit("number_full_width", self.share.number_full_width, ~absent), full_width
        )
        spaced = self._hit("number_spaced", self.share.number_spaced, ~absent)
        column = change(column, spaced, lambda c: join(" ", c, " "))
        return where(absent, None, column)

    def names(self, clean: Column, typo: float | np.ndarray | None = None) -> Column:
        """Names as written (姓名写法): variants, homophones, stray blanks and line breaks."""
        typed = self.luck(self.share.name_typo if typo is None else typo)
        column = self._respell(clean, typed, "name_typo", _mistype)
        column = self._respell(column, self.luck(self.share.name_variant), "name_variant", _vary)
        gap = "　" if self.rng.random() < 0.5 else " "
        spaced = self._hit("name_spaced", self.share.name_spaced)
        column = change(column, spaced, lambda c: map_rows(c, lambda name: name[:1] + gap + name[1:]))
        broken = self._hit("name_line_break", self.share.name_line_break)
        return change(column, broken, lambda c: join(c, "\n"))

    def _respell(self, column: Column, flags: Flags, kind: str, how: Spelling) -> Column:
        """Respell flagged names that have a character to confuse; only those are marked."""
        at = np.flatnonzero(flags)
        if not len(at):
            return column
        before = pc.take(column, pa.array(at))
        luck = iter(self.rng.random(len(at)).tolist())
        after = map_rows(before, lambda name: how(name, next(luck)))
        changed = np.zeros(len(flags), np.bool_)
        changed[at] = np.asarray(pc.not_equal(before, after).fill_null(False))
        self.marks.add(changed, kind)
        return change(column, changed, lambda _: pc.filter(after, pa.array(changed[at])))

    def births(self, born: Ints, numbered: Flags, spared: Flags) -> tuple[Ints, Flags]:
        """Birth days as written and which are missing (出生日期写法).

        An error contradicts a number where there is one.
        """
        share = np.where(numbered, self.share.birth_error, self.share.birth_error_no_number)
        absent = np.where(numbered, self.share.birth_missing, self.share.birth_missing_no_number)
        missing = self._hit("birth_missing", absent, ~spared)
        wrong = self.luck(share, ~missing & ~spared)
        self.marks.add(wrong & numbered, "birth_contradicts")
        self.marks.add(wrong & ~numbered, "birth_error")
        return np.where(wrong, _misread(self.rng, born), born), missing

    def dates(self, days: Ints, style: str, required: bool = False) -> Column:
        """Days in the file's spelling, some in another (日期写法)."""
        column = dates(days, style)
        other = self._hit("date_other_style", self.share.date_other_style)
        which = self.rng.integers(1, len(DATE_STYLES), len(days))
        for i in range(1, len(DATE_STYLES)):
            name = DATE_STYLES[(DATE_STYLES.index(style) + i) % len(DATE_STYLES)]
            chosen = other & (which == i)
            at = np.flatnonzero(chosen)
            column = change(column, chosen, lambda _, at=at, name=name: dates(days[at], name))  # type: ignore[misc]
        if required:
            impossible = self._hit("date_impossible", self.share.date_impossible)
            year = civil(days)[0]
            column = change(
                column, impossible, lambda _: join(pa.array(year[impossible]).cast(pa.string()), "-02-30")
            )
        return column

    def addresses(self, clean: Column, rewritten: float | np.ndarray = 0.0) -> Column:
        """Addresses as written (地址写法).

        Missing, shortened, with blanks, line breaks or full-width digits.
        """
        shorter = self._hit("address_rewritten", rewritten)
        column = change(clean, shorter, _rewrite_address)
        spaced = self._hit("address_spaced", self.share.address_spaced)
        column = change(column, spaced, lambda c: map_rows(c, lambda text: f"{text[:6]} {text[6:]} "))
        broken = self._hit("address_line_break", self.share.address_line_break)
        column = change(column, broken, lambda c: map_rows(c, lambda text: f"{text[:12]}\n{text[12:]}"))
        column = change(column, self._hit("address_full_width", self.share.address_full_width), full_width)
        return where(self._hit("address_missing", self.share.address_missing), None, column)

    def phones(self, clean: Column, missing: float | np.ndarray | None = None) -> Column:
        """Phones as written (电话写法)."""
        column = change(clean, self._hit("phone_full_width", self.share.phone_full_width), full_width)
        spaced = self._hit("phone_spaced", self.share.phone_spaced)
        column = change(
            column, spaced, lambda c: map_rows(c, lambda text: f"{text[:3]} {text[3:7]} {text[7:]}")
        )
        return where(
            self._hit("phone_missing", self.share.phone_missing if missing is None else missing), None, column
        )

    def amounts(self, fen: Ints) -> Column:
        """Yuan as text (金额写法): ``1605.00``, some ``1,605.00``, ``1605元`` or full-width."""
        whole, rest = fen // 100, fen % 100
        column = join(pa.array(whole).cast(pa.string()), ".", fixed_width(_two_digits(rest)))
        commas = self._hit("amount_commas", self.share.amount_commas, whole >= 1000)
        column = change(column, commas, lambda c: map_rows(c, lambda text: f"{float(text):,.2f}"))
        yuan = self._hit("amount_yuan", self.share.amount_yuan, ~commas)
        column = change(column, yuan, lambda c: join(pc.replace_substring_regex(c, r"\.00$", ""), "元"))
        return change(column, self._hit("amount_full_width", self.share.amount_full_width), full_width)


_EARS = {c: group.replace(c, "") for group in HOMOPHONES for c in group}


def _mistype(name: str, luck: float) -> str:
    for i in range(len(name) - 1, 0, -1):
        others = _EARS.get(name[i])
        if others:
            return name[:i] + others[int(luck * len(others))] + name[i + 1 :]
    return name


def _vary(name: str, _luck: float) -> str:
    return "".join(VARIANTS.get(c, c) for c in name)


def _two_digits(numbers: Ints) -> Bytes:
    figures: Bytes = (numbers[:, None] // np.array([10, 1]) % 10 + 48).astype(np.uint8)
    return figures


def _misread(rng: np.random.Generator, born: Ints) -> Ints:
    """Day and month swapped where that is a date, else one digit of the day or the decade wrong."""
    year, month, day = civil(born)
    digit = days_of(year, month, np.where(day > 18, day - 10, day + 10))
    decade = days_of(np.where(year % 100 >= 10, year - 10, year + 0), month, np.minimum(day, 28))
    decade = np.where(decade == born, digit, decade)
    luck = rng.random(len(born))
    swapped = np.where((day <= 12) & (day != month) & (luck < 0.6), days_of(year, day, month), digit)
    wrong = np.where(luck < 0.8, swapped, decade)
    return np.where(wrong > born.max(initial=0), days_of(year - 10, month, np.minimum(day, 28)), wrong)


def _rewrite_address(column: Column) -> Column:
    without = pc.replace_substring_regex(column, r"^[^省]{1,4}省", "")
    return pc.replace_substring_regex(without, r"幢(\d+)单元(\d+)室$", r"栋\1-\2")
