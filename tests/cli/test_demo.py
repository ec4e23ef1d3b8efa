"""``minzheng demo``: everything from nothing, and once more at once."""

import re
import stat

import pytest
from tests.cli.released import with_newer_city
from tests.cli.running import running


@pytest.mark.slow
@pytest.mark.timeout(1100)
def test_a_demo_stands_with_logins_and_sights_and_the_second_time_at_once(make_apart, tmp_path, monkeypatch):
    monkeypatch.setattr("tests.cli.running.WAIT_S", 500)
    node = make_apart()
    with running(node, tmp_path / "first", *DEMO) as first:
        assert first.process.wait(500) == 0, first.said
        said = first.said
    assert re.search(r"\d+ 个文件, [\d,]+ 行", said)
    below = re.search(r"属于西湖区民政局的 ([\d,]+) 人已到达 \(省级 ([\d,]+) 人\)", said)
    assert below and below[1] == below[2] != "0"
    assert re.search(r"登记的一人, 入库后 [\d.]+ 秒到达省级节点", said)
    for code, name in (("330100", "hangzhou"), ("330106", "xihu")):
        assert (
            (node.home / "nodes" / code / "demo-logins.txt")
            .read_text(encoding="utf-8")
            .startswith(f"{name}\t")
        )
    logins = node.home / "demo-logins.txt"
    assert stat.S_IMODE(logins.stat().st_mode) == 0o600
    kept = [line.split("\t") for line in logins.read_text(encoding="utf-8").splitlines()]
    assert [name for name, *_ in kept] == ["province", "hangzhou", "xihu"]
    assert all(f"{name:<9} {password}" in said for name, password, _ in kept)
    assert [f"  {n}. " in said for n in (1, 2, 3)] == [True] * 3 and "/persons/" in said

    node = with_newer_city(node, tmp_path)  # the second start is of a newer release
    with running(node, tmp_path / "second", *DEMO, "--one-node") as second:
        assert second.process.wait(500) == 0, second.said
        assert "以前已接收, 不再重复" in second.said
    assert logins.read_text(encoding="utf-8").splitlines() == ["\t".join(line) for line in kept]
    with node.connect() as database:
        batches, files = database.execute(
            "SELECT count(*), count(DISTINCT file_sm3 || file_name) FROM exchange_batch"
        ).fetchone()
        newest = "SELECT version FROM standards_edition WHERE pack_id = 'zhejiang/hangzhou' AND stage = 'published'"
        assert database.execute(newest).fetchall() == [("1.1",)]
    assert batches == files > 0


DEMO = ("demo", "--persons", "300", "--port", "0", "--stop-when-ready")
