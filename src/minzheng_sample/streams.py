"""Random streams by name, so that one subject's draws never shift another's (随机流)."""

import zlib

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
Bytes = NDArray[np.uint8]


def stream(seed: int, name: str) -> np.random.Generator:
    """The generator of one subject under one seed (具名随机流): the same two always give the same draws."""
    return np.random.Generator(np.random.PCG64([seed, zlib.crc32(name.encode())]))


def choose(rng: np.random.Generator, weights: Floats | list[float], size: int) -> Ints:
    """Indices drawn by weight (加权抽取), in one search over the cumulative weights."""
    cumulative = np.cumsum(np.asarray(weights, dtype=np.float64))
    picked = np.searchsorted(cumulative, rng.random(size) * cumulative[-1], side="right")
    chosen: Ints = np.minimum(picked, len(cumulative) - 1).astype(np.int64)
    return chosen


def rank_within(groups: Ints) -> Ints:
    """The position of every element within its group, 0-based, in the given order (组内序号)."""
    order = np.argsort(groups, kind="stable")
    ordered = groups[order]
    starts = (
        np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(groups) else np.zeros(0, np.int64)
    )
    lengths = np.diff(np.r_[starts, len(groups)])
    ranks = np.empty(len(groups), dtype=np.int64)
    ranks[order] = np.arange(len(groups)) - np.repeat(starts, lengths)
    return ranks
