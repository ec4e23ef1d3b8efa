"""社会组织: the registered organisations, one file a type."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pyarrow.compute as pc

from minzheng_sample.addresses import full_addresses, street_addresses
from minzheng_sample.dirt import Dirt, Marks
from minzheng_sample.numbers import credit_codes
from minzheng_sample.soiling import Soiler
from minzheng_sample.streams import Ints, choose, stream
from minzheng_sample.text import (
    Column,
    change,
    civil,
    days_of,
    fixed_width,
    full_width,
    join,
    padded,
    pick,
    plain,
    rows,
    where,
)
from minzheng_sample.world import World
from minzheng_sample.writing import FileStyle, Sheet

HEADINGS = [
    "名称",
    "统一社会信用代码",
    "类型",
    "登记机关区划",
    "业务范围",
    "法定代表人",
    "法定代表人公民身份号码",
    "成立登记日期",
    "注册资金(万元)",
    "住所",
    "状态",
]
PER_RESIDENT = 50_656 / 66_270_000  # [published] organisations 2018, residents 2023
FEWEST = 30  # even a small sample has some of each kind
TYPES = ("社会团体", "民办非企业单位", "基金会")
TYPE_SHARES = (0.52, 0.463, 0.017)  # [published] 26,342 associations; [assumed] the rest


class Field(NamedTuple):
    """A field of work (领域): share, and the last words of names of associations and of service bodies."""

    name: str
    share: float
    associations: tuple[str, ...]
    bodies: tuple[str, ...]


# Shares [published, nation 2021, thousands of organisations].
FIELDS = (
    Field("教育", 288.3, ("教育学会", "家庭教育促进会"), ("幼儿园", "培训学校", "托育中心")),
    Field(
        "社会服务",
        137.5,
        ("志愿者协会", "老年人协会", "慈善总会"),
        ("养老服务中心", "社会工作服务中心", "居家养老服务站"),
    ),
    Field(
        "文化", 76.6, ("书法家协会", "民间文艺家协会", "摄影家协会"), ("文化艺术馆", "民间博物馆", "书画院")
    ),
    Field("体育", 60.2, ("太极拳协会", "乒乓球协会", "钓鱼协会"), ("体育俱乐部", "健身俱乐部")),
    Field("工商业服务", 53.1, ("商会", "纺织行业协会", "五金行业协会"), ("企业服务中心",)),
    Field(
        "农业及农村发展", 47.5, ("茶叶产业协会", "水产养殖协会", "农村专业技术协会"), ("农业技术服务中心",)
    ),
    Field("卫生", 42.8, ("医学会", "护理学会"), ("门诊部", "康复医院")),
    Field("科技与研究", 25.5, ("科学技术协会", "计算机学会"), ("科技创新研究院",)),
    Field("职业及从业者组织", 23.3, ("会计学会", "律师协会", "女企业家协会"), ("人才服务中心",)),
    Field("宗教", 5.2, ("佛教协会", "道教协会"), ("慈善功德会",)),
    Field("生态环境", 3.9, ("环境保护促进会", "河长志愿者协会"), ("生态环境宣教中心",)),
    Field("法律", 3.5, ("法学会", "普法志愿者协会"), ("法律援助服务中心", "人民调解中心")),
)
BRANDS = "蓝天春晖启明同心百合金桥阳光和谐晨曦绿洲星火海燕远航博爱康宁幸福红枫明德致远青藤"
STATES, STATE_SHARES = ("正常", "注销", "撤销"), (0.93, 0.06, 0.01)  # [assumed]
DEAD_REPRESENTATIVE = 0.006  # [assumed] organisations whose legal representative died in the last years
_BRANDS = [BRANDS[i : i + 2] for i in range(0, len(BRANDS), 2)]
_STYLES = (
    FileStyle("societies/社会团体名录.xlsx", "xlsx", dates="iso", titles=("社会团体登记名录", "单位：万元")),
    FileStyle("societies/民办非企业单位名录.csv", "csv", "gb18030", ",", "chinese", division=2),
    FileStyle("societies/基金会名录.csv", "csv", "utf-8-sig", "\t", "slash", division=2),
)


def representatives(world: World, count: int) -> Ints:
    """Legal representatives (法定代表人): living adults of 30–74, a few who died."""
    rng = world.rng("societies.people")
    fit = np.flatnonzero(world.people.living & (world.people.age >= 30) & (world.people.age < 75))
    dead = np.flatnonzero(~world.people.living & (world.people.age >= 30) & (world.people.age < 85))
    chosen = fit[rng.integers(0, len(fit), count)]
    gone = rng.random(count) < DEAD_REPRESENTATIVE
    gone[0] = True  # even the smallest sample shows it
    chosen[gone] = dead[rng.integers(0, len(dead), int(gone.sum()))]
    return chosen


def societies_sheets(
    world: World, share: Dirt, single: bool
) -> Iterator[tuple[FileStyle, Sheet, dict[str, Ints], Marks]]:
    """The registry's lists, one a type (社会组织名录)."""
    count = max(round(len(world) * PER_RESIDENT), FEWEST)
    rng = world.rng("societies")
    person = representatives(world, count)
    kind = choose(rng, list(TYPE_SHARES), count)
    kind[:3] = [0, 1, 2]
    village = world.village[world.homes.household[person]]
    county = world.divisions.village_county[village]
    registry = np.array([int(code) for code in world.divisions.county_codes])[county]
    code = credit_codes(kind + 51, registry, np.arange(count) % 100_000)
    field, name = _names(world, rng, kind, county)
    for i, style in enumerate(_STYLES):
        at = np.flatnonzero(kind == i)
        chosen = FileStyle("societies.csv") if single else style
        marks = Marks.of(len(at))
        soiler = Soiler(stream(world.seed, f"societies.{i}"), share, marks)
        columns, founded = _columns(
            world, soiler, chosen, at, kind, registry, field, name, code, person, village
        )
        sheet = Sheet(HEADINGS, columns)
        if chosen.form == "xlsx":
            sheet.days["成立登记日期"] = (founded, ~marks.has("date_other_style", "date_impossible"))
        yield chosen, sheet, {"legal_representative": person[at]}, marks


def _columns(
    world: World,
    soiler: Soiler,
    style: FileStyle,
    at: Ints,
    kind: Ints,
    registry: Ints,
    field: Ints,
    name: Column,
    code: np.ndarray,
    person: Ints,
    village: Ints,
) -> tuple[list[Column], Ints]:
    rng, size = soiler.rng, len(at)
    who = person[at]
    year = rng.integers(1996, 2026, size)
    founded = days_of(year, rng.integers(1, 13, size), rng.integers(1, 29, size))
    founded = np.minimum(np.maximum(founded, world.people.born[who] + 366 * 22), world.today - 30)
    scopes = [f"{row.name}领域的交流、咨询与服务" for row in FIELDS]
    address = full_addresses(
        world.divisions,
        village[at],
        street_addresses(world.divisions, village[at], world.seed, f"offices.{kind[at[0]]}"),
    )
    return [
        rows(name, at),
        _codes(soiler, code[at]),
        pick(TYPES, kind[at]),
        padded(registry[at], 6),
        pick(scopes, field[at]),
        soiler.names(rows(world.name, who)),
        soiler.numbers(
            world.number[who], civil(world.people.born[who])[0], soiler.share.number_missing_representative
        ),
        soiler.dates(founded, style.dates, required=True),
        _capital(rng, kind[at]),
        soiler.addresses(address),
        pick(STATES, choose(rng, list(STATE_SHARES), size)),
    ], founded


def _codes(soiler: Soiler, clean: np.ndarray) -> Column:
    """Credit codes as written: lower case, full width, missing or with a wrong check."""
    share, marks = soiler.share, soiler.marks
    absent = soiler.luck(share.code_missing)
    wrong = soiler.luck(share.code_wrong_check, ~absent)
    wide = soiler.luck(share.code_full_width, ~absent)
    marks.add(absent, "code_missing")
    marks.add(wrong, "code_wrong_check")
    marks.add(wide, "code_full_width")
    matrix = clean.copy()
    matrix[wrong, 14] = (matrix[wrong, 14] - 48 + 1) % 10 + 48
    return where(absent, None, change(fixed_width(matrix), wide, full_width))


def _names(world: World, rng: np.random.Generator, kind: Ints, county: Ints) -> tuple[Ints, Column]:
    """Field and name: division, brand where needed, field, form; no two alike."""
    count = len(kind)
    field = choose(rng, [row.share for row in FIELDS], count)
    forms = [form for row in FIELDS for form in (row.associations, row.bodies)]
    words = [word for form in forms for word in form]
    lengths = [len(form) for form in forms]
    offsets = np.cumsum([0, *lengths[:-1]])
    slot = field * 2 + np.minimum(kind, 1)
    word = offsets[slot] + (rng.random(count) * np.array(lengths)[slot]).astype(np.int64)
    brand = pick(_BRANDS, rng.integers(0, len(_BRANDS), count))
    body = where(kind == 2, join(brand, "慈善基金会"), join(brand, pick(words, word)))
    name = join(pick(world.divisions.county_labels(), county), body)
    return field, _made_unique(name)


def _made_unique(names: Column) -> Column:
    """A second of the same name gets 第二 …, as registries insist on different names."""
    encoded = names.dictionary_encode().indices.to_numpy().astype(np.int64)
    order = np.argsort(encoded, kind="stable")
    ranks = np.zeros(len(encoded), np.int64)
    ordered = encoded[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    ranks[order] = np.arange(len(encoded)) - np.repeat(starts, np.diff(np.r_[starts, len(encoded)]))
    return change(names, ranks > 0, lambda c: join(c, "(第", plain(ranks[ranks > 0] + 1), "分部)"))


def _capital(rng: np.random.Generator, kind: Ints) -> Column:
    """Yuan in ten thousands: associations 3–50, service bodies 1–100, foundations 200 and more."""
    size = len(kind)
    associations = rng.choice(np.array([3, 5, 10, 20, 30, 50]), size)
    bodies = rng.choice(np.array([1, 2, 3, 5, 10, 30, 50, 100]), size)
    foundations = rng.choice(np.array([200, 200, 400, 800, 1200]), size)
    amount = np.select([kind == 0, kind == 1], [associations, bodies], foundations)
    commas = pc.replace_substring_regex(plain(amount), r"^(\d)(\d{3})$", r"\1,\2")
    luck = rng.random(size)
    return where(
        luck < 0.1,
        join(plain(amount), ".00"),
        where(luck < 0.2, commas, where(luck < 0.25, None, plain(amount))),
    )
