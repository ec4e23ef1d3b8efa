"""The shipped standards without what makes publishing slow (精简标准包)."""

import csv
import shutil
from pathlib import Path

import pytest

from minzheng.standards.services import publish_shipped_packs
from tests.emptying import stand

SHIPPED = Path(__file__).parents[1] / "packs"
LEFT_OUT = shutil.ignore_patterns("*.geojson", "townships_mca.csv", "hangzhou", "name_variants.csv", "models")


@pytest.fixture(scope="session")
def small_packs(tmp_path_factory) -> Path:
    """A copy of the packs that publishes in a moment: divisions down to the county, no name variants."""
    packs = tmp_path_factory.mktemp("standards") / "packs"
    shutil.copytree(SHIPPED, packs, ignore=LEFT_OUT)
    path = packs / "zhejiang" / "divisions" / "divisions.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        heading, *rows = csv.reader(file)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([heading, *(row for row in rows if len(row[0]) == 6)])
    return packs


@pytest.fixture
def standards(small_packs, transactional_db, settings) -> None:
    """The standards published, for tests that commit."""
    settings.PACKS_DIR = small_packs
    stand("small", publish_shipped_packs)
