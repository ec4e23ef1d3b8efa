"""The division tree and its history (行政区划树)."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from minzheng.kernel import division
from minzheng.standards import models
from minzheng.standards.errors import UnknownStandardError
from minzheng.standards.queries import division_mapping, division_writing


@dataclass(frozen=True, slots=True)
class DivisionSpec:
    """A division while it has this code and name (行政区划), valid in ``[effective_from, effective_to)``."""

    code: str
    name: str
    level: str
    parent_code: str
    kind: str
    effective_from: date | None
    effective_to: date | None

    def valid_on(self, day: date) -> bool:
        """Whether it exists on a day (是否有效)."""
        return (self.effective_from or date.min) <= day < (self.effective_to or date.max)

    @property
    def is_placeholder(self) -> bool:
        """A township of the statistical code only; the county rules its villages directly (虚拟乡级)."""
        return self.kind.startswith("虚拟")


@dataclass(frozen=True, slots=True)
class DivisionChangeSpec:
    """A change on a day (区划变更); ``share`` is 全部, 其余 or the townships that went, by name."""

    changed_on: date
    kind: str
    from_code: str
    from_name: str
    to_code: str
    to_name: str
    share: str
    legal_basis: str
    source: str


@dataclass(frozen=True, slots=True)
class MappedDivision:
    """What a division is in another day's code set (区划对照结果). ``share``: which part of the division
    asked for lies there: 全部, 其余, or the townships by name."""

    code: str
    name: str
    share: str


class DivisionTree:
    """All divisions of all times (行政区划树)."""

    def __init__(self, specs: list[DivisionSpec], changes: list[DivisionChangeSpec], today: date) -> None:
        self._today = today
        self._by_code: dict[str, list[DivisionSpec]] = defaultdict(list)
        for spec in sorted(specs, key=lambda s: (s.code, s.effective_from or date.min)):
            self._by_code[spec.code].append(spec)
        self._by_code = dict(self._by_code)
        self._children: dict[str, list[str]] = defaultdict(list)
        for code, found in self._by_code.items():
            for parent in {spec.parent_code for spec in found}:
                self._children[parent].append(code)
        self.changes = tuple(sorted(changes, key=lambda change: change.changed_on))

    @classmethod
    def load(cls, layers: tuple[tuple[str, str, int, str], ...], today: date) -> "DivisionTree":
        """Read from the published rows (载入). Where layers repeat a division, the upper one is kept."""
        order = [layer[0] for layer in layers]
        names = ("code", "name", "level", "parent_code", "kind", "effective_from", "effective_to")
        found: dict[tuple[str, date | None], DivisionSpec] = {}
        for pack in order:
            for row in models.Division.objects.filter(pack_id=pack).order_by("position").values_list(*names):
                found.setdefault((row[0], row[5]), DivisionSpec(*row))
        parts = ("changed_on", "kind", "from_code", "from_name", "to_code", "to_name", "share")
        changes = models.DivisionChange.objects.filter(pack_id__in=order).order_by("changed_on", "position")
        rows = changes.values_list(*parts, "legal_basis", "source")
        return cls(list(found.values()), [DivisionChangeSpec(*row) for row in rows], today)

    def get(self, code: str, *, on: date | None = None) -> DivisionSpec:
        """The division as it is on a day (default today), else as it last was (区划).

        UnknownStandardError where no division ever had the code.
        """
        found = self._by_code.get(code)
        if not found:
            raise UnknownStandardError(f"没有区划代码“{code}”")
        day = on or self._today
        return next((spec for spec in found if spec.valid_on(day)), found[-1])

    def spans(self, code: str) -> list[DivisionSpec]:
        """A code's whole history, oldest first (代码沿革)."""
        return list(self._by_code.get(code, ()))

    def ended(self) -> list[str]:
        """The codes that no division has today (已废止代码)."""
        return [
            code
            for code, found in self._by_code.items()
            if not any(spec.valid_on(self._today) for spec in found)
        ]

    def children(self, code: str, *, on: date | None = None) -> list[DivisionSpec]:
        """What stands right below (下级), placeholder townships stepped over."""
        day = on or self._today
        found: list[DivisionSpec] = []
        for child in self._children.get(code, ()):
            spec = self.get(child, on=day)
            if not spec.valid_on(day):
                continue
            found += self.children(child, on=day) if spec.is_placeholder else [spec]
        return sorted(found, key=lambda spec: spec.code)

    def divisions(
        self, *, on: date | None = None, under: str | None = None, level: str | None = None
    ) -> list[DivisionSpec]:
        """Divisions valid on a day, below ``under`` itself, of one level; no placeholders (区划列表)."""
        day = on or self._today
        if under is not None:
            self.get(under)
        start = division.prefix(under) if under else ""
        return [
            spec
            for code, found in self._by_code.items()
            if code.startswith(start) and code != under
            for spec in found
            if spec.valid_on(day) and (level is None or spec.level == level) and not spec.is_placeholder
        ]

    def path(self, code: str, *, on: date | None = None) -> list[DivisionSpec]:
        """From the province down to the division (上级路径), placeholders left out."""
        found: list[DivisionSpec] = []
        while code:
            spec = self.get(code, on=on)
            if not spec.is_placeholder or not found:
                found.insert(0, spec)
            code = spec.parent_code
        return found

    def full_name(self, code: str) -> str:
        """The names along the path, joined (区划全称)."""
        return "".join(spec.name for spec in self.path(code))

    @cached_property
    def spellings(self) -> dict[str, str]:
        """Every way to write a division that means one only → its code (区划写法)."""
        everything = [
            (spec, spec.valid_on(self._today)) for found in self._by_code.values() for spec in found
        ]
        return division_writing.spellings(everything, self.path)

    def map(self, code: str, *, from_on: date, to_on: date) -> list[MappedDivision]:
        """What a division of one day's code set is in another day's (区划对照), forward or back.

        Empty where nothing of it is known there. UnknownStandardError for an unknown code.
        """
        county = code[:6]
        if len(code) > 6 and code not in self._by_code and county in self._by_code:
            return self._map_unknown(code, county, from_on, to_on)
        self.get(code)
        if len(code) > 6:
            return self._map_below(code, county, from_on, to_on)
        parts = division_mapping.follow(self.changes, self._by_code[code], code, from_on, to_on)
        return [
            MappedDivision(found, self.get(found, on=to_on).name, share)
            for found, share in parts
            if any(spec.valid_on(to_on) for spec in self._by_code.get(found, ()))
        ]

    def _map_unknown(self, code: str, county: str, from_on: date, to_on: date) -> list[MappedDivision]:
        """Townships that are gone are not all in the tree: what became of their county is known.

        A county that was renamed as a whole took the numbers of its townships along.
        """
        above = self.map(county, from_on=from_on, to_on=to_on)
        if len(above) == 1 and above[0].share == division_mapping.ALL and above[0].code != county:
            new = above[0].code + code[6:]
            if any(spec.valid_on(to_on) for spec in self._by_code.get(new, ())):
                return [MappedDivision(new, self.get(new, on=to_on).name, division_mapping.ALL)]
        return above

    def _map_below(self, code: str, county: str, from_on: date, to_on: date) -> list[MappedDivision]:
        """Townships and villages: the same code where valid, else its number or its name in the new county."""
        spec = self.get(code, on=to_on)
        start = division_mapping.clamp(
            self._by_code[code], from_on
        )  # its county as it was while the code was valid
        above = self.map(county, from_on=start, to_on=to_on)
        if spec.valid_on(to_on) and any(part.code == county for part in above):
            return [MappedDivision(code, spec.name, division_mapping.ALL)]
        moved = [part.code + code[6:] for part in above if part.code + code[6:] in self._by_code]
        same = [new for new in moved if self._is_there(new, spec.name, to_on)]
        if len(same) == 1:
            return [MappedDivision(same[0], spec.name, division_mapping.ALL)]
        named = [part for part in above if spec.name in part.share.split("、")] or above
        if len(code) == 9:
            there = [
                new
                for part in named
                for new in self._children.get(part.code, ())
                if self._is_there(new, spec.name, to_on)
            ]
            if len(there) == 1:
                return [MappedDivision(there[0], spec.name, division_mapping.ALL)]
        return named

    def _is_there(self, code: str, name: str, day: date) -> bool:
        """Whether a division of this code has this name on a day."""
        spec = self.get(code, on=day)
        return spec.valid_on(day) and spec.name == name
