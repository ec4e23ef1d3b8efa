"""Households stay of a size people live in, however few mothers an age has."""

from datetime import date

import numpy as np
import pytest

from minzheng_sample.households import DAUGHTER, MOST_CHILDREN, SON, form_households
from minzheng_sample.population import draw_population

TODAY = (date(2026, 6, 30) - date(1970, 1, 1)).days


@pytest.mark.parametrize(("persons", "seed"), [(200, 2), (5000, 1), (100_000, 41)])
def test_no_household_has_more_children_than_families_have(persons: int, seed: int) -> None:
    """Single people of eighty once all went to the one mother of a hundred and four; her household had 157 members."""
    people = draw_population(persons, seed, TODAY)
    homes = form_households(people, seed)
    children = np.flatnonzero((homes.relation == SON) | (homes.relation == DAUGHTER))
    assert np.bincount(homes.household[children]).max() <= MOST_CHILDREN
    assert homes.size.max() <= MOST_CHILDREN + 4  # a couple and one old couple with them
    assert len(homes.household) == persons and (homes.size > 0).all()


def test_minors_have_a_household_with_someone_grown_up() -> None:
    people = draw_population(100_000, 41, TODAY)
    homes = form_households(people, 41)
    alone = (homes.size[homes.household] == 1) & (people.age < 18)
    assert alone.sum() < 0.001 * (people.age < 18).sum()
