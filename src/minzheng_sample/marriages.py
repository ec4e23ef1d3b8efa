"""When couples married and divorced (婚姻事件).

Ages after the published registrations of Hangzhou (domain §4.3).
"""

from dataclasses import dataclass

import numpy as np

from minzheng_sample.households import Households
from minzheng_sample.population import DIVORCED, Population
from minzheng_sample.streams import Floats, Ints, stream

WIFE_FIRST_AGE, WIFE_FIRST_SCALE = 26.6, 2.0  # [published] first marriage 26.3–27.5 (women), 28.0–28.8 (men)
WIFE_AGAIN_AGE, WIFE_AGAIN_SCALE = 40.0, 5.0  # [assumed]
AGAIN = 0.065  # [assumed] couples in which the marriage is a second one
DIVORCE_AGE, DIVORCE_SCALE = 38.5, 4.6  # [published] women 38.5, men 40.9
RECENT_YEARS = 5  # [assumed] most divorced of under 40 parted lately: who parted long ago has married again


LONG_AGO = -100_000  # before every window: a marriage no file of ours tells of


@dataclass(frozen=True)
class Couples:
    """Marriages that hold (or ended by death) and divorces (婚姻).

    ``man``, ``woman``, ``married_on`` of shape (couples,); ``ex_man``, ``ex_woman``, ``divorced_on`` of
    shape (divorces,);
    ``again`` persons in a second marriage; ``widowed`` persons whose spouse died in the last years. Days
    since 1970.
    """

    man: Ints
    woman: Ints
    married_on: Ints
    ex_man: Ints
    ex_woman: Ints
    divorced_on: Ints
    again: Ints
    widowed: Ints


def draw_couples(people: Population, homes: Households, seed: int) -> Couples:
    """Dates for every couple and a former spouse for every divorced person (婚姻日期)."""
    rng = stream(seed, "marriages")
    man = np.flatnonzero((homes.spouse >= 0) & (people.sex == 1))
    woman = homes.spouse[man]
    again = (rng.random(len(man)) < AGAIN) & (people.age[woman] >= 30)
    end = _end_of_life(people, man, woman)
    centre = np.where(again, WIFE_AGAIN_AGE, WIFE_FIRST_AGE)
    spread = np.where(again, WIFE_AGAIN_SCALE, WIFE_FIRST_SCALE)
    married_on = _dated(rng, people, man, woman, centre, spread, end)
    ex_man, ex_woman = _former_couples(rng, people)
    centre = np.full(len(ex_man), DIVORCE_AGE)
    divorced_on = _dated(
        rng,
        people,
        ex_man,
        ex_woman,
        centre,
        np.full(len(ex_man), DIVORCE_SCALE),
        _end_of_life(people, ex_man, ex_woman),
    )
    share = np.clip(1.0 - (people.age[ex_woman] - 38) / 20, 0.15, 0.95)
    recent = np.minimum(people.today, _end_of_life(people, ex_man, ex_woman)) - rng.integers(
        1, 365 * RECENT_YEARS, len(ex_man)
    )
    recent = _workday(np.maximum(recent, divorced_on - 365))
    divorced_on = np.where((rng.random(len(ex_man)) < share) & (recent > divorced_on), recent, divorced_on)
    left = np.r_[
        woman[~people.living[man] & people.living[woman]], man[people.living[man] & ~people.living[woman]]
    ]
    return Couples(
        man, woman, married_on, ex_man, ex_woman, divorced_on, np.r_[man[again], woman[again]], left
    )


def _end_of_life(people: Population, man: Ints, woman: Ints) -> Ints:
    last = np.where(people.living, people.today, people.died - 1)
    return np.minimum(last[man], last[woman])


def _dated(
    rng: np.random.Generator,
    people: Population,
    man: Ints,
    woman: Ints,
    centre: Floats,
    spread: Floats,
    end: Ints,
) -> Ints:
    """A workday when the woman's age is logistic around ``centre``, both of age, and not after ``end``."""
    year = 365.2425
    first = np.maximum(people.born[woman] + 20 * year, people.born[man] + 22 * year) + 3
    lawful = first < end  # a spouse who died young may leave no day on which both were of age
    first = np.minimum(first, end - 2)
    low, high = ((limit - people.born[woman]) / year for limit in (first, end))
    low_share, high_share = (1 / (1 + np.exp(-(age - centre) / spread)) for age in (low, high))
    luck = low_share + (high_share - low_share) * (0.001 + 0.998 * rng.random(len(man)))
    luck = np.clip(luck, 1e-9, 1 - 1e-9)
    age = centre + spread * np.log(luck / (1 - luck))
    day = np.clip(people.born[woman] + age * year, first, end).astype(np.int64)
    return np.where(lawful, _workday(day), LONG_AGO)


def _workday(day: Ints) -> Ints:
    """The day itself, or the Friday before a weekend."""
    weekday = (day + 3) % 7  # Monday = 0
    return np.where(weekday >= 5, day - (weekday - 4), day)


def _former_couples(rng: np.random.Generator, people: Population) -> tuple[Ints, Ints]:
    men = np.flatnonzero((people.marital == DIVORCED) & (people.sex == 1))
    women = np.flatnonzero((people.marital == DIVORCED) & (people.sex == 2))
    count = min(len(men), len(women))
    men, women = rng.permutation(men)[:count], rng.permutation(women)[:count]
    men = men[np.argsort(people.age[men] + rng.normal(-2, 2, count), kind="stable")]
    return men, women[np.argsort(people.age[women] + rng.normal(0, 2, count), kind="stable")]
