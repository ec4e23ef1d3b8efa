"""Why the model thinks so (匹配理由): one pair's match weight, comparison by comparison, computed from the model in force.

The same levels, probabilities and term frequencies as scoring uses, evaluated on a handful of pairs without the scorer's
machinery: the sum of the parts is its match weight (a test holds the two together).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import duckdb
import pyarrow as pa

from minzheng.foundation.database.arrow import Bulk
from minzheng.registry.linkage import features
from minzheng.registry.linkage.model import Model, current_model

LABELS = {
    "name": "姓名", "birth": "出生日期", "sex": "性别", "place": "住处", "relation": "与户主关系", "phone": "联系电话",
}  # fmt: skip
PRIOR, RARITY = "prior", "rarity"
FEATURES = (
    "name_key",
    "name_pinyin",
    "birth_date",
    "sex_code",
    "division_code",
    "address",
    "phone",
    "relation",
    "household",
)


@dataclass(frozen=True)
class Step:
    """One bar of the waterfall (匹配理由一项): ``bits`` of match weight added, ``total`` so far."""

    key: str
    label: str
    said: str
    bits: float
    total: float


@dataclass(frozen=True)
class Explanation:
    """Why a mention may be a person (匹配理由). ``bits``: the match weight; 0 is as likely as not."""

    person_id: UUID
    steps: tuple[Step, ...]
    bits: float
    model_version: str

    @property
    def probability(self) -> float:
        """The model's probability, 0–1."""
        return 1 / (1 + 2.0**-self.bits) if self.bits > -500 else 0.0


def explain(work: Bulk, mention: Mapping[str, Any], persons: Sequence[UUID]) -> list[Explanation]:
    """Explanations for the persons, in their order; ``mention`` as the register keeps persons (sealed, with blind indexes).

    ``household_key`` may stand for ``household_id``. Persons that do not exist are left out.
    """
    if not persons:
        return []
    model = current_model()
    chosen = ", ".join(f"'{p}'" for p in persons)
    compared = features.COLUMNS.format(t="p")
    sides = work.table(
        f"SELECT p.id, {compared}, p.household_id AS household FROM registry_person p WHERE p.id IN ({chosen})"
    )
    total = max(features.register_size(work), 1)
    own = _mention(work, mention)
    found = _levels(model, own, sides)
    name = own["name_key"]
    share = _share(work, name, total)
    by_id = {UUID(str(row["id"])): row for row in found}
    return [_explained(p, by_id[p], model, share, total) for p in persons if p in by_id]


def _mention(work: Bulk, said: Mapping[str, Any]) -> dict[str, Any]:
    household = said.get("household_id")
    if household is None and said.get("household_key") is not None:
        key = _uuid(said["household_key"])
        found = work.rows(
            f"SELECT id FROM registry_household WHERE kind_code = 'hukou' AND key_blind = '{key}'"
        )
        household = found[0]["id"] if found else None
    return {
        "name_key": said.get("name_key"), "name_pinyin": said.get("name_pinyin"), "birth_date": said.get("birth_date"),
        "sex_code": said.get("sex_code"), "division_code": said.get("hukou_division_code"),
        "address": _uuid(said.get("hukou_address_blind")), "phone": _uuid(said.get("phone_blind")),
        "relation": said.get("relation_to_head_code"), "household": _uuid(household),
    }  # fmt: skip


def _uuid(value: Any) -> str | None:
    if value is None:
        return None
    return str(UUID(bytes=value)) if isinstance(value, bytes) else str(UUID(str(value)))


def _share(work: Bulk, name: str | None, total: int) -> float | None:
    """How common the name is in the register: None where it does not occur."""
    if name is None:
        return None
    quoted = name.replace("'", "''")
    count = int(work.scalar(f"SELECT count(*) AS n FROM registry_person WHERE name_key = '{quoted}'"))
    return count / total if count else None


def _levels(model: Model, mention: Mapping[str, Any], persons: pa.Table) -> list[dict[str, Any]]:
    """Per person the level each comparison falls into, as its place in the model."""
    rows = persons.to_pylist()
    for row in rows:
        row |= {name: _uuid(row[name]) for name in ("id", "address", "phone", "household")}
    types = [(n, pa.date32() if n == "birth_date" else pa.string()) for n in FEATURES]
    left = pa.Table.from_pylist([dict(mention)], schema=pa.schema(types))
    right = pa.Table.from_pylist(rows, schema=pa.schema([("id", pa.string()), *types]))
    sides = (
        ", ".join(f"l.{n} AS {n}_l, r.{n} AS {n}_r" for n in FEATURES if n != "birth_date")
        + ", strftime(l.birth_date, '%Y-%m-%d') AS birth_text_l, strftime(r.birth_date, '%Y-%m-%d') AS birth_text_r"
    )
    cases = ", ".join(
        f"{_case(c['comparison_levels'])} AS {c['output_column_name']}" for c in model.comparisons
    )
    with duckdb.connect(config={"threads": 1, "memory_limit": "100MB"}) as db:
        db.register("left_side", left)
        db.register("right_side", right)
        return list(
            db.sql(f"SELECT id, {cases} FROM (SELECT r.id, {sides} FROM left_side l CROSS JOIN right_side r)")
            .to_arrow_table()
            .to_pylist()
        )


def _case(levels: Sequence[Mapping[str, Any]]) -> str:
    whens = "".join(f" WHEN {level['sql_condition']} THEN {n}" for n, level in enumerate(levels[:-1]))
    return f"CASE{whens} ELSE {len(levels) - 1} END"


def _explained(
    person: UUID, levels: Mapping[str, Any], model: Model, share: float | None, total: int
) -> Explanation:
    prior = model.prior(persons=total)
    running = math.log2(prior / (1 - prior))
    steps = [Step(PRIOR, "起点", f"登记 {total:,} 人中任取一人", running, running)]
    for comparison in model.comparisons:
        key = comparison["output_column_name"]
        level = comparison["comparison_levels"][levels[key]]
        bits = 0.0
        if not level.get("is_null_level"):
            bits = math.log2(level["m_probability"] / level["u_probability"])
        running += bits
        steps.append(Step(key, LABELS.get(key, key), level["label_for_charts"], bits, running))
        rarity = _rarity(level, share)
        if rarity is not None:
            running += rarity
            said = "姓名少见" if rarity > 0 else "姓名常见"
            steps.append(Step(RARITY, "姓名多寡", said, rarity, running))
    return Explanation(person, tuple(steps), running, model.version)


def _rarity(level: Mapping[str, Any], share: float | None) -> float | None:
    """What a rare or common name adds where the names are the same."""
    if "tf_adjustment_column" not in level or share is None:
        return None
    floor = max(share, level.get("tf_minimum_u_value", 0.0))
    return math.log2(level["u_probability"] / floor) * float(level.get("tf_adjustment_weight", 1.0))
