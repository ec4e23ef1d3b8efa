"""What a pull brings: all at first, then what changed, nothing missed and nothing twice."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.exchange.database_sources.pulling import (
    COLUMNS,
    entered,
    minutes_ago,
    names,
    outcome,
    pull,
    put,
    written,
)
from tests.exchange.numbers import number

from minzheng.exchange import sources
from minzheng.exchange.errors import SourceError
from minzheng.exchange.extract.database import changes
from minzheng.exchange.extract.database.reached import Watermark
from minzheng.exchange.models import Batch
from minzheng.standards.queries import data_set


def test_a_first_pull_brings_all_and_the_next_only_what_changed(server):
    put(server, (1, "张三", minutes_ago(300)), (2, "李四", minutes_ago(200)), (3, "王五", minutes_ago(100)))
    source = entered(server, overlap=timedelta(minutes=1))
    report = pull(source)
    assert outcome(report) == (3, 3, 0, 0) and report["source"] == "市人口库"
    assert source.state == "working" and source.watermark_key == ["3"]
    put(server, (4, "赵六", minutes_ago(50)))
    server.run(f"UPDATE rk SET dh = '13800001234', gxsj = {server.now} WHERE id = 1")
    report = pull(source)
    assert outcome(report) == (3, 1, 1, 1)  # new, changed, and the last row again by the overlap
    assert names() == {"张三", "李四", "王五", "赵六"}


def test_pulling_again_changes_nothing(server):
    put(server, (1, "张三", minutes_ago(300)), (2, "李四", minutes_ago(200)))
    source = entered(server)
    pull(source)
    mark = source.watermark_time
    assert outcome(pull(source)) == (1, 0, 0, 1)
    assert outcome(pull(source, full=True)) == (2, 0, 0, 2)
    assert source.watermark_time == mark


def test_a_row_that_commits_late_under_an_older_time_is_caught_by_the_overlap(server):
    put(server, (1, "张三", minutes_ago(60)))
    with server.connected() as late, late.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(
            "INSERT INTO rk (id, xm, sfzh, qh, gxsj) VALUES (2, '李四', %s, '330106', %s)",
            (number(2), minutes_ago(20)),
        )
        put(server, (3, "王五", minutes_ago(15)))
        source = entered(server, overlap=timedelta(minutes=10))
        assert outcome(pull(source)) == (2, 2, 0, 0)
        cursor.execute("COMMIT")
    assert outcome(pull(source)) == (2, 1, 0, 1)
    assert names() == {"张三", "李四", "王五"}


def test_without_overlap_such_a_row_would_be_missed(server):
    put(server, (3, "王五", minutes_ago(15)))
    source = entered(server, overlap=timedelta(0))
    pull(source)
    put(server, (2, "李四", minutes_ago(20)))
    assert outcome(pull(source)) == (1, 0, 0, 1)
    assert "李四" not in names()


def test_a_time_in_the_future_hides_nothing_that_follows(server):
    put(server, (1, "张三", datetime.fromisoformat("2099-01-01")))
    source = entered(server)
    pull(source)
    assert source.watermark_time < "2099"
    put(server, (2, "李四", minutes_ago(0)))
    assert outcome(pull(source)) == (2, 1, 0, 1)


def test_rows_that_do_not_say_when_they_changed_come_each_time(server):
    put(server, (1, "张三", None), (2, "李四", minutes_ago(500)), (3, "王五", minutes_ago(5)))
    source = entered(server, overlap=timedelta(0))
    assert outcome(pull(source)) == (3, 3, 0, 0)
    server.run("UPDATE rk SET dh = '13800001234' WHERE id = 1")
    assert outcome(pull(source)) == (2, 0, 1, 1)


def test_many_rows_of_one_moment_are_read_once_over_page_borders(server, monkeypatch):
    monkeypatch.setattr(changes, "PAGE_ROWS", 7)
    at = minutes_ago(30)
    put(server, *((n, "张三丰", at) for n in range(1, 31)))
    assert outcome(pull(entered(server))) == (30, 30, 0, 0)


def test_several_key_columns_page_in_their_order(server, monkeypatch, tmp_path):
    monkeypatch.setattr(changes, "PAGE_ROWS", 4)
    server.run(
        "DROP TABLE IF EXISTS fk",
        "CREATE TABLE fk (a varchar(9), b integer, 姓名 varchar(9), 户籍区划 varchar(9), t date)",
    )
    server.fill(
        "INSERT INTO fk VALUES (%s, %s, '张三', '330106', %s)",
        [(f"x{a}", b, t) for a in range(3) for b in range(5) for t in ("2024-01-01", "2024-01-02")],
    )
    rows = written(server, tmp_path, "fk", ("a", "b"), "t")
    assert len(rows) == 30


def test_a_key_that_names_no_row_is_refused(server, monkeypatch):
    monkeypatch.setattr(changes, "PAGE_ROWS", 3)
    at = minutes_ago(30)
    put(server, *((n, "张三丰", at) for n in range(1, 9)))
    source = entered(server, key_columns=["qh"])
    with pytest.raises(SourceError, match=r"键列 \(qh\) 不能唯一确定一行"):
        pull(source)
    source.refresh_from_db()
    assert source.state == "failed" and "键列" in source.problem and source.watermark_time is None
    assert not Batch.objects.exists()


def test_without_a_time_column_all_is_read_each_time_or_what_has_a_new_key(server):
    put(server, *((n, "张三丰", None) for n in range(1, 11)))
    source = entered(server, time_column=None)
    assert outcome(pull(source)) == (10, 10, 0, 0)
    assert outcome(pull(source)) == (10, 0, 0, 10)
    source.key_overlap = 2
    source.save()
    put(server, (11, "李四", None))
    assert outcome(pull(source)) == (4, 1, 0, 3)  # 8, 9, 10 again and 11


@pytest.mark.slow
def test_two_hundred_thousand_rows_are_written_in_bounded_memory(server, tmp_path):
    """Resident memory grows by far less than the file, on either side of the driver."""
    series = (
        "SELECT n FROM generate_series(1, 200000) AS s(n)"
        if server.kind == "postgresql"
        else "SELECT seq AS n FROM seq_1_to_200000"
    )
    server.run(
        "INSERT INTO rk (id, xm, qh, bz, gxsj) SELECT n, '欧阳文三', '330106', "
        f"repeat('备注', 60), {server.now} FROM ({series}) s"
    )
    origin = changes.Origin("rk", None, COLUMNS | {"备注": "bz"}, ("id",), "gxsj", timedelta(0))
    target, grown, start = tmp_path / "out.csv", [0], _resident()
    with changes.open_session(sources.parse_url(server.url)) as session:
        found = changes.find_columns(session, origin, data_set("persons"))
        rows, _ = changes.write_changes(
            session,
            origin,
            found,
            Watermark(),
            target,
            lambda *_: grown.append(_resident() - start),
        )
    assert rows == 200_000 and target.stat().st_size > 70_000_000
    assert max(grown) < 30_000_000


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096
