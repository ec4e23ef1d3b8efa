"""The committed pack files as plain rows, read without the product (标准包文件)."""

import csv
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKS = ROOT / "packs"
LAYERS = ("national", "zhejiang", "zhejiang/hangzhou")

Rows = list[dict[str, str]]


@cache
def rows(path: str) -> Rows:
    """Rows of one file under packs/, as dictionaries (读取文件)."""
    with (PACKS / path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def layered(name: str) -> Rows:
    """Rows of a file in every layer that has it (各层同名文件)."""
    return [row for layer in LAYERS if (PACKS / layer / name).exists() for row in rows(f"{layer}/{name}")]


def codes(table: str) -> dict[str, dict[str, str]]:
    """Codes of one table version ``id@version`` of the national layer (代码)."""
    return {row["code"]: row for row in rows(f"national/codes/{table}.csv")}


def labels(table: str) -> dict[str, str]:
    """Every spelling of a table version to its code (名称和别名)."""
    return {
        label: code
        for code, row in codes(table).items()
        for label in (row["name"], *filter(None, row["aliases"].split(";")))
    }
