"""``minzheng up`` and ``minzheng worker``: what a person at the terminal sees, and what is left when they go."""

import signal
import socket
import time
import urllib.request

import pytest
from tests.cli.running import descendants, gone, running

ADDRESS = r"网页地址: (http://127\.0\.0\.1:\d+/)"
FINISHED = "SELECT count(*) FROM exchange_batch WHERE stage = 'finished'"
GOOD = "姓名,公民身份号码,性别,户籍区划\n王晓,330199199003074414,男,330106\n"


def fetch(url):
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=20) as answer:
        return answer.status, answer.read()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_pages_and_their_parts_are_served_and_nothing_is_left_after_the_end(make_apart, tmp_path, number):
    with running(make_apart(), tmp_path / "said", "up", "--port", "0") as up:
        address = up.until(ADDRESS)[1]
        assert "登录" in fetch(f"{address}login/")[1].decode()
        assert fetch(f"{address}static/desk/icon.svg")[0] == 200
        children = descendants(up.process.pid)
        assert len(children) >= 2
        assert up.stop(number) == 0
        assert gone(children)
        assert "Traceback" not in up.said and "已停止" in up.said


def test_a_batch_handed_in_is_run_and_one_left_behind_is_taken_up(make_apart, tmp_path):
    node = make_apart()
    file = tmp_path / "人口底册.csv"
    file.write_text(GOOD, encoding="utf-8")
    report = node.json("bring-in", "persons", file)
    with node.connect() as database:  # as if the machine had died right after the file came
        database.execute("DELETE FROM exchange_loadedchunk")
        database.execute(
            "UPDATE exchange_batch SET stage = 'received', finished_at = NULL, plan = '{}', counts = '{}'"
        )
        with running(node, tmp_path / "said", "worker") as worker:
            worker.until("后台作业已启动")
            deadline = time.monotonic() + 60
            while not database.execute(FINISHED).fetchone()[0] and time.monotonic() < deadline:
                time.sleep(0.1)
            assert worker.stop() == 0
        assert database.execute(FINISHED).fetchone()[0] == 1
    again = node.json("batch", report["batch"])
    assert again["unchanged"] == 1 and again["created"] == 0  # what it had written was there already


def test_children_end_when_their_parent_is_killed(make_apart, tmp_path):
    with running(make_apart(), tmp_path / "said", "up", "--port", "0") as up:
        up.until(ADDRESS)
        children = descendants(up.process.pid)
        up.process.kill()
        up.process.wait()
        assert gone(children)


def test_a_child_that_dies_is_started_anew(make_apart, tmp_path):
    with running(make_apart(), tmp_path / "said", "up", "--port", "0") as up:
        address = up.until(ADDRESS)[1]
        (worker,) = [child for child in descendants(up.process.pid) if "worker" in child.cmdline()]
        worker.kill()
        up.until("后台作业意外退出, 重新启动")
        assert fetch(f"{address}login/")[0] == 200
        assert up.stop() == 0


def test_a_port_in_use_is_one_clear_line(make_apart):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = make_apart().run("up", "--port", taken.getsockname()[1])
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1 and "已被其他程序占用" in done.stderr
