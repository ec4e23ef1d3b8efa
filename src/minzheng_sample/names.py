"""Names of a realistic crowd (姓名).

Common full names occur hundreds of times in a million, most a few times.
"""

import numpy as np
import pyarrow.compute as pc

from minzheng_sample.households import DAUGHTER, SON, Households
from minzheng_sample.name_tables import (
    GENERATIONS,
    GIVEN,
    RARE_CHARACTERS,
    SHE_SURNAMES,
    SINGLE_GIVEN,
    SINGLE_SHARE,
    SURNAMES,
    TURKIC_FATHER,
    TURKIC_GIVEN,
)
from minzheng_sample.population import Population
from minzheng_sample.streams import Floats, Ints, choose, rank_within, stream
from minzheng_sample.text import Column, civil, join, pick, where

RARE_SHARE = 0.0008  # [assumed] given names with a rare character
ANY_CHARACTER = 0.12  # [assumed] share of given-name characters taken from the other generations' lists
SIBLINGS_SHARE = 0.35  # [assumed] younger siblings of one sex who share the eldest's first character
SHE, TURKIC = "22", ("05", "17")


def give_names(
    people: Population, homes: Households, ethnic: list[str], ethnic_at: Ints, seed: int
) -> Column:
    """Full names, shape (persons,) (起名).

    Surname of the father (or own), given name by birth year and sex.
    """
    rng = stream(seed, "names")
    surname = _surnames(rng, homes, _of(ethnic, ethnic_at, (SHE,)))
    given = _given_names(rng, people, homes)
    names = join(surname, given)
    foreign = _of(ethnic, ethnic_at, TURKIC)
    if not foreign.any():
        return names
    count = len(people)
    first = pick(TURKIC_GIVEN, rng.integers(0, len(TURKIC_GIVEN), count))
    return where(
        foreign, join(first, "·", pick(TURKIC_FATHER, rng.integers(0, len(TURKIC_FATHER), count))), names
    )


def _of(ethnic: list[str], ethnic_at: Ints, codes: tuple[str, ...]) -> np.ndarray:
    return np.isin(ethnic_at, [i for i, code in enumerate(ethnic) if code in codes])


def _surnames(rng: np.random.Generator, homes: Households, she: np.ndarray) -> Column:
    common, own = list(SURNAMES), list(SHE_SURNAMES)
    count = len(homes.household)
    chosen = choose(rng, list(SURNAMES.values()), count)
    chosen = np.where(she, len(common) + choose(rng, list(SHE_SURNAMES.values()), count), chosen)
    source = homes.name_from
    for _ in range(3):  # child → father → grandfather → great-grandfather
        source = source[source]
    return pick([*common, *own], chosen[source])


def _falling(characters: str) -> Floats:
    ranks: Floats = np.arange(len(characters), dtype=np.float64) + 6.0
    return np.reciprocal(ranks)


def _given_names(rng: np.random.Generator, people: Population, homes: Households) -> Column:
    """Draw two character columns, the second missing for single-character names."""
    alphabet = sorted(
        {c for four in GIVEN for text in four for c in text}
        | {c for two in SINGLE_GIVEN for c in "".join(two)}
    )
    alphabet += [c for c in RARE_CHARACTERS if c not in alphabet]
    at = {character: i for i, character in enumerate(alphabet)}
    count = len(people)
    first, second = np.zeros(count, np.int64), np.full(count, -1, np.int64)
    generation = np.searchsorted(GENERATIONS, civil(people.born)[0], side="right")
    for g, lists in enumerate(GIVEN):
        for sex in (1, 2):
            who = np.flatnonzero((generation == g) & (people.sex == sex))
            alone = rng.random(len(who)) < SINGLE_SHARE[g][sex - 1]
            first[who[alone]] = _draw(rng, SINGLE_GIVEN[g][sex - 1], int(alone.sum()), at)
            pair = who[~alone]
            first[pair] = _draw(rng, lists[2 * sex - 2], len(pair), at)
            second[pair] = _draw(rng, lists[2 * sex - 1], len(pair), at)
            other = GIVEN[(g + 1) % len(GIVEN)] if g < len(GIVEN) - 1 else GIVEN[g - 1]
            stray = pair[rng.random(len(pair)) < ANY_CHARACTER]
            first[stray] = _draw(rng, other[2 * sex - 2], len(stray), at)
            stray = pair[rng.random(len(pair)) < ANY_CHARACTER]
            second[stray] = _draw(rng, other[2 * sex - 1], len(stray), at)
    _share_with_siblings(rng, people, homes, first, second)
    _part_namesakes(rng, homes, first, second, at)
    rare = np.flatnonzero(rng.random(count) < RARE_SHARE)
    second[rare] = [
        at[c] for c in np.array(list(RARE_CHARACTERS))[rng.integers(0, len(RARE_CHARACTERS), len(rare))]
    ]
    return join(pick(alphabet, first), pick([*alphabet, None], second % (len(alphabet) + 1)))


def _share_with_siblings(
    rng: np.random.Generator, people: Population, homes: Households, first: Ints, second: Ints
) -> None:
    """Some brothers, and some sisters, share the first character of their given names."""
    child = np.flatnonzero(((homes.relation == SON) | (homes.relation == DAUGHTER)) & (second >= 0))
    group = homes.household[child] * 2 + people.sex[child] % 2
    order = np.argsort(group, kind="stable")
    child, group = child[order], group[order]
    starts = np.r_[True, group[1:] != group[:-1]][: len(group)]
    eldest = child[np.flatnonzero(starts)][np.cumsum(starts) - 1] if len(child) else child
    alike = rng.random(len(child)) < SIBLINGS_SHARE
    first[child[alike]] = first[eldest[alike]]


def _part_namesakes(
    rng: np.random.Generator, homes: Households, first: Ints, second: Ints, at: dict[str, int]
) -> None:
    """Nobody names two children of one household alike."""
    child = np.flatnonzero((homes.relation == SON) | (homes.relation == DAUGHTER))
    for _ in range(3):
        key = (homes.household[child] * 4096 + first[child]) * 4096 + second[child] + 1
        same = child[rank_within(key) > 0]
        second[same] = _draw(rng, GIVEN[-1][1], len(same), at)


def _draw(rng: np.random.Generator, characters: str, size: int, at: dict[str, int]) -> Ints:
    index = np.array([at[c] for c in characters], dtype=np.int64)
    return index[choose(rng, _falling(characters), size)]


def commonest(names: Column) -> tuple[str, int]:
    """The commonest full name and how often it occurs (最多重名)."""
    counts = pc.value_counts(names)
    top = int(np.argmax(counts.field("counts").to_numpy()))
    return counts.field("values")[top].as_py(), counts.field("counts")[top].as_py()
