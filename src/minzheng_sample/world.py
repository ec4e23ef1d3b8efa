"""The whole true world of a sample (真实世界): people, households, names, numbers, places, marriages."""

from dataclasses import dataclass

import numpy as np

from minzheng_sample import codes
from minzheng_sample.addresses import full_addresses, settle, street_addresses
from minzheng_sample.divisions import Divisions
from minzheng_sample.households import SON, Households, form_households, space_births
from minzheng_sample.marriages import Couples, draw_couples
from minzheng_sample.names import give_names
from minzheng_sample.numbers import id_numbers, phones
from minzheng_sample.population import DIVORCED, SINGLE, WIDOWED, Population, draw_population
from minzheng_sample.streams import Bytes, Ints, choose, stream
from minzheng_sample.text import Column, join, padded

BORN_ELSEWHERE = 0.12  # [assumed] adults whose number was given in another city of the province
# Education by birth year [assumed, census shape]: weights over codes.EDUCATION.
_EDUCATION = (
    (1900, [0.001, 0.01, 0.01, 0.02, 0.03, 0.13, 0.45, 0.35]),
    (1945, [0.002, 0.02, 0.03, 0.04, 0.07, 0.26, 0.46, 0.12]),
    (1960, [0.005, 0.05, 0.06, 0.06, 0.15, 0.45, 0.21, 0.02]),
    (1975, [0.02, 0.15, 0.16, 0.10, 0.17, 0.34, 0.055, 0.005]),
    (1988, [0.06, 0.32, 0.23, 0.10, 0.12, 0.15, 0.015, 0.005]),
    (2002, [0.02, 0.40, 0.28, 0.09, 0.16, 0.05, 0.005, 0.005]),
)


@dataclass(frozen=True)
class World:
    """Everything that is true (真值); arrays of shape (persons,) unless said.

    ``village``, ``address`` of shape (households,); ``number`` (persons, 18) ASCII bytes; ``education``
    index into
    ``codes.EDUCATION`` or −1 below school age; ``marital`` index into ``codes.MARITAL``; ``couples``
    marriages and divorces.
    """

    seed: int
    divisions: Divisions
    people: Population
    homes: Households
    couples: Couples
    village: Ints
    address: Column
    ethnic: Ints
    name: Column
    number: Bytes
    phone: Column
    education: Ints
    marital: Ints

    def __len__(self) -> int:
        return len(self.people)

    @property
    def today(self) -> int:
        """The sample's day, days since 1970-01-01 (样例日)."""
        return self.people.today

    def rng(self, name: str) -> np.random.Generator:
        """A random stream of this world (随机流)."""
        return stream(self.seed, name)


def person_ids(persons: Ints) -> Column:
    """Truth's own identifiers, ``P00000000`` on (真值编号)."""
    return join("P", padded(persons, 8))


def make_world(divisions: Divisions, persons: int, seed: int, today: int) -> World:
    """Draw a world (造世界): the same arguments always give the same world."""
    people = draw_population(persons, seed, today)
    homes = form_households(people, seed)
    space_births(people, homes, seed)
    couples = draw_couples(people, homes, seed)
    elders = np.bincount(homes.household, weights=people.age >= 60, minlength=len(homes.head)) > 0
    village = settle(divisions, elders, seed)
    rng = stream(seed, "world")
    ethnic = _ethnic(rng, homes)
    return World(
        seed=seed,
        divisions=divisions,
        people=people,
        homes=homes,
        couples=couples,
        village=village,
        address=full_addresses(divisions, village, street_addresses(divisions, village, seed)),
        ethnic=ethnic,
        name=give_names(people, homes, codes.ETHNIC, ethnic, seed),
        number=_numbers(rng, divisions, people, homes, village),
        phone=phones(rng, persons),
        education=_education(rng, people),
        marital=_marital(people, couples),
    )


def _ethnic(rng: np.random.Generator, homes: Households) -> Ints:
    """One draw a person; children follow whoever gave them the surname."""
    own = choose(rng, codes.ETHNIC_SHARES, len(homes.household))
    source = homes.name_from
    for _ in range(3):
        source = source[source]
    return own[source]


def _numbers(
    rng: np.random.Generator, divisions: Divisions, people: Population, homes: Households, village: Ints
) -> Bytes:
    city = divisions.village_city[village][homes.household]
    numbers = np.array([int(code[2:4]) for code in divisions.city_codes])
    stray = (rng.random(len(people)) < BORN_ELSEWHERE) & (people.age >= 18) & (homes.relation < SON + 50)
    elsewhere = rng.integers(0, len(numbers), len(people))
    at_birth = numbers[np.where(stray, elsewhere, city)]
    return id_numbers(at_birth, people.born, people.sex, int(rng.integers(0, 500)))


def _education(rng: np.random.Generator, people: Population) -> Ints:
    year = people.born.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970
    level = np.full(len(people), -1, np.int64)
    for i, (low, weights) in enumerate(_EDUCATION):
        high = _EDUCATION[i + 1][0] if i + 1 < len(_EDUCATION) else 9999
        who = np.flatnonzero((year >= low) & (year < high) & (people.age >= 22))
        level[who] = choose(rng, weights, len(who))
    for low, high, index in ((6, 12, 6), (12, 15, 5), (15, 18, 4), (18, 22, 1)):
        level[(people.age >= low) & (people.age < high)] = index
    return level


def _marital(people: Population, couples: Couples) -> Ints:
    word = np.full(len(people), codes.FIRST, np.int64)
    word[people.marital == SINGLE] = codes.UNMARRIED
    word[people.marital == DIVORCED] = codes.DIVORCED
    word[people.marital == WIDOWED] = codes.WIDOWED
    word[couples.again] = codes.AGAIN
    word[couples.widowed] = codes.WIDOWED
    return word
