"""Parameters and time limits by place and day (参数与时限簿): most specific first, then latest."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from minzheng.standards import models
from minzheng.standards.divisions import depth, holds_for
from minzheng.standards.errors import UnknownStandardError
from minzheng.standards.queries.nearest import nearest
from minzheng.standards.terms import CONFIDENCE


@dataclass(frozen=True, slots=True)
class ParameterSpec:
    """A dated, placed value (参数).

    ``value`` as written; ``unit`` says what it counts (money: fen or 元 as named).
    """

    key: str
    name: str
    value: str
    unit: str
    division_code: str
    effective_from: date | None
    effective_to: date | None
    legal_basis: str
    confidence: str
    note: str
    pack: str

    @property
    def confidence_label(self) -> str:
        """已核 or 待核 (核实情况)."""
        return CONFIDENCE[self.confidence]


@dataclass(frozen=True, slots=True)
class TimeLimitSpec:
    """A dated, placed limit (时限).

    ``unit``: WD workdays, CD calendar days, M months, Y years, hour, date.
    """

    step: str
    length: str
    unit: str
    starts_at: str
    direction: str
    division_code: str
    effective_from: date | None
    effective_to: date | None
    legal_basis: str
    confidence: str
    note: str
    pack: str

    @property
    def confidence_label(self) -> str:
        """已核 or 待核 (核实情况)."""
        return CONFIDENCE[self.confidence]


Rule = TypeVar("Rule", ParameterSpec, TimeLimitSpec)


class Rulebook:
    """All parameters and limits of all layers (参数与时限簿)."""

    def __init__(
        self, parameters: dict[str, list[ParameterSpec]], limits: dict[str, list[TimeLimitSpec]]
    ) -> None:
        self._parameters = parameters
        self._limits = limits

    @classmethod
    def load(cls, layers: tuple[tuple[str, str, int, str], ...]) -> "Rulebook":
        """Read from the published rows (载入)."""
        order = [layer[0] for layer in layers]
        parameters: dict[str, list[ParameterSpec]] = defaultdict(list)
        limits: dict[str, list[TimeLimitSpec]] = defaultdict(list)
        for row in _rows(models.Parameter, order):
            parameters[row["key"]].append(ParameterSpec(**_values(row)))
        for row in _rows(models.TimeLimit, order):
            limits[row["step"]].append(TimeLimitSpec(**_values(row)))
        return cls(dict(parameters), dict(limits))

    def parameter(self, key: str, *, division_code: str, on: date) -> ParameterSpec:
        """The value that holds (参数). UnknownStandardError for an unknown key, place or time."""
        if key not in self._parameters:
            raise UnknownStandardError(f"没有参数“{key}”{nearest(key, self._parameters)}")
        return _chosen(self._parameters[key], f"参数“{key}”", division_code, on)

    def time_limit(self, step: str, *, division_code: str, on: date) -> TimeLimitSpec:
        """The limit that holds (时限). UnknownStandardError for an unknown step, place or time."""
        if step not in self._limits:
            raise UnknownStandardError(f"没有环节“{step}”{nearest(step, self._limits)}")
        return _chosen(self._limits[step], f"环节“{step}”", division_code, on)

    def parameters(self) -> list[ParameterSpec]:
        """All parameters (全部参数)."""
        return [spec for specs in self._parameters.values() for spec in specs]

    def time_limits(self) -> list[TimeLimitSpec]:
        """All limits (全部时限)."""
        return [spec for specs in self._limits.values() for spec in specs]


def _chosen(specs: list[Rule], what: str, division_code: str, on: date) -> Rule:
    here = [spec for spec in specs if holds_for(spec.division_code, division_code)]
    if not here:
        raise UnknownStandardError(f"{what}在区划 {division_code} 没有规定")
    now = [s for s in here if (s.effective_from or date.min) <= on < (s.effective_to or date.max)]
    if not now:
        raise UnknownStandardError(f"{what}在区划 {division_code} 于 {on} 没有有效的规定")
    return max(now, key=lambda spec: (depth(spec.division_code), spec.effective_from or date.min))


def _rows(model: Any, order: list[str]) -> list[dict[str, Any]]:
    return list(model.objects.filter(pack_id__in=order).order_by("pack_id", "position").values())


def _values(row: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in row.items() if name not in ("id", "pack_id", "position")}
    return kept | {"pack": row["pack_id"]}
