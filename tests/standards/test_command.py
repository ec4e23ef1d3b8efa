"""The commands: one clear line and an exit code on failure, JSON where something is reported."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from minzheng.cli import standards as commands
from minzheng.cli import standards_asking
from minzheng.standards import models

from .conftest import NATION

MakePack = Callable[..., Path]
pytestmark = pytest.mark.usefixtures("published")


@pytest.fixture(autouse=True)
def booted(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The test's own database is up already."""
    monkeypatch.setattr(commands, "boot", lambda: None)
    monkeypatch.setattr(standards_asking, "boot", lambda: None)
    return


def run(*args: str) -> Result:
    command = commands.due if args[0] == "due" else commands.standards
    return CliRunner().invoke(command, args[1:] if args[0] == "due" else args)


def test_due_as_json() -> None:
    result = run("due", "低保.审核", "--from", "2025-09-25", "--division", "330106000000", "--json")
    assert result.exit_code == 0
    said = json.loads(result.stdout)
    assert (said["due"], said["basis"], said["confidence"]) == ("2025-10-22", "某条例第11条", "confirmed")
    assert said["counted"]


def test_due_for_people() -> None:
    result = run("due", "低保.审核", "--from", "2025-09-25", "--division", "330106")
    assert "届满日: 2025-10-22" in result.stdout
    assert "已核" in result.stdout


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("低保.初审", "--from", "2025-09-25", "--division", "330106"), "相近的有"),
        (("低保.审核", "--from", "2025-13-25", "--division", "330106"), "不是有效日期"),
        (("低保.审核", "--from", "2025-09-25", "--division", "33010"), "区划代码"),
        (("低保.审核", "--from", "2025-09-25", "--division", "449999"), "没有区划代码"),
    ],
)
def test_due_fails_clearly(args: tuple[str, ...], said: str) -> None:
    result = run("due", *args)
    assert result.exit_code != 0
    assert said in result.stderr


def test_lint_and_publish_refuse_with_file_and_line(make_pack: MakePack) -> None:
    folder = make_pack(NATION, {"codes/SEX@2003.csv": NATION["codes/SEX@2003.csv"] + "1,男性,,,,,\n"})
    for command in ("lint", "publish"):
        result = run(command, str(folder))
        assert result.exit_code != 0
        assert "codes/SEX@2003.csv:5 [code]" in result.output
    said = json.loads(run("lint", str(folder), "--json").stdout)
    assert (said["ok"], said["findings"][0]["line"]) == (False, 5)


def test_diff_publish_and_history(make_pack: MakePack) -> None:
    files = {
        "pack.csv": NATION["pack.csv"].replace("version,1", "version,2"),
        "codes/SEX@2003.csv": NATION["codes/SEX@2003.csv"].replace("未说明", "不详"),
    }
    folder = str(make_pack(NATION, files))
    assert "修改 代码 SEX / 2003 / 9  name: 未说明 → 不详" in run("diff", folder).stdout
    said = json.loads(run("publish", folder, "--by", "李四", "--note", "更名", "--json").stdout)
    assert (said["changed"], said["changes"]["changed"]) == (True, 2)
    assert "未作改动" in run("publish", folder).stdout
    assert "nation@2  发布  李四  更名" in run("history", "--pack", "nation").stdout


def test_import_then_advance(tmp_path: Path) -> None:
    exported = run("export", "codes", "--pack", "nation", "--table", "SEX", "--version", "2003").stdout
    assert exported == NATION["codes/SEX@2003.csv"]
    file = tmp_path / "sex.csv"
    file.write_text(exported + "0,未知,,,,,\n", encoding="utf-8")
    table = ("--table", "SEX", "--version", "2003")
    result = run("import", "codes", str(file), "--pack", "nation", "--new-version", "2", *table, "--by", "甲")
    assert "已起草 nation@2, 与现行版相比 2 处变化" in result.stdout
    assert run("advance", "nation", "2", "published", "--by", "甲").exit_code != 0
    for stage, who in (("reviewed", "乙"), ("approved", "丙"), ("published", "丁")):
        assert run("advance", "nation", "2", stage, "--by", who).exit_code == 0
    assert models.Code.objects.filter(table_id="SEX", code="0").exists()


def test_show_search_map_list() -> None:
    assert json.loads(run("show", "element", "id_number", "--json").stdout)["max_length"] == 18
    assert "金钗河社区" in run("show", "division", "330383").stdout
    assert run("show", "parameter", "nothing").exit_code != 0
    assert json.loads(run("search", "xihuqu", "--json").stdout)[0]["key"] == "330106"
    assert "没有找到" in run("search", "zzzz").stdout
    parts = json.loads(run("map", "330185", "--from", "2015-01-01", "--to", "2022-01-01", "--json").stdout)
    assert parts == [{"code": "330112", "name": "临安区", "share": "全部"}]
    assert "nation@1" in run("list").stdout
