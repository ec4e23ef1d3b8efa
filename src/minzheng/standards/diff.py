"""What a pack would change against what is published (发布前比对)."""

from dataclasses import dataclass
from typing import Any

from minzheng.standards.packs import KINDS, Pack, Row

ADDED, REMOVED, CHANGED = "added", "removed", "changed"
LABELS = {ADDED: "新增", REMOVED: "删除", CHANGED: "修改"}


@dataclass(frozen=True, slots=True)
class Change:
    """One row added, removed or changed (一处变化). ``cells``: column → (before, after) as written."""

    kind: str
    key: str
    action: str
    cells: dict[str, tuple[str, str]]
    file: str
    line: int

    def as_dict(self) -> dict[str, Any]:
        """The change as plain data, for ``--json`` (输出)."""
        return {
            "kind": self.kind,
            "kind_label": KINDS[self.kind].label,
            "key": self.key,
            "action": self.action,
            "action_label": LABELS[self.action],
            "cells": {name: list(pair) for name, pair in self.cells.items()},
            "file": self.file,
            "line": self.line,
        }


def diff(before: Pack | None, after: Pack) -> list[Change]:
    """Rows that ``after`` adds, removes or changes, in the order of the kinds and files (比对)."""
    changes: list[Change] = []
    for name in KINDS:
        old = _by_key(before.rows[name]) if before else {}
        new = _by_key(after.rows[name])
        changes += [_change(name, None, row) for key, row in new.items() if key not in old]
        changes += [_change(name, row, None) for key, row in old.items() if key not in new]
        for key in new.keys() & old.keys():
            if new[key].values != old[key].values:
                changes.append(_change(name, old[key], new[key]))
    changes += _areas(before, after)
    return sorted(changes, key=lambda change: (list(KINDS).index(change.kind), change.file, change.line))


def _by_key(rows: list[Row]) -> dict[tuple[Any, ...], Row]:
    return {row.key: row for row in rows}


def _change(kind: str, old: Row | None, new: Row | None) -> Change:
    row = new or old
    assert row is not None  # noqa: S101
    names = [column.name for column in KINDS[kind].columns]
    before = {name: write(old[name]) if old else "" for name in names}
    after = {name: write(new[name]) if new else "" for name in names}
    cells = {name: (before[name], after[name]) for name in names if before[name] != after[name]}
    action = CHANGED if old and new else ADDED if new else REMOVED
    return Change(
        kind, " / ".join(write(part) for part in row.key if part), action, cells, row.file, row.line
    )


def write(value: Any) -> str:
    """A typed value as it stands in a pack's cell (写回单元格)."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, list):
        return ";".join(value)
    return str(value)


def _areas(before: Pack | None, after: Pack) -> list[Change]:
    """Areas are told by code only: their points are not for reading."""
    old, new = _geometries(before), _geometries(after)
    found = []
    for code in sorted(old.keys() | new.keys()):
        if old.get(code) != new.get(code):
            action = ADDED if code not in old else REMOVED if code not in new else CHANGED
            found.append(Change("divisions", f"{code} 范围", action, {}, "divisions/boundaries.geojson", 0))
    return found


def _geometries(pack: Pack | None) -> dict[str, Any]:
    features = (pack.boundaries or {}).get("features", ()) if pack else ()
    return {str(feature["properties"]["code"]): feature["geometry"] for feature in features}
