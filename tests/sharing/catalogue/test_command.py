"""The commands: compile, publish, hand out, harvest; as one who administers a node would type them."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from rdflib import Graph
from rdflib.namespace import DCAT, RDF
from tests.node import Node

from minzheng.cli.catalogue import catalogue, harvest
from minzheng.foundation.audit.models import AuditEntry

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # rdflib's own


def run(command: object, *arguments: object) -> Result:
    return CliRunner().invoke(command, [*map(str, arguments)])  # type: ignore[arg-type]


def test_a_catalogue_is_published_handed_out_and_harvested_back(node: Node, tmp_path: Path) -> None:
    early = run(catalogue)
    assert early.exit_code == 1 and "还没有发布" in early.output
    nothing = run(catalogue, "--publish")
    assert nothing.exit_code == 1 and "没有待发布的目录" in nothing.output
    made = run(catalogue, "--compile", "--publish", "--note", "首版", "--by", "王晓")
    assert made.exit_code == 0 and "新增 5" in made.output and "目录第 1 版已发布" in made.output
    assert AuditEntry.objects.get(action="catalogue.publish").user_name == "王晓"
    again = run(catalogue, "--compile")
    assert again.exit_code == 1 and "没有差别" in again.output
    assert json.loads(run(catalogue, "--json").stdout)["entries"][0]["name"] == "低保发放"
    file = tmp_path / "目录.ttl"
    assert (
        run(catalogue, "--format", "ttl", "--out", file, "--address", "https://mz.example.gov").exit_code == 0
    )
    graph = Graph().parse(file, format="turtle")
    assert len(set(graph.subjects(RDF.type, DCAT.Dataset))) == 5
    assert all(
        str(place).startswith("https://mz.example.gov/") for place in graph.objects(None, DCAT.accessURL)
    )
    said = [json.loads(run(harvest, file, "--name", "省目录", "--json").stdout) for _ in range(2)]
    assert [(one["new"], one["queued"], one["unchanged"]) for one in said] == [(5, 5, 0), (0, 0, 5)]


def test_what_may_not_be_harvested_is_said_in_one_line(node: Node) -> None:
    assert run(harvest).exit_code == 2
    refused = run(harvest, "http://169.254.169.254/latest")
    assert refused.exit_code == 1 and "不在许可之内" in refused.output
    allowed = run(harvest, "http://169.254.169.254/latest", "--allow", "169.254.169.254", "--internal")
    assert allowed.exit_code == 1 and "内网或保留地址" in allowed.output, "not even when allowed"
    assert "已在许可之内" in run(harvest, "--allow", "169.254.169.254").output
