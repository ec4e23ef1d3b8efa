"""The questions themselves, each answered from the book of the editions now published (标准问答)."""

import time
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from threading import Lock
from typing import Any, TypeVar

from django.conf import settings
from django.utils import timezone

from minzheng.standards import models
from minzheng.standards.divisions import depth, holds_for
from minzheng.standards.queries.catalogue import Catalogue, DataSetSpec, ElementSpec
from minzheng.standards.queries.codebook import CodeBook, CodeSpec, OldVersion
from minzheng.standards.queries.rulebook import ParameterSpec, Rulebook, TimeLimitSpec
from minzheng.standards.queries.tree import DivisionSpec, DivisionTree, MappedDivision

Layer = tuple[str, str, int, str]  # layer, division, edition, digest: what an answer depends on
Layers = tuple[Layer, ...]


class _Seen:
    """What this process last saw published, and when."""

    at = float("-inf")
    layers: tuple[Layer, ...] = ()


def _published() -> tuple[Layer, ...]:
    """The published layers, asked of the database at most once in ``STANDARDS_FRESH_S`` seconds a process."""
    if time.monotonic() - _Seen.at >= settings.STANDARDS_FRESH_S:
        found = models.Pack.objects.filter(published__isnull=False)
        _Seen.layers = tuple(found.values_list("pk", "division_code", "published_id", "published__digest"))
        _Seen.at = time.monotonic()
    return _Seen.layers


def forget_published() -> None:
    """Ask anew at the next question: something was published or withdrawn in this process (忘记已见版本)."""
    _Seen.at = float("-inf")


def _layers(division_code: str | None = None, *, everywhere: bool = False) -> Layers:
    """The published layers, topmost first; those that hold for the division unless ``everywhere``."""
    place = settings.NODE_DIVISION_CODE if division_code is None else division_code
    chosen = [layer for layer in _published() if everywhere or holds_for(layer[1], place)]
    return tuple(sorted(chosen, key=lambda layer: (depth(layer[1]), layer[0])))


Book = TypeVar("Book")


def _kept(size: int, load: Callable[..., Book]) -> Callable[..., Book]:
    """Books kept by what they were loaded for; one thread loads while the others wait, instead of all loading the same."""
    kept, loading = lru_cache(maxsize=size)(load), Lock()

    def ask(*said: Any) -> Book:
        with loading:
            return kept(*said)

    return ask


_code_books = _kept(8, CodeBook.load)
_catalogues = _kept(8, Catalogue.load)
_trees = _kept(2, DivisionTree.load)
_rulebooks = _kept(2, Rulebook.load)


def _ids(layers: Layers) -> tuple[str, ...]:
    return tuple(layer[0] for layer in layers)


@lru_cache(maxsize=8)
def _variants(layers: Layers) -> dict[str, str]:
    rows = models.NameVariant.objects.filter(pack_id__in=_ids(layers)).order_by("position")
    return dict(rows.values_list("variant", "standard"))


def code_book(*, division_code: str | None = None) -> CodeBook:
    """All code tables, to be asked many times (代码簿)."""
    return _code_books(_layers(division_code), timezone.localdate())


def catalogue(*, division_code: str | None = None) -> Catalogue:
    """All elements and data sets, to be asked many times (目录)."""
    return _catalogues(_layers(division_code))


def division_tree() -> DivisionTree:
    """The division tree with its history, to be asked many times (区划树)."""
    return _trees(_layers(everywhere=True), timezone.localdate())


def rulebook() -> Rulebook:
    """All parameters and time limits, to be asked many times (参数与时限簿)."""
    return _rulebooks(_layers(everywhere=True))


def element(key: str) -> ElementSpec:
    """A data element as it holds here (数据元). UnknownStandardError for an unknown key."""
    return catalogue().element(key)


def elements() -> list[ElementSpec]:
    """All data elements (全部数据元)."""
    return catalogue().elements()


def data_set(key: str) -> DataSetSpec:
    """A data set with its fields and checks (数据集). UnknownStandardError for an unknown key."""
    return catalogue().data_set(key)


def data_sets() -> list[DataSetSpec]:
    """All data sets (全部数据集)."""
    return catalogue().data_sets()


def spellings(table_id: str, *, version: str | None = None) -> dict[str, str]:
    """Every accepted spelling → current code (代码的写法); keys are half-width and without blanks.

    With ``version`` the spellings of that older version, codes included. UnknownStandardError for an unknown
    table.
    """
    return code_book().spellings(table_id, version=version)


def old_versions(table_id: str) -> tuple[OldVersion, ...]:
    """The versions no longer current, newest first, each with its mapping to current codes (旧版代码表)."""
    return code_book().old_versions(table_id)


def codes(table_id: str, *, version: str | None = None) -> list[CodeSpec]:
    """The codes of a table's current or named version, in the standard's order (代码列表)."""
    return code_book().codes(table_id, version=version)


def label(table_id: str, code: str) -> str:
    """The name of a current code, else of an old one, else the code itself (代码名称)."""
    return code_book().label(table_id, code)


def divisions(
    *, on: date | None = None, under: str | None = None, level: str | None = None
) -> list[DivisionSpec]:
    """Divisions valid on a day (default today), below ``under``, of one level (区划列表)."""
    return division_tree().divisions(on=on, under=under, level=level)


def division_spellings() -> dict[str, str]:
    """Every way to write a division that means one only → its code (区划的写法)."""
    return division_tree().spellings


def division_name(code: str) -> str:
    """The full path: 浙江省杭州市西湖区 (区划全称). UnknownStandardError for an unknown code."""
    return division_tree().full_name(code)


def map_division(code: str, *, from_on: date, to_on: date) -> list[MappedDivision]:
    """What a division of one day's code set is in another's, forward or back (区划对照)."""
    return division_tree().map(code, from_on=from_on, to_on=to_on)


def parameter(key: str, *, division_code: str, on: date) -> ParameterSpec:
    """The value that holds for a division on a day: most specific first, then latest (参数)."""
    return rulebook().parameter(key, division_code=division_code, on=on)


def time_limit(step: str, *, division_code: str, on: date) -> TimeLimitSpec:
    """The limit that holds for a division on a day: most specific first, then latest (时限)."""
    return rulebook().time_limit(step, division_code=division_code, on=on)


def name_variants() -> dict[str, str]:
    """Variant and traditional characters → standard form (异体字)."""
    return _variants(_layers())
