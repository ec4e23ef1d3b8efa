"""Estimate the person linkage model from a sample whose truth is known, and write it to the pack.

    python tools/models/train_person.py [--persons 200000] [--seed 77]

m: how often true pairs reach each level; u: how often random pairs do; both counted, with add-half smoothing. The sample
of estimation (its seed) is never the one accuracy is measured on.
"""

import argparse
import json
import os
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
TARGET = PROJECT / "src" / "minzheng" / "registry" / "linkage" / "models" / "person-2.json"

SAME = " + ".join(
    f"CAST(substr(name_key_l, {i}, 1) = substr(name_key_r, {i}, 1) AS INTEGER)" for i in range(1, 6)
)
ONE_APART = (
    f"""length(name_key_l) = length(name_key_r) AND length(name_key_l) BETWEEN 3 AND 5 AND ({SAME}) = 4"""
)
ONE_MISSING = """abs(length(name_key_l) - length(name_key_r)) = 1 AND length(name_key_l) >= 2 AND length(name_key_r) >= 2
 AND substr(name_key_l, 1, 1) = substr(name_key_r, 1, 1)
 AND substr(name_key_l, length(name_key_l), 1) = substr(name_key_r, length(name_key_r), 1)"""
SWAPPED = """substr(birth_text_l, 1, 4) = substr(birth_text_r, 1, 4) AND substr(birth_text_l, 6, 2) = substr(birth_text_r, 9, 2)
 AND substr(birth_text_l, 9, 2) = substr(birth_text_r, 6, 2)"""

COMPARISONS: dict[str, list[tuple[str, str]]] = {
    "name": [
        ("姓名未填", "name_key_l IS NULL OR name_key_r IS NULL"),
        ("姓名相同", "name_key_l = name_key_r"),
        ("读音相同", "name_pinyin_l = name_pinyin_r"),
        ("差一字", f"({ONE_APART}) OR ({ONE_MISSING})"),
        ("同姓", "substr(name_key_l, 1, 1) = substr(name_key_r, 1, 1)"),
        ("姓名不同", "ELSE"),
    ],
    "birth": [
        ("出生日期未填", "birth_text_l IS NULL OR birth_text_r IS NULL"),
        ("出生日期相同", "birth_text_l = birth_text_r"),
        ("月日颠倒或差一位", f"({SWAPPED}) OR levenshtein(birth_text_l, birth_text_r) <= 1"),
        ("同年", "substr(birth_text_l, 1, 4) = substr(birth_text_r, 1, 4)"),
        ("出生日期不同", "ELSE"),
    ],
    "sex": [
        ("性别未填", "sex_code_l IS NULL OR sex_code_r IS NULL"),
        ("性别相同", "sex_code_l = sex_code_r"),
        ("性别不同", "ELSE"),
    ],
    "place": [
        ("住处未填", "division_code_l IS NULL OR division_code_r IS NULL"),
        ("同户", "household_l = household_r"),
        ("同址", "address_l = address_r"),
        ("同村社区", "length(division_code_l) >= 12 AND division_code_l = division_code_r"),
        (
            "同乡镇",
            "length(division_code_l) >= 9 AND substr(division_code_l, 1, 9) = substr(division_code_r, 1, 9)",
        ),
        ("同县", "substr(division_code_l, 1, 6) = substr(division_code_r, 1, 6)"),
        ("同市", "substr(division_code_l, 1, 4) = substr(division_code_r, 1, 4)"),
        ("异地", "ELSE"),
    ],
    "relation": [
        ("与户主关系未填", "relation_l IS NULL OR relation_r IS NULL"),
        ("与户主关系相同", "relation_l = relation_r"),
        ("与户主关系不同", "ELSE"),
    ],
    "phone": [
        ("电话未填", "phone_l IS NULL OR phone_r IS NULL"),
        ("电话相同", "phone_l = phone_r"),
        ("电话不同", "ELSE"),
    ],
}
M_FLOOR = 0.002
FLOORS = {"relation": 0.1}  # people change households, and sources differ in whom they call the head
BLOCKING = [
    "l.birth_text = r.birth_text AND substr(l.name_key, 1, 1) = substr(r.name_key, 1, 1)",
    "l.name_key = r.name_key AND substr(l.division_code, 1, 6) = substr(r.division_code, 1, 6)",
    "l.name_key = r.name_key AND substr(l.birth_text, 1, 4) = substr(r.birth_text, 1, 4)",
    "l.household = r.household AND l.sex_code = r.sex_code",
    "l.phone = r.phone AND l.name_key = r.name_key",
]


def captured(folder: Path, persons: int, seed: int) -> tuple[Any, Any, dict[int, str], dict[Any, str]]:
    """Features of the unnumbered mentions and of the register they meet, with the truth of both."""
    from minzheng.cli.boot import boot

    boot()
    import csv

    from django.utils import timezone

    from minzheng.exchange import services
    from minzheng.exchange.load import chunk
    from minzheng.registry.linkage import features
    from minzheng.registry.models import PersonClaim
    from minzheng_sample.command import find_pack
    from minzheng_sample.dirt import Dirt
    from minzheng_sample.divisions import read_divisions
    from minzheng_sample.sample import make_sample

    make_sample(read_divisions(find_pack()), folder, persons=persons, seed=seed, single=True, today=date(2026, 6, 30),
                share=Dirt(reentered=0.1, number_missing_reentered=1.0))  # fmt: skip
    seen: list[Any] = []

    def keep(work: Any) -> None:
        seen.append((features.mentions(work), features.candidates(work, 10**9, 1)))

    chunk.link_mentions = keep
    with (folder / "persons.csv").open("rb") as file:
        batch = services.receive("persons", file, name="persons.csv", source=None, by=None, at=timezone.now())
    services.run(batch)
    with (folder / "truth" / "rows_persons.csv").open(encoding="utf-8") as file:
        truth = {int(row["row"]): row["person_id"] for row in csv.DictReader(file)}
    numbered = PersonClaim.objects.exclude(rule="model").filter(rule__in=["new", "id_number"])
    owner = {
        person: truth[row] for person, row in numbered.order_by("-row_no").values_list("person_id", "row_no")
    }
    mentions, register = seen[0]
    return mentions, register, truth, owner


def estimate(folder: Path, persons: int, seed: int) -> dict[str, Any]:
    import duckdb
    import pyarrow as pa

    mentions, register, truth, owner = captured(folder, persons, seed)
    db = duckdb.connect()
    db.register("mention_arrow", mentions)
    db.register("register_arrow", register)
    db.register("truth", pa.table({"row_no": list(truth), "true_id": list(truth.values())}))
    db.register("owner", pa.table({"id": [str(k) for k in owner], "true_id": list(owner.values())}))
    birth = "strftime(birth_date, '%Y-%m-%d') AS birth_text"
    db.execute(
        f"CREATE TABLE a AS SELECT m.*, {birth}, t.true_id FROM mention_arrow m JOIN truth t ON t.row_no = m.rows[1]"
    )
    db.execute(
        f"CREATE TABLE b AS SELECT r.*, {birth}, o.true_id FROM register_arrow r JOIN owner o ON o.id = r.id::VARCHAR"
    )
    features = [
        "name_key",
        "name_pinyin",
        "birth_text",
        "sex_code",
        "division_code",
        "address",
        "phone",
        "household",
        "relation",
    ]
    pair = ", ".join(f"a.{f} AS {f}_l, b.{f} AS {f}_r" for f in features)
    db.execute(f"CREATE TABLE matched AS SELECT {pair} FROM a JOIN b USING (true_id)")
    db.execute(
        f"CREATE TABLE random AS SELECT {pair} FROM (SELECT * FROM a USING SAMPLE 3000) a, (SELECT * FROM b USING SAMPLE 3000) b"
    )
    comparisons = []
    for name, levels in COMPARISONS.items():
        counts = {side: level_counts(db, side, levels) for side in ("matched", "random")}
        comparisons.append({"output_column_name": name, "comparison_levels": [
            level_of(name, number, label, condition, counts, levels) for number, (label, condition) in enumerate(levels)
        ]})  # fmt: skip
    pairs = db.execute("SELECT count(*) FROM matched").fetchone()
    return document(comparisons, int(pairs[0]) if pairs else 0, persons, seed)


def level_counts(db: Any, side: str, levels: list[tuple[str, str]]) -> list[int]:
    whens = " ".join(f"WHEN {condition} THEN {i}" for i, (_, condition) in enumerate(levels[:-1]))
    found = dict(
        db.execute(
            f"SELECT CASE {whens} ELSE {len(levels) - 1} END AS level, count(*) FROM {side} GROUP BY 1"
        ).fetchall()
    )
    return [int(found.get(i, 0)) for i in range(len(levels))]


def level_of(
    name: str,
    number: int,
    label: str,
    condition: str,
    counts: dict[str, list[int]],
    levels: list[tuple[str, str]],
) -> dict[str, Any]:
    level: dict[str, Any] = {"sql_condition": condition, "label_for_charts": label}
    if number == 0:
        return level | {"is_null_level": True}
    for key, side in (("m_probability", "matched"), ("u_probability", "random")):
        total = sum(counts[side][1:])
        share = (counts[side][number] + 0.5) / (total + 0.5 * (len(levels) - 1))
        # Real sources err in ways no sample does: no agreement is taken for impossible among true pairs.
        level[key] = round(max(share, FLOORS.get(name, M_FLOOR)) if side == "matched" else share, 9)
    if name == "name" and number == 1:
        level |= {"tf_adjustment_column": "name_key", "tf_adjustment_weight": 1.0, "tf_minimum_u_value": 1e-6}
    return level


def document(comparisons: list[dict[str, Any]], pairs: int, persons: int, seed: int) -> dict[str, Any]:
    return {
        "minzheng": {
            "version": "person-2",
            "estimated_on": {"sample_persons": persons, "seed": seed, "true_pairs": pairs},
            "link_from_bits": 12.0,
            "review_from_bits": 3.0,
            "margin_bits": 6.0,
            "coverage": 0.5,
        },
        "link_type": "link_only",
        "unique_id_column_name": "unique_id",
        "blocking_rules_to_generate_predictions": [{"blocking_rule": rule} for rule in BLOCKING],
        "comparisons": comparisons,
        "retain_matching_columns": True,
        "retain_intermediate_calculation_columns": False,
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--persons", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=77)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MINZHENG_HOME"] = str(Path(folder) / "home")
        made = estimate(Path(folder) / "sample", asked.persons, asked.seed)
    TARGET.write_text(json.dumps(made, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(f"{TARGET.relative_to(PROJECT)}: {made['minzheng']['estimated_on']}")
