"""The command: two files in, a result out; every refusal is one line and leaves nothing behind."""

import csv
import io

import pytest
from click.testing import CliRunner
from tests.stewardship.compare.lists import as_csv, two_lists

from minzheng.cli import comparing
from minzheng.foundation.audit.models import AuditEntry

SPEC = "key: 编号\ncolumns: {姓名: name, 出生日期: date, 住址: address}\n"


@pytest.fixture
def run(home, tmp_path, monkeypatch, transactional_db):
    """Runs ``minzheng compare`` in this process; the node stands already."""
    monkeypatch.setattr(comparing, "boot", lambda: None)
    left, right = two_lists(120, 40, seed=5)
    for name, text in (("left.csv", as_csv(left)), ("right.csv", as_csv(right)), ("spec.yaml", SPEC)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(comparing.compare, arguments)


def test_two_files_in_and_a_result_out(run, tmp_path):
    asked = (
        "left.csv",
        "right.csv",
        "--columns",
        "spec.yaml",
        "--out",
        "out.csv",
        "--purpose",
        "核对名单",
        "--by",
        "王晓",
    )
    done = run(*asked, "--one-to-one", "--model", "model.json")
    assert done.exit_code == 0, done.output
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out.csv").read_text(encoding="utf-8"))))
    links = [row for row in rows if row["decision"] == "link"]
    assert sum(row["left_key"][1:] == row["right_key"][1:] for row in links) >= 37 and len(links) <= 42
    assert f"相符 {len(links)} 对" in done.output and (tmp_path / "model.json").stat().st_size > 1000
    entry = AuditEntry.objects.get(action="compare")
    assert (entry.user_name, entry.purpose) == ("王晓", "核对名单")
    assert entry.detail["lists"] == ["left.csv", "right.csv"]
    assert not list((tmp_path / "home" / "spool").glob("compare-*"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("left.csv", "right.csv", "--columns", "spec.yaml", "--out", "out.csv"),
            "请用 --purpose 写明比对用途",
        ),
        (
            ("left.csv", "--columns", "spec.yaml", "--out", "out.csv", "--one-to-one"),
            "--one-to-one 用于两份名单",
        ),
        (("left.csv", "--columns", "spec.yaml", "--out", "none/out.csv"), "目录 none 不存在"),
        (("left.csv", "--columns", "spec.yaml", "--out", "left.csv", "--purpose", "核对"), "不能是输入文件"),
        (("left.csv", "--columns", "left.csv", "--out", "out.csv", "--purpose", "核对"), "列对应文件"),
        (("spec.yaml", "--columns", "spec.yaml", "--out", "out.csv", "--purpose", "核对"), "spec.yaml: "),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(run, tmp_path, arguments, said):
    done = run(*arguments)
    assert done.exit_code != 0
    (line,) = [line for line in done.output.splitlines() if said in line]
    assert not (tmp_path / "out.csv").exists()
    assert (tmp_path / "left.csv").read_text(encoding="utf-8").startswith("编号")
    assert "Traceback" not in done.output and len(line) < 250
