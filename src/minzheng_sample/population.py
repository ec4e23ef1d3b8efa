"""Who there is: sexes, ages, marital states, deaths (人口): drawn to the published shares.

Figures marked [published] are of the province's statistics (domain reference §4.2–4.3); the finer split
inside a
published total, marked [assumed], is ours.
"""

from dataclasses import dataclass

import numpy as np

from minzheng_sample.streams import Flags, Ints, choose, stream
from minzheng_sample.text import days_of

# Living registered persons by five-year age group, %. [published] 60+ 26–27, 65+ 19.1–19.6, 80+ about 15
# % of 60+,
# 100+ about 0.006; [assumed] the split inside.
AGE_GROUPS = np.array(
    [
        3.4,
        5.0,
        5.1,
        4.6,
        4.7,
        5.4,
        7.6,
        8.0,
        7.3,
        6.8,
        8.3,
        7.1,
        7.6,
        6.2,
        5.5,
        3.5,
        2.0,
        1.22,
        0.54,
        0.17,
        0.006,
    ]
)
MALE_BY_AGE = ((0, 0.525), (20, 0.53), (60, 0.505), (80, 0.44))  # [published] 0.522 overall; [assumed] by age
DEATHS_PER_YEAR = 0.00666  # [published] 6.66 ‰ in 2023
DEATH_YEARS = 3  # how far back the funeral homes' files go
DEATH_GROUPS = np.array(  # [assumed] share of deaths by five-year age group
    [
        0.6,
        0.1,
        0.1,
        0.15,
        0.2,
        0.3,
        0.5,
        0.8,
        1.2,
        1.9,
        3.0,
        4.2,
        6.0,
        8.2,
        10.5,
        13.0,
        16.5,
        17.0,
        11.0,
        4.3,
        0.45,
    ]
)
# Shares of a sex and age by marital state [assumed, census shape]: from age, married, divorced, widowed.
MARITAL = {
    1: ((22, 0.06, 0.0, 0.0), (25, 0.27, 0.005, 0.0), (30, 0.62, 0.02, 0.001), (35, 0.84, 0.032, 0.002),
        (40, 0.89, 0.042, 0.006), (50, 0.905, 0.035, 0.02), (60, 0.89, 0.022, 0.05), (70, 0.80, 0.01, 0.15),
        (80, 0.62, 0.005, 0.35), (90, 0.35, 0.0, 0.62)),
    2: ((20, 0.10, 0.0, 0.0), (25, 0.39, 0.007, 0.0), (30, 0.74, 0.028, 0.002), (35, 0.91, 0.036, 0.004),
        (40, 0.92, 0.045, 0.014), (50, 0.91, 0.038, 0.042), (60, 0.84, 0.02, 0.125), (70, 0.66, 0.008, 0.32),
        (80, 0.35, 0.003, 0.64), (90, 0.10, 0.0, 0.89)),
}  # fmt: skip
SINGLE, MARRIED, DIVORCED, WIDOWED = 10, 20, 40, 30
FIRST_OF_YEAR = 0.04  # [assumed] born before 1950 and entered as 1 January, as old registers have it


@dataclass(frozen=True)
class Population:
    """People without names yet (人口); every array has shape (persons,).

    ``age`` completed years on the sample's day (or that they would have had), ``sex`` 1/2, ``born`` and
    ``died`` days
    since 1970-01-01 (``died`` −1 = living), ``marital`` 10/20/30/40.
    """

    today: int
    age: Ints
    sex: Ints
    born: Ints
    died: Ints
    marital: Ints

    @property
    def living(self) -> Flags:
        """Who lives on the sample's day (在世)."""
        return self.died < 0

    def __len__(self) -> int:
        return len(self.age)


def draw_population(persons: int, seed: int, today: int) -> Population:
    """Draw the people (抽取人口).

    The living by the age pyramid, the dead of the last years by age at death.
    """
    rng = stream(seed, "population")
    dead = round(persons * DEATHS_PER_YEAR * DEATH_YEARS)
    group = np.r_[choose(rng, AGE_GROUPS, persons - dead), choose(rng, DEATH_GROUPS, dead)]
    in_group = np.where(
        group == len(AGE_GROUPS) - 1, choose(rng, [45, 27, 15, 8, 3], persons), rng.integers(0, 5, persons)
    )
    age = group * 5 + in_group
    sex = np.where(rng.random(persons) < _by_age(age, MALE_BY_AGE), 1, 2)
    died = np.full(persons, -1, np.int64)
    died[persons - dead :] = today - 1 - (rng.random(dead) * 365 * DEATH_YEARS).astype(np.int64)
    shuffled = rng.permutation(persons)
    age, sex, died = age[shuffled], sex[shuffled], died[shuffled]
    born = _birth_days(rng, age, today)
    born = np.where((died >= 0) & (born > died), died - 1, born)
    marital = _marital_states(rng, np.where(died >= 0, age - DEATH_YEARS, age), sex)
    return Population(today, age, sex, born, died, marital)


def _by_age(age: Ints, steps: tuple[tuple[int, float], ...]) -> np.ndarray:
    limits = [limit for limit, _ in steps]
    return np.array([value for _, value in steps])[np.searchsorted(limits, age, side="right") - 1]


def _birth_days(rng: np.random.Generator, age: Ints, today: int) -> Ints:
    born = today - (age * 365.2425).astype(np.int64) - rng.integers(1, 365, len(age))
    year = born.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970
    ones = np.ones_like(year)
    heaped = (year < 1950) & (rng.random(len(age)) < FIRST_OF_YEAR)
    return np.where(heaped, days_of(year, ones, ones), born)


def _marital_states(rng: np.random.Generator, age: Ints, sex: Ints) -> Ints:
    luck = rng.random(len(age))
    marital = np.full(len(age), SINGLE, np.int64)
    for code, steps in MARITAL.items():
        for i, (low, married, divorced, widowed) in enumerate(steps):
            high = steps[i + 1][0] if i + 1 < len(steps) else 200
            at = (sex == code) & (age >= low) & (age < high)
            limits = np.cumsum([married, divorced, widowed])
            states = np.array([MARRIED, DIVORCED, WIDOWED, SINGLE])
            marital[at] = states[np.searchsorted(limits, luck[at], side="right")]
    return marital
