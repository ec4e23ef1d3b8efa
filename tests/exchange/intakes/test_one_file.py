"""Adding an adapter is one file: the one of the how-to, laid in a folder, brings rows in."""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from tests.browser import PASSWORD
from tests.exchange.intakes.entering import names
from tests.exchange.numbers import number
from tests.node import Node

from minzheng.cli import intakes as cli
from minzheng.cli import sources
from minzheng.exchange import adapters
from minzheng.exchange.intake import declare, finding
from minzheng.foundation.accounts.services import create_user

GUIDE = Path(__file__).parents[3] / "docs" / "howto" / "add-an-adapter.md"


@pytest.fixture
def one_file(node: Node, tmp_path: Path, settings) -> Iterator[Path]:
    """The how-to's example in a folder of its own; forgotten afterwards."""
    (code,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    folder = tmp_path / "adapters"
    folder.mkdir(mode=0o700)
    (folder / "bulletin.py").write_text(code, encoding="utf-8")
    settings.ADAPTER_FOLDERS = [str(folder)]
    yield folder
    adapters.__path__[:] = [path for path in adapters.__path__ if path != str(folder)]
    sys.modules.pop(f"{adapters.__name__}.bulletin", None)
    declare._ADAPTERS.pop("bulletin", None)


def test_one_file_brings_rows_in(one_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (cli, sources):
        monkeypatch.setattr(module, "boot", lambda: None)
    drop = tmp_path / "bulletins"
    drop.mkdir()
    (drop / "20260101.txt").write_text(f"王晓|{number(1)}|330106\n李芳|号码不对|330106\n", encoding="gb18030")

    def said(*arguments: str) -> str:
        done = CliRunner().invoke(sources.source, list(arguments))
        assert done.exit_code == 0, done.output
        return done.output

    assert "bulletin  日报文本" in said("adapters")
    said("allow", str(drop))
    said("connect", "殡仪馆日报", "--adapter=bulletin", "--feed=persons", f"--set=folder={drop}",
         "--set=headings=姓名,公民身份号码,户籍区划", "--cycle=1440")  # fmt: skip
    assert said("check", "殡仪馆日报") == f"连接正常: {drop}, 有 1 份日报\n"
    report = json.loads(said("run", "殡仪馆日报", "--json"))
    assert report["problem"] is None and names() == {"王晓"}
    assert (report["batches"][0]["accepted"], report["batches"][0]["quarantined"]) == (1, 1)
    (drop / "20260102.txt").write_text(f"张三丰|{number(3)}|330106\n", encoding="gb18030")
    assert json.loads(said("run", "--due", "--json")) == [], "a day has not gone by"
    assert json.loads(said("run", "殡仪馆日报", "--json"))["batches"][0]["read"] == 1
    (listed,) = json.loads(said("list", "--json"))
    assert (listed["state"], listed["reached"]["last"], listed["cycle_minutes"]) == (
        "working",
        "20260102.txt",
        1440,
    )
    page = _page("/intakes/new/bulletin/")
    assert "日报文本" in page and "按文本中的先后" in page
    drop.rename(tmp_path / "gone")
    failed = CliRunner().invoke(sources.source, ["check", "殡仪馆日报"])
    assert failed.exit_code != 0 and "不存在, 请核对路径" in failed.output
    said("remove", "殡仪馆日报", "--yes")


def _page(address: str) -> str:
    user = create_user(
        username="officer", password=PASSWORD, display_name="林静", division_code="330000",
        roles=["data_officer"], data_level=3, must_change_password=False,
    )  # fmt: skip
    client = Client()
    client.force_login(user)
    return client.get(address).content.decode()


def test_an_adapter_that_breaks_is_one_sentence(one_file: Path, tmp_path: Path, monkeypatch) -> None:
    from tests.exchange.intakes.entering import allow, checked, entered, failed

    allow(str(tmp_path))
    intake = entered("bulletin", {"folder": str(tmp_path), "headings": "姓名"})

    def broken(*_: object) -> None:
        raise RuntimeError("postgresql://reader:Geheim-123@10.0.0.5")

    monkeypatch.setattr(declare.adapter_named("bulletin"), "check", broken, raising=False)
    monkeypatch.setattr(declare.adapter_named("bulletin"), "fetch", broken, raising=False)
    assert checked(intake) == failed(intake) == "接入方式“日报文本”出错 (RuntimeError), 详情见本节点日志"


def test_a_folder_that_others_may_write_to_is_refused(node: Node, tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(0o777)
    with pytest.raises(ImproperlyConfigured, match="可由他人写入"):
        finding.find_adapters((str(folder),))
    with pytest.raises(ImproperlyConfigured, match="不存在"):
        finding.find_adapters((str(tmp_path / "none"),))
