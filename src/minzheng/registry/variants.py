"""Variant characters of names (异体字): the pack's table as the kernel wants it, and names folded column-wise."""

import csv
from functools import lru_cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings

from minzheng.kernel.names import fold


@lru_cache(maxsize=4)
def _variants(path: Path) -> dict[int, str]:
    if not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        return {ord(row["variant"]): row["standard"] for row in csv.DictReader(file)}


def variants() -> dict[int, str]:
    """Code point of a variant → the standard character."""
    return _variants(_path())


def _path() -> Path:
    return Path(settings.PACKS_DIR) / "national" / "name_variants.csv"


def fold_column(names: pa.Array) -> pa.Array:
    """Each name in its one written form; only distinct names that hold anything unusual are looked at one by one."""
    unique = pc.unique(names).drop_null()
    if len(unique) == 0:
        return names
    texts = np.array(unique.to_pylist(), dtype=str)
    points = texts.view(np.uint32).reshape(len(texts), -1)
    usual = _usual_points(_path())
    odd = np.flatnonzero(~usual[np.minimum(points, len(usual) - 1)].all(axis=1))
    if len(odd) == 0:
        return names
    table = variants()
    folded = {str(texts[i]): fold(str(texts[i]), table) for i in odd}
    changed = {name: key for name, key in folded.items() if name != key}
    if not changed:
        return names
    at = pc.index_in(names, value_set=pa.array(list(changed), pa.string()))
    return pc.coalesce(pc.take(pa.array(list(changed.values()), pa.string()), at), names)


@lru_cache(maxsize=4)
def _usual_points(path: Path) -> np.ndarray:
    """Which code points need no folding: unified Han that are no variants, and the padding zero."""
    usual = np.zeros(0x30001, bool)
    usual[0x3400:0xA000] = True
    usual[0x20000:0x30000] = True
    usual[0] = True
    for point in _variants(path):
        if point < len(usual):
            usual[point] = False
    return usual
