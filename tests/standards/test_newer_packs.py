"""A product that came with newer standards says so, publishes them when asked, and never goes back."""

from collections.abc import Callable
from pathlib import Path

import pytest

from minzheng.standards import models, queries, services
from minzheng.standards.errors import LintError

from .conftest import AT, NATION, PROVINCE

pytestmark = pytest.mark.django_db
Ship = Callable[..., None]


@pytest.fixture
def ship(make_pack, published, settings, tmp_path: Path) -> Ship:
    """Let the product come with these versions of the nation's and the province's packs."""

    def come(nation: str, province: str = "1", files: dict[str, str] | None = None) -> None:
        settings.PACKS_DIR = tmp_path / f"shipped-{nation}-{province}"
        for base, version in ((PROVINCE, province), (NATION, nation)):
            header = {"pack.csv": base["pack.csv"].replace("version,1", f"version,{version}")}
            more = files if base is NATION else {}
            folder = make_pack(base, header | (more or {}))
            folder.rename(_made(settings.PACKS_DIR) / folder.name)

    return come


def _made(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return folder


def newer() -> list[tuple[str, str, str]]:
    return [(one.pack, one.version, one.published) for one in services.newer_packs()]


def test_what_is_newer_is_told_and_published_from_the_top(ship: Ship) -> None:
    ship("1")
    assert newer() == [] == services.publish_newer_packs()
    ship("1.10", "2")
    assert sorted(newer()) == [("nation", "1.10", "1"), ("province", "2", "1")]
    assert services.publish_shipped_packs() == []  # not without being asked
    assert [done.pack for done in services.publish_newer_packs()] == ["nation", "province"]
    assert {layer.pack: layer.version for layer in queries.layers()} == {"nation": "1.10", "province": "2"}
    assert newer() == []


def test_an_older_one_and_one_the_node_has_gone_on_from_is_not_newer(ship: Ship, make_pack) -> None:
    ship("1.10")
    services.publish_newer_packs()
    ship("1.9")
    assert newer() == []
    own = {"pack.csv": NATION["pack.csv"].replace("version,1", "version,0.5")}
    services.publish(make_pack(NATION, own), by="张三", at=AT, note="退回旧版")
    ship("1.10")
    assert newer() == []


def test_a_faulty_newer_pack_changes_nothing(ship: Ship) -> None:
    ship("2", files={"codes/SEX@2003.csv": NATION["codes/SEX@2003.csv"] + "1,男性,,,,,\n"})
    with pytest.raises(LintError):
        services.publish_newer_packs()
    assert models.Pack.objects.get(pk="nation").published.version == "1"
    assert newer() == [("nation", "2", "1")]
