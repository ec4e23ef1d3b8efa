"""A node run by a new release of the product (新版产品)."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.node import Apart

PACKS = Path(__file__).parents[2] / "packs"


@dataclass
class Released(Apart):
    """The same node with packs of the release's own."""

    packs: Path

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | {"MINZHENG_PACKS": str(self.packs)}


def with_newer_city(node: Apart, folder: Path) -> Released:
    """The node under a release whose city layer is 1.1 instead of 1.0."""
    packs = folder / "release" / "packs"
    shutil.copytree(PACKS, packs)
    header = packs / "zhejiang" / "hangzhou" / "pack.csv"
    text = header.read_text(encoding="utf-8")
    assert "version,1.0" in text
    header.write_text(text.replace("version,1.0", "version,1.1"), encoding="utf-8")
    return Released(node.home, node.url, node.key, packs)
