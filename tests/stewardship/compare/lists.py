"""Lists of made-up people with a known truth (名单样本)."""

import csv
import io
import random
from collections.abc import Sequence

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = "伟芳娜敏静秀英丽强磊军洋勇艳杰娟涛明超兰霞平刚桂辉玲健飞云波"
HOMOPHONE = str.maketrans("伟芳静英丽强磊军勇艳杰明辉健云", "卫方敬瑛莉墙蕾君永燕洁名晖建芸")
ROADS = [
    "文三",
    "天目山",
    "环城北",
    "延安",
    "解放",
    "庆春",
    "凤起",
    "体育场",
    "莫干山",
    "古墩",
    "余杭塘",
    "丰潭",
    "学院",
]
HEADINGS = ("编号", "姓名", "出生日期", "住址", "性别")


def people(count: int, seed: int) -> list[list[str]]:
    """Different persons: name, day of birth, address, sex."""
    chance = random.Random(seed)
    found = []
    for _ in range(count):
        name = chance.choice(SURNAMES) + "".join(chance.sample(GIVEN, 2))
        born = f"{chance.randint(1935, 2005)}-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}"
        road = f"{chance.choice(ROADS)}路{chance.randint(1, 400)}号"
        place = f"杭州市西湖区{road}{chance.randint(1, 30)}幢{chance.randint(101, 1802)}室"
        found.append([name, born, place, chance.choice("男女")])
    return found


def worn(person: Sequence[str], chance: random.Random) -> list[str]:
    """The same person as another office wrote it: one or two things are not quite so."""
    name, born, place, sex = person
    for what in chance.sample(
        ["sound", "digit", "swap", "short", "form", "nothing", "blank"], chance.randint(1, 2)
    ):
        if what == "sound":
            name = name[0] + name[1:].translate(HOMOPHONE)
        elif what == "digit":
            born = born[:-1] + str((int(born[-1]) + 1) % 10)
        elif what == "swap":
            born = f"{born[:4]}-{born[8:]}-{born[5:7]}"
        elif what == "short":
            place = place.removeprefix("杭州市")
        elif what == "form":
            born = born.replace("-", "")
        elif what == "blank":
            sex = ""
    return [name, born, place, sex]


def two_lists(count: int = 900, shared: int = 300, seed: int = 4) -> tuple[list[list[str]], list[list[str]]]:
    """Left rows L<n>, right rows R<n>; the same n is the same person."""
    chance = random.Random(seed)
    left = people(count, seed)
    right = [(n, worn(left[n], chance)) for n in chance.sample(range(count), shared)]
    others = [(count + n, person) for n, person in enumerate(people(shared, seed + 1))]
    rows = [*right, *others]
    chance.shuffle(rows)
    return [[f"L{n}", *person] for n, person in enumerate(left)], [[f"R{n}", *person] for n, person in rows]


def as_csv(rows: Sequence[Sequence[str]], headings: Sequence[str] = HEADINGS) -> str:
    """The rows under their headings."""
    out = io.StringIO()
    csv.writer(out).writerows([headings, *rows])
    return out.getvalue()
