"""The real division tree of the province, as places to live in (行政区划)."""

import csv
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa

from minzheng_sample.streams import Flags, Ints
from minzheng_sample.text import Column

_SUFFIXES = ("社区居民委员会", "居民委员会", "村民委员会", "社区居委会", "居委会", "村委会")
_NO_TOWNSHIP = "直辖村级"  # the statistics office's pretended township where a county-level city has none


@dataclass(frozen=True)
class Divisions:
    """Cities, counties and villages with codes and path labels (区划表).

    Shapes: ``city_*`` (cities,), ``county_*`` (counties,), ``village_*`` (villages,). Codes are 6-digit for
    cities and
    counties, 12-digit for villages. Source: ``packs/<province>/divisions/divisions.csv``.
    """

    province_name: str
    city_codes: list[str]
    city_names: list[str]
    county_codes: list[str]
    county_names: list[str]
    county_city: Ints
    village_codes: list[str]
    village_county: Ints
    village_urban: Flags
    township_names: list[str]
    village_names: list[str]

    @property
    def village_city(self) -> Ints:
        """The city of every village (所属地市)."""
        return self.county_city[self.village_county]

    @cached_property
    def village_forms(self) -> Column:
        """Every way a village's division is written, one after another (区划写法).

        12-digit, 9-digit and 6-digit codes, then full path labels; shape (4 × villages,).
        """
        codes = self.village_codes
        return pa.array([*codes, *(c[:9] for c in codes), *(c[:6] for c in codes), *self._village_labels()])

    @property
    def village_labels(self) -> Column:
        """Full Chinese path of every village (区划全称)."""
        return self.village_forms.slice(3 * len(self.village_codes))

    def _village_labels(self) -> list[str]:
        heads = [
            self.province_name + self.city_names[city] + name
            for city, name in zip(self.county_city, self.county_names, strict=True)
        ]
        parts = zip(self.village_county, self.township_names, self.village_names, strict=True)
        return [heads[county] + town + village for county, town, village in parts]

    def county_labels(self) -> list[str]:
        """City and county name of every county (县级全称)."""
        return [
            self.city_names[c] + name for c, name in zip(self.county_city, self.county_names, strict=True)
        ]


def short_village(name: str) -> str:
    """A village as people write it in an address (村居简称): 曙光社区居委会 → 曙光社区."""
    for suffix in _SUFFIXES:
        if name.endswith(suffix) and len(name) > len(suffix):
            stem = name[: -len(suffix)]
            if suffix.startswith("社区"):
                return f"{stem}社区"
            if stem.endswith(("村", "社区", "居", "坊")):
                return stem
            return stem + ("村" if suffix.startswith("村") else "社区")
    return name


def read_divisions(path: Path) -> Divisions:
    """The divisions valid now, from a pack's ``divisions.csv`` (读区划).

    Raises ValueError where a level is missing.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        now = [row for row in csv.DictReader(file) if not row["effective_to"]]
    names = {row["code"].ljust(12, "0"): row["name"] for row in now}
    codes = sorted(names)
    provinces = [c for c in codes if c.endswith("0" * 10)]
    cities = [c for c in codes if c.endswith("0" * 8) and c not in provinces]
    counties = [c for c in codes if c.endswith("0" * 6) and not c.endswith("0" * 8)]
    villages = [c for c in codes if not c.endswith("000")]
    if not (provinces and cities and counties and villages):
        raise ValueError(f"区划文件缺少省、市、县或村居: {path}")
    city_at = {code[:4]: i for i, code in enumerate(cities)}
    county_at = {code[:6]: i for i, code in enumerate(counties)}
    villages = [c for c in villages if c[:6] in county_at]
    townships = [names.get(c[:9] + "000", "") for c in villages]
    return Divisions(
        province_name=names[provinces[0]],
        city_codes=[c[:6] for c in cities],
        city_names=[names[c] for c in cities],
        county_codes=[c[:6] for c in counties],
        county_names=[names[c] for c in counties],
        county_city=np.array([city_at[c[:4]] for c in counties], dtype=np.int64),
        village_codes=villages,
        village_county=np.array([county_at[c[:6]] for c in villages], dtype=np.int64),
        village_urban=np.array([c[9:] < "200" or "400" <= c[9:] < "500" for c in villages]),
        township_names=["" if _NO_TOWNSHIP in name else name for name in townships],
        village_names=[short_village(names[c]) for c in villages],
    )
