"""The names of divisions as pages show them (区划名称)."""

import time

from minzheng.standards.errors import UnknownStandardError
from minzheng.standards.queries import division_tree
from minzheng.standards.queries.tree import DivisionTree

KEPT_FOR_S = 30.0
_kept: tuple[float, DivisionTree] | None = None


def division_name(code: str | None) -> str:
    """The division's own name, or its code where the standard does not know it (区划名称)."""
    if not code:
        return ""
    try:
        return _tree(code).get(code).name
    except UnknownStandardError:
        return code


def division_path(code: str | None) -> str:
    """Names from the city down, 杭州市西湖区; a province's own name; the code where unknown (区划全称)."""
    if not code:
        return ""
    try:
        path = _tree(code).path(code)
    except UnknownStandardError:
        return code
    return "".join(spec.name for spec in path[1:] or path)


def _tree(code: str) -> DivisionTree:
    """The tree, asked for anew twice a minute: a page with fifty names must not ask fifty times.

    One that does not know the code is not kept, so that a first publication shows at once.
    """
    global _kept
    now = time.monotonic()
    if _kept and now - _kept[0] < KEPT_FOR_S:
        return _kept[1]
    tree = division_tree()
    if tree.spans(code):
        _kept = (now, tree)
    return tree
