"""The commands: compile, publish, hand out, harvest; each as one who administers a node would type it."""

import json
from pathlib import Path

import pytest
from rdflib import Graph
from rdflib.namespace import DCAT, RDF
from tests.node import MakeApart

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # rdflib's own


def test_a_catalogue_is_published_handed_out_and_harvested_back(
    make_apart: MakeApart, tmp_path: Path
) -> None:
    here = make_apart()
    early = here.run("catalogue")
    assert early.returncode == 1 and "还没有发布" in early.stderr
    made = here.run("catalogue", "--compile", "--publish", "--note", "首版")
    assert made.returncode == 0 and "新增 5" in made.stdout and "目录第 1 版已发布" in made.stdout, (
        made.stderr
    )
    again = here.run("catalogue", "--compile")
    assert again.returncode == 1 and "没有差别" in again.stderr
    file = tmp_path / "目录.ttl"
    assert here.run("catalogue", "--format", "ttl", "--out", file).returncode == 0
    assert len(set(Graph().parse(file, format="turtle").subjects(RDF.type, DCAT.Dataset))) == 5
    first, second = (here.json("harvest", file, "--name", "省目录") for _ in range(2))
    assert (first["new"], first["queued"], second["queued"], second["unchanged"]) == (5, 5, 0, 5)
    refused = here.run("harvest", "http://169.254.169.254/latest")
    assert (
        refused.returncode == 1 and "不在许可之内" in refused.stderr and len(refused.stderr.splitlines()) == 1
    )
    assert json.loads(here.run("catalogue", "--json").stdout)["number"] == 1
