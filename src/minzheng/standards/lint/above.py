"""What the layers above a pack already say, merged (上级标准合并视图)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from minzheng.standards.packs import Pack, Row
from minzheng.standards.terms import Stage


@dataclass
class Layers:
    """The content of some layers as one, each thing by its key (合并后的标准).

    ``elements`` and the like hold effective values: what a lower layer narrowed is already narrowed here.
    """

    packs: tuple[Pack, ...] = ()
    tables: dict[str, dict[str, Row]] = field(default_factory=dict)
    codes: dict[tuple[str, str], dict[str, Row]] = field(default_factory=dict)
    mappings: dict[tuple[str, str, str], dict[str, Row]] = field(default_factory=dict)
    elements: dict[str, dict[str, Any]] = field(default_factory=dict)
    element_ids: dict[str, str] = field(default_factory=dict)
    data_sets: dict[str, dict[str, Any]] = field(default_factory=dict)
    fields: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    checks: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    quality: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    limits: list[Row] = field(default_factory=list)
    parameters: list[Row] = field(default_factory=list)
    divisions: dict[str, list[Row]] = field(default_factory=dict)

    @classmethod
    def of(cls, packs: Sequence[Pack]) -> "Layers":
        """Merge layers, topmost first (合并)."""
        merged = cls(tuple(packs))
        for pack in packs:
            merged._add(pack)
        return merged

    def with_pack(self, pack: Pack) -> "Layers":
        """The same with one more layer below (加上一层)."""
        return Layers.of((*self.packs, pack))

    def _add(self, pack: Pack) -> None:
        rows = pack.rows
        for row in rows["code_tables"]:
            self.tables.setdefault(row["table_id"], {}).setdefault(row["version"], row)
        for row in rows["codes"]:
            self.codes.setdefault((row["table_id"], row["version"]), {}).setdefault(row["code"], row)
        for row in rows["code_mappings"]:
            key = (row["table_id"], row["from_version"], row["to_version"])
            self.mappings.setdefault(key, {}).setdefault(row["from_code"], row)
        for row in rows["elements"]:
            self.elements[row["key"]] = narrowed(self.elements.get(row["key"]), row)
            if row["id"]:
                self.element_ids.setdefault(row["id"], row["key"])
        for row in rows["data_sets"]:
            self.data_sets[row["key"]] = narrowed(self.data_sets.get(row["key"]), row)
        _merge(self.fields, rows["data_set_fields"], "data_set", "heading")
        _merge(self.checks, rows["data_set_checks"], "data_set", "check_id")
        _merge(self.quality, rows["quality_rules"], "data_set", "rule_id")
        self.limits += rows["time_limits"]
        self.parameters += rows["parameters"]
        for row in rows["divisions"]:
            self.divisions.setdefault(row["code"], []).append(row)

    def codes_of(self, domain: str) -> dict[str, Row] | None:
        """The codes of a table's newest version, None where there is no such table (值域代码)."""
        versions = self.tables.get(domain)
        if not versions:
            return None
        return self.codes.get((domain, newest_version(versions.values())), {})


def _merge(into: dict[tuple[str, str], dict[str, Any]], rows: Iterable[Row], first: str, second: str) -> None:
    for row in rows:
        key = (row[first], row[second])
        into[key] = narrowed(into.get(key), row)


def narrowed(upper: dict[str, Any] | None, row: Row) -> dict[str, Any]:
    """A row's values over those above it: what the row does not say stays as above (合并一行)."""
    if upper is None:
        return dict(row.values)
    merged = upper | {name: value for name, value in row.values.items() if name in row.said}
    if "aliases" in merged:
        merged["aliases"] = list(dict.fromkeys([*upper["aliases"], *row.values["aliases"]]))
    for flag in ("sensitive", "required"):
        if flag in merged:
            merged[flag] = bool(upper[flag] or row.values[flag])
    return merged


def newest_version(rows: Iterable[Row]) -> str:
    """The version that took effect last, withdrawn ones behind all others (最新版本)."""
    newest = max(
        rows,
        key=lambda row: (row["status"] != Stage.WITHDRAWN, row["effective_from"] or date.min, row["version"]),
    )
    version: str = newest["version"]
    return version
