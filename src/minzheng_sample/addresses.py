"""Where a household lives (住址).

A village of the real tree, a road or hamlet, a number; one text per household.
"""

import numpy as np

from minzheng_sample.divisions import Divisions
from minzheng_sample.streams import Flags, Ints, choose, stream
from minzheng_sample.text import Column, join, pick, plain, where

# Residents, 10,000 persons, census 2020 [published], and the share of 60+ among the registered 2022–2023
# [published
# where the domain reference has it, else assumed], by city code.
CITY_RESIDENTS = {
    "330100": 1193.6,
    "330200": 940.4,
    "330300": 957.3,
    "330400": 540.1,
    "330500": 336.8,
    "330600": 527.1,
    "330700": 705.1,
    "330800": 227.6,
    "330900": 115.8,
    "331000": 662.2,
    "331100": 250.7,
}
CITY_ELDERS = {
    "330100": 0.25,
    "330200": 0.285,
    "330300": 0.22,
    "330400": 0.285,
    "330500": 0.30,
    "330600": 0.303,
    "330700": 0.25,
    "330800": 0.27,
    "330900": 0.34,
    "331000": 0.25,
    "331100": 0.24,
}
URBAN_SHARE = 0.742  # [published] 2023
_ROAD_FIRST = (
    "曙光文化人民解放中山建设和平新华环城滨江学院体育青年迎宾湖滨凤起天目"
    "龙井古墩教工莫干钱江西溪运河白石朝阳东风金桥"
)
_ROAD_PAIRS = [_ROAD_FIRST[i : i + 2] for i in range(0, len(_ROAD_FIRST), 2)]
_ROAD_KINDS = ("路", "街", "巷", "大道", "弄", "东路", "西路", "北路")
_HAMLETS = ("上", "下", "前", "后", "里", "外", "大", "小", "新", "老", "东", "西")
_HAMLET_KINDS = ("宅", "村", "庄", "坞", "田", "山", "塘", "桥头", "家湾", "坑")


def settle(divisions: Divisions, elders: Flags, seed: int) -> Ints:
    """The village of every household (落户), shape (households,).

    ``elders``: someone of 60 or more lives there.
    """
    rng = stream(seed, "settle")
    residents = np.array([CITY_RESIDENTS.get(code, 100.0) for code in divisions.city_codes])
    share = np.array([CITY_ELDERS.get(code, 0.26) for code in divisions.city_codes])
    city = np.where(
        elders,
        choose(rng, residents * share, len(elders)),
        choose(rng, residents * (1 - share), len(elders)),
    )
    urban = rng.random(len(elders)) < URBAN_SHARE
    order = np.lexsort((divisions.village_urban, divisions.village_city))
    village_group = (divisions.village_city * 2 + divisions.village_urban)[order]
    groups = 2 * len(divisions.city_codes)
    starts = np.searchsorted(village_group, np.arange(groups))
    counts = np.searchsorted(village_group, np.arange(groups), side="right") - starts
    wanted = city * 2 + urban
    wanted = np.where(counts[wanted] == 0, city * 2 + 1 - urban, wanted)
    chosen: Ints = order[starts[wanted] + (rng.random(len(elders)) * counts[wanted]).astype(np.int64)]
    return chosen


def street_addresses(divisions: Divisions, village: Ints, seed: int, name: str = "addresses") -> Column:
    """The address below the village, shape like ``village`` (门牌地址).

    Road, number, building, unit, room; or hamlet.
    """
    rng = stream(seed, name)
    size = len(village)
    road = (village * 7 + rng.integers(0, 4, size) * 11) % (len(_ROAD_PAIRS) * len(_ROAD_KINDS))
    street = join(pick(_ROAD_PAIRS, road // len(_ROAD_KINDS)), pick(_ROAD_KINDS, road % len(_ROAD_KINDS)))
    number = plain(rng.integers(1, 400, size))
    room = plain(rng.integers(1, 19, size) * 100 + rng.integers(1, 5, size))
    flat = join(
        number,
        "号",
        plain(rng.integers(1, 31, size)),
        "幢",
        plain(rng.integers(1, 5, size)),
        "单元",
        room,
        "室",
    )
    town = join(street, where(rng.random(size) < 0.85, flat, join(number, "号")))
    hamlet = (village * 5 + rng.integers(0, 6, size) * 13) % (len(_HAMLETS) * len(_HAMLET_KINDS))
    spot = join(
        pick(_HAMLETS, hamlet // len(_HAMLET_KINDS)), pick(_HAMLET_KINDS, hamlet % len(_HAMLET_KINDS))
    )
    group = join(plain(rng.integers(1, 16, size)), "组")
    rural = join(where(rng.random(size) < 0.6, spot, group), number, "号")
    return where(divisions.village_urban[village], town, rural)


def full_addresses(divisions: Divisions, village: Ints, street: Column) -> Column:
    """Province to room in one text (户籍地址)."""
    return join(pick(divisions.village_labels, village), street)


def division_texts(divisions: Divisions, village: Ints, form: Ints) -> Column:
    """The division as sources write it (区划写法).

    ``form`` 0 = 12-digit, 1 = 9-digit, 2 = 6-digit code, 3 = path label.
    """
    return pick(divisions.village_forms, form * len(divisions.village_codes) + village)
