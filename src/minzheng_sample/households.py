"""Who lives with whom (家庭户): couples, their children, old parents; relations to the head.

Couples are matched by age, children go to a mother of fitting age, some widowed or old parents to a child's
couple.
"""

from dataclasses import dataclass

import numpy as np

from minzheng_sample.population import DIVORCED, MARRIED, SINGLE, WIDOWED, Population
from minzheng_sample.streams import Flags, Ints, rank_within, stream

HUSBAND_OLDER = 1.6  # [published, Hangzhou] man older 1–4 years 44.6 %, same age 17.7 %, woman older 17 %
GAP_SPREAD = 1.9  # years, each side
MOTHER_AGE, MOTHER_SPREAD = 27.8, 4.3  # [assumed] age at a child's birth
WITH_CHILDREN = 0.85  # [assumed] share of couples of an age that raise the children of that age
AT_HOME = (
    (0, 1.0),
    (18, 0.95),
    (22, 0.60),
    (30, 0.30),
    (45, 0.05),
)  # [assumed] single child still in the household
LONE_ELDER_WITH_CHILD = 0.40  # [assumed] widowed 65+ living with a child
ELDER_COUPLE_WITH_CHILD = 0.15  # [assumed] couples 70+ living with a child
WIFE_IS_HEAD = 0.10  # [assumed]
HUSBANDS_PARENT = 0.78  # [assumed] co-living parent is the husband's
MOST_CHILDREN = 5  # [assumed] in one household; who would be one too many goes to an older mother

NINE_MONTHS = 270  # days
TWINS = 0.25  # [assumed] of siblings drawn that close; leaves about one child in a hundred a younger twin

HEAD, SPOUSE, SON, DAUGHTER = 2, 10, 20, 30
FATHER, MOTHER, WIFES_FATHER, WIFES_MOTHER, HUSBANDS_FATHER, HUSBANDS_MOTHER = 51, 52, 55, 56, 53, 54


@dataclass(frozen=True)
class Households:
    """Every person's household (家庭户); arrays of shape (persons,) unless said.

    ``household`` index of the household, ``relation`` GB/T 4761 code to its head, ``spouse`` the spouse's
    person or −1,
    ``name_from`` the person whose surname one bears (own index: an own surname), ``head`` of shape
    (households,).
    """

    household: Ints
    relation: Ints
    spouse: Ints
    name_from: Ints
    head: Ints

    @property
    def size(self) -> Ints:
        """Persons in every household, shape (households,) (户规模)."""
        return np.bincount(self.household, minlength=len(self.head))


def space_births(people: Population, homes: Households, seed: int) -> None:
    """Part siblings born within nine months of one another, or make them twins (双胞胎).

    Changes ``people.born`` and ``people.age``.
    """
    rng = stream(seed, "births")
    child = np.flatnonzero(((homes.relation == SON) | (homes.relation == DAUGHTER)) & (people.died < 0))
    child = child[np.lexsort((people.born[child], homes.household[child]))]
    home, born = homes.household[child], people.born[child]
    close = np.flatnonzero((home[1:] == home[:-1]) & (born[1:] - born[:-1] < NINE_MONTHS)) + 1
    later = born[close - 1] + rng.integers(400, 900, len(close))
    twin = (rng.random(len(close)) < TWINS) | (later >= people.today)
    born[close] = np.where(twin, born[close - 1], later)
    people.born[child] = born
    people.age[child[close]] = ((people.today - born[close]) / 365.2425).astype(np.int64)


def form_households(people: Population, seed: int) -> Households:
    """Form the households of a population (组户)."""
    rng = stream(seed, "households")
    husbands, wives = _couples(rng, people)
    spouse = np.full(len(people), -1, np.int64)
    spouse[husbands], spouse[wives] = wives, husbands
    anchor = np.arange(len(people))
    anchor[wives] = husbands
    relation = np.full(len(people), HEAD, np.int64)
    relation[wives] = SPOUSE
    name_from = np.arange(len(people))
    hosts = _elders(rng, people, husbands, wives, anchor, relation, name_from)
    _children(rng, people, hosts, spouse, anchor, relation, name_from)
    _some_wives_head(rng, spouse, anchor, relation, hosts)
    anchors, household = np.unique(anchor, return_inverse=True)
    heads = np.empty(len(anchors), np.int64)
    is_head = relation == HEAD
    heads[household[is_head]] = np.flatnonzero(is_head)
    return Households(household.astype(np.int64), relation, spouse, name_from, heads)


def _couples(rng: np.random.Generator, people: Population) -> tuple[Ints, Ints]:
    """Rank matching on age with noise; those left over without a partner become single."""
    men = np.flatnonzero((people.marital == MARRIED) & (people.sex == 1))
    women = np.flatnonzero((people.marital == MARRIED) & (people.sex == 2))
    count = min(len(men), len(women))
    men, spare_men = np.split(rng.permutation(men), [count])
    women, spare_women = np.split(rng.permutation(women), [count])
    people.marital[np.r_[spare_men, spare_women]] = SINGLE
    men = men[np.argsort(people.age[men] - HUSBAND_OLDER + rng.normal(0, GAP_SPREAD, count), kind="stable")]
    women = women[np.argsort(people.age[women] + rng.normal(0, GAP_SPREAD, count), kind="stable")]
    return men, women


def _place(
    rng: np.random.Generator, wanted: Ints, host_ages: Ints, share: float, most: int | None = None
) -> Ints:
    """For every guest a host of the wanted age, spread over a share of those hosts; −1 if there is none.

    ``most`` guests to a host: where an age has few hosts (the very old have single children of eighty), the rest go
    to older ones, and past the oldest to nobody.
    """
    if not len(host_ages):
        return np.full(len(wanted), -1, np.int64)
    order = rng.permutation(len(host_ages))
    order = order[np.argsort(host_ages[order], kind="stable")]
    ages, starts, counts = np.unique(host_ages[order], return_index=True, return_counts=True)
    at = np.clip(np.searchsorted(ages, wanted), 0, len(ages) - 1)
    room = np.maximum((counts * share).astype(np.int64), 1)
    if most is not None:
        at = _within_room(at, room * most)
    placed = at < len(ages)
    chosen = np.full(len(wanted), -1, np.int64)
    chosen[placed] = order[(starts[at[placed]] + rank_within(at[placed]) % room[at[placed]])]
    return chosen


def _within_room(at: Ints, room: Ints) -> Ints:
    """The age every guest goes to: the next older one where his own is full; ``len(room)`` past the oldest."""
    at = at.copy()
    for age, places in enumerate(room):
        at[np.flatnonzero(at == age)[places:]] = age + 1
    return at


def _elders(
    rng: np.random.Generator,
    people: Population,
    husbands: Ints,
    wives: Ints,
    anchor: Ints,
    relation: Ints,
    name_from: Ints,
) -> Ints:
    """Move some old parents in with a couple; returns the anchors that may raise children, couples first."""
    moving = (people.age[husbands] >= 70) & (rng.random(len(husbands)) < ELDER_COUPLE_WITH_CHILD)
    lone = np.flatnonzero((people.marital == WIDOWED) & (people.age >= 65))
    lone = lone[rng.random(len(lone)) < LONE_ELDER_WITH_CHILD]
    young = np.flatnonzero(~moving & (people.age[husbands] <= 64))
    guests = np.r_[husbands[moving], lone]
    wanted = people.age[guests] - np.clip(rng.normal(26.5, 3.5, len(guests)), 19, 42).astype(np.int64)
    host = _place(rng, wanted, people.age[husbands[young]], 0.6)
    placed = host >= 0
    guests, host = guests[placed], husbands[young][host[placed]]
    one_each = rank_within(host) == 0  # one old couple or one old parent a household
    guests, host = guests[one_each], host[one_each]
    of_husband = rng.random(len(guests)) < HUSBANDS_PARENT
    anchor[guests] = host
    man = people.sex[guests] == 1
    relation[guests] = np.where(
        of_husband, np.where(man, FATHER, MOTHER), np.where(man, WIFES_FATHER, WIFES_MOTHER)
    )
    _surnames_of_elders(people, guests[man], host[man], of_husband[man], husbands, wives, name_from)
    partner = np.full(len(people), -1, np.int64)
    partner[husbands] = wives
    with_wife = partner[guests] >= 0
    old_wives = partner[guests[with_wife]]
    anchor[old_wives] = host[with_wife]
    relation[old_wives] = np.where(of_husband[with_wife], MOTHER, WIFES_MOTHER)
    away = np.zeros(len(people), np.bool_)
    away[guests] = True
    parents = np.flatnonzero((people.marital == DIVORCED) | (people.marital == WIDOWED))
    hosts: Ints = np.r_[husbands[~away[husbands]], parents[~away[parents]]]
    return hosts


def _surnames_of_elders(
    people: Population, old: Ints, host: Ints, of_husband: Flags, husbands: Ints, wives: Ints, name_from: Ints
) -> None:
    wife_of = np.full(len(people), -1, np.int64)
    wife_of[husbands] = wives
    child = np.where(of_husband, host, wife_of[host])
    name_from[child] = old


def _children(
    rng: np.random.Generator,
    people: Population,
    hosts: Ints,
    spouse: Ints,
    anchor: Ints,
    relation: Ints,
    name_from: Ints,
) -> None:
    """Send single children to a host whose mother's age fits; minors always have a household."""
    limits = [age for age, _ in AT_HOME]
    stays = np.array([share for _, share in AT_HOME])[np.searchsorted(limits, people.age, side="right") - 1]
    child = np.flatnonzero((people.marital == SINGLE) & (rng.random(len(people)) < stays))
    at_birth = np.clip(rng.normal(MOTHER_AGE, MOTHER_SPREAD, len(child)), 19, 46).astype(np.int64)
    partner = spouse[hosts]
    mother_age = np.where(partner >= 0, people.age[np.maximum(partner, 0)], people.age[hosts])
    mother_age -= np.where((partner < 0) & (people.sex[hosts] == 1), 2, 0)
    chosen = _place(rng, people.age[child] + at_birth, mother_age, WITH_CHILDREN, MOST_CHILDREN)
    placed = chosen >= 0
    child, host = child[placed], hosts[chosen[placed]]
    fits = people.age[host] - people.age[child] >= 16
    child, host = child[fits], host[fits]
    anchor[child] = host
    relation[child] = np.where(people.sex[child] == 1, SON, DAUGHTER)
    fatherless = (people.sex[host] == 2) & (spouse[host] < 0) & (host % 10 < 7)
    mothers_name = (spouse[host] >= 0) & (host % 100 < 7)
    _, one = np.unique(host, return_index=True)
    eldest = child[one[np.searchsorted(host[one], host)]]  # siblings without a father share his surname still
    name_from[child] = np.where(fatherless, eldest, np.where(mothers_name, spouse[host], host))


def _some_wives_head(
    rng: np.random.Generator, spouse: Ints, anchor: Ints, relation: Ints, hosts: Ints
) -> None:
    couples = hosts[spouse[hosts] >= 0]
    turned = couples[rng.random(len(couples)) < WIFE_IS_HEAD]
    relation[turned], relation[spouse[turned]] = SPOUSE, HEAD
    swapped = np.zeros(len(anchor), np.bool_)
    swapped[turned] = True
    inside = swapped[anchor]
    for before, after in (
        (FATHER, HUSBANDS_FATHER), (MOTHER, HUSBANDS_MOTHER), (WIFES_FATHER, FATHER), (WIFES_MOTHER, MOTHER),
    ):  # fmt: skip
        relation[inside & (relation == before)] = after
