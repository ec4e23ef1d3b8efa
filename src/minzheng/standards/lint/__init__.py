"""Checking a pack before it is published (标准检查): is it whole, is it within the layers above?"""

from collections.abc import Sequence

from minzheng.standards.lint.above import Layers
from minzheng.standards.lint.integrity import check_integrity
from minzheng.standards.lint.layering import check_layering
from minzheng.standards.packs import Finding, Pack

__all__ = ["Layers", "lint"]


def lint(pack: Pack, above: Sequence[Pack] = ()) -> list[Finding]:
    """Every fault of a pack given the layers above it, topmost first (检查标准包). In order of file and line.

    ``error`` findings stop publication. Faults of form come first to light: rows that cannot be read are not
    judged further.
    """
    layers = Layers.of(above)
    findings = [*pack.findings, *check_integrity(pack, layers), *check_layering(pack, layers)]
    return sorted(set(findings), key=lambda f: (f.file, f.line, f.column, f.message))
