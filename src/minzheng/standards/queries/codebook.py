"""Code tables as they hold: current version, older ones, and every accepted spelling (代码簿)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from minzheng.kernel.text import half_width, squeeze
from minzheng.standards import models
from minzheng.standards.errors import UnknownStandardError
from minzheng.standards.queries.nearest import nearest
from minzheng.standards.terms import Stage

WITHDRAWN = Stage.WITHDRAWN.value


@dataclass(frozen=True, slots=True)
class TableSpec:
    """One version of a code table (代码表版本)."""

    table_id: str
    name: str
    standard_no: str
    version: str
    effective_from: date | None
    effective_to: date | None
    status: str
    provenance: str
    source: str
    supersedes: str
    note: str
    pack: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class CodeSpec:
    """A code (代码); ``pack`` is the layer that brought it in."""

    code: str
    name: str
    parent: str
    aliases: tuple[str, ...]
    note: str
    effective_from: date | None
    effective_to: date | None
    pack: str


@dataclass(frozen=True, slots=True)
class OldVersion:
    """A version no longer current (旧版). ``only_here``: codes that the current version does not have, by
    which a column written in the old version is recognised; ``mapping``: old code → current code."""

    version: str
    only_here: frozenset[str]
    mapping: dict[str, str]


Steps = dict[str, list[tuple[str, dict[str, str]]]]  # version → (newer version, old code → its code there)


class CodeBook:
    """The code tables of some layers merged (代码簿)."""

    def __init__(
        self,
        tables: dict[str, list[TableSpec]],
        codes: dict[tuple[str, str], dict[str, CodeSpec]],
        steps: dict[str, Steps],
        today: date,
    ) -> None:
        self._tables = {
            table_id: sorted(versions, key=lambda t: (t.effective_from or date.min, t.version), reverse=True)
            for table_id, versions in tables.items()
        }
        self._codes = codes
        self._steps = steps
        self._today = today
        self._spellings: dict[tuple[str, str | None], dict[str, str]] = {}

    @classmethod
    def load(cls, layers: tuple[tuple[str, str, int, str], ...], today: date) -> "CodeBook":
        """Read from the published rows (载入)."""
        order = [layer[0] for layer in layers]
        tables: dict[str, list[TableSpec]] = defaultdict(list)
        for row in _in_order(models.CodeTable, order):
            if row["version"] not in {table.version for table in tables[row["table_id"]]}:
                tables[row["table_id"]].append(_table(row))
        codes: dict[tuple[str, str], dict[str, CodeSpec]] = defaultdict(dict)
        for row in _in_order(models.Code, order):
            codes[row["table_id"], row["version"]].setdefault(row["code"], _code(row))
        found: dict[tuple[str, str, str], dict[str, str]] = defaultdict(dict)
        for row in _in_order(models.CodeMapping, order):
            key = (row["table_id"], row["from_version"], row["to_version"])
            found[key].setdefault(row["from_code"], row["to_code"])
        steps: dict[str, Steps] = defaultdict(lambda: defaultdict(list))
        for (table_id, older, newer), mapping in found.items():
            steps[table_id][older].append((newer, mapping))
        return cls(dict(tables), dict(codes), {name: dict(step) for name, step in steps.items()}, today)

    def tables(self) -> list[TableSpec]:
        """The current version of every table, by identifier (代码表目录)."""
        return [self.current(table_id) for table_id in sorted(self._tables)]

    def versions(self, table_id: str) -> list[TableSpec]:
        """All versions of a table, newest first (各版本)."""
        current = self.current(table_id).version
        return [_as_current(table, table.version == current) for table in self._versions(table_id)]

    def current(self, table_id: str) -> TableSpec:
        """The version valid today, else the newest; a withdrawn one only where there is no other (现行版)."""
        versions = self._versions(table_id)
        in_force = [table for table in versions if table.status != WITHDRAWN] or versions
        return _as_current(next((t for t in in_force if _valid(t, self._today)), in_force[0]), True)

    def codes(self, table_id: str, *, version: str | None = None) -> list[CodeSpec]:
        """The codes of a version, in the standard's order (代码)."""
        return list(self._of(table_id, version).values())

    def label(self, table_id: str, code: str) -> str:
        """A code's name: current, else as an old version had it, else the code itself (名称)."""
        for table in (self.current(table_id), *self._versions(table_id)):
            found = self._codes.get((table_id, table.version), {}).get(code)
            if found:
                return found.name
        return code

    def mapping(self, table_id: str, version: str) -> dict[str, str]:
        """Codes of a version → current codes, by the shortest chain; equal codes where none is said."""
        target = self.current(table_id).version
        if version == target:
            return {code: code for code in self._of(table_id, version)}
        chain = self._chain(table_id, version, target)
        if chain is None:
            current = self._of(table_id, target)
            old = self._of(table_id, version)
            return {code: code for code in old if code in current and current[code].name == old[code].name}
        mapping = {code: code for code in self._of(table_id, version)}
        for step in chain:
            mapping = {code: step[at] for code, at in mapping.items() if at in step}
        return mapping

    def old_versions(self, table_id: str) -> tuple[OldVersion, ...]:
        """The versions that are not current, newest first (旧版)."""
        current = self.current(table_id).version
        known = self._of(table_id, current)
        return tuple(
            OldVersion(
                table.version,
                frozenset(code for code in self._of(table_id, table.version) if code not in known),
                self.mapping(table_id, table.version),
            )
            for table in self._versions(table_id)
            if table.version != current
        )

    def spellings(self, table_id: str, *, version: str | None = None) -> dict[str, str]:
        """Every accepted spelling → current code (写法). A spelling that could mean two codes is left out."""
        key = (table_id, version)
        if key not in self._spellings:
            self._spellings[key] = self._spell(table_id, version)
        return self._spellings[key]

    def _spell(self, table_id: str, version: str | None) -> dict[str, str]:
        wanted = version or self.current(table_id).version
        to_current = self.mapping(table_id, wanted)
        found = _spellings_of(self._of(table_id, wanted).values())
        spelled = {text: to_current[code] for text, code in found.items() if code in to_current}
        if version is None:
            for old in self.old_versions(table_id):
                names = _spellings_of(self._of(table_id, old.version).values(), with_codes=False)
                for text, code in names.items():
                    if code in old.mapping:
                        spelled.setdefault(text, old.mapping[code])
        return spelled

    def _chain(self, table_id: str, version: str, target: str) -> list[dict[str, str]] | None:
        steps = self._steps.get(table_id, {})
        waiting: list[tuple[str, list[dict[str, str]]]] = [(version, [])]
        seen = {version}
        while waiting:
            at, chain = waiting.pop(0)
            if at == target:
                return chain
            for newer, mapping in steps.get(at, ()):
                if newer not in seen:
                    seen.add(newer)
                    waiting.append((newer, [*chain, mapping]))
        return None

    def _versions(self, table_id: str) -> list[TableSpec]:
        try:
            return self._tables[table_id]
        except KeyError:
            raise UnknownStandardError(f"没有代码表“{table_id}”{nearest(table_id, self._tables)}") from None

    def _of(self, table_id: str, version: str | None) -> dict[str, CodeSpec]:
        wanted = version or self.current(table_id).version
        if wanted not in {table.version for table in self._versions(table_id)}:
            raise UnknownStandardError(f"代码表“{table_id}”没有版本“{wanted}”")
        return self._codes.get((table_id, wanted), {})


def plain(text: str) -> str:
    """A spelling as it is compared: half-width, without blanks (规范写法)."""
    return squeeze(half_width(text))


def _spellings_of(codes: Iterable[CodeSpec], *, with_codes: bool = True) -> dict[str, str]:
    """Spelling → code of the version itself.

    A code beats a name, a name an alias; what stays double is dropped.
    """
    spelled: dict[str, str] = {}
    codes = list(codes)
    ranks: tuple[list[tuple[str, str]], ...] = (
        [(c.code, c.code) for c in codes if with_codes],
        [(c.name, c.code) for c in codes],
        [(alias, c.code) for c in codes for alias in c.aliases],
    )
    for rank in ranks:
        meant: dict[str, set[str]] = defaultdict(set)
        for text, code in rank:
            meant[plain(text)].add(code)
        for text, found in meant.items():
            if text and len(found) == 1:
                spelled.setdefault(text, next(iter(found)))
    return spelled


def _in_order(model: Any, order: list[str]) -> list[dict[str, Any]]:
    rows = model.objects.filter(pack_id__in=order).values()
    return sorted(rows, key=lambda row: (order.index(row["pack_id"]), row["position"]))


def _valid(table: TableSpec, on: date) -> bool:
    return (table.effective_from or date.min) <= on < (table.effective_to or date.max)


def _as_current(table: TableSpec, current: bool) -> TableSpec:
    values = {name: getattr(table, name) for name in TableSpec.__slots__}
    return TableSpec(**(values | {"current": current}))


def _table(row: dict[str, Any]) -> TableSpec:
    names = ("table_id", "name", "standard_no", "version", "effective_from", "effective_to", "status")
    more = ("provenance", "source", "supersedes", "note")
    return TableSpec(**{name: row[name] for name in (*names, *more)}, pack=row["pack_id"])


def _code(row: dict[str, Any]) -> CodeSpec:
    names = ("code", "name", "parent", "note", "effective_from", "effective_to")
    return CodeSpec(**{name: row[name] for name in names}, aliases=tuple(row["aliases"]), pack=row["pack_id"])
