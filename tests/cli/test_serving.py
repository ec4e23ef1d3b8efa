"""``minzheng up`` and ``minzheng worker``: what a person at the terminal sees, and what is left when they go."""

import http.cookiejar
import signal
import socket
import time
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.cli.running import descendants, gone, running

from minzheng.foundation.accounts.services import create_user

ADDRESS = r"网页地址: (http://127\.0\.0\.1:\d+/)"
FINISHED = "SELECT count(*) FROM exchange_batch WHERE stage = 'finished'"
GOOD = "姓名,公民身份号码,性别,户籍区划\n王晓,330199199003074414,男,330106\n"
PASSWORD = "Xihu-Longjing-88"
ACCOUNTS = {"xihu": "330106", "hangzhou": "330100", "hangzhou2": "330100", "province": "330000"}
ENDED = """SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"""


def fetch(url):
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=20) as answer:
        return answer.status, answer.read()


class Clerk:
    """A browser of someone's own, by requests; whatever is not answered raises."""

    def __init__(self, address, name):
        self.address, self.kept = address, http.cookiejar.CookieJar()
        self.ask = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(self.kept)
        )
        self.get("login/")
        assert "退出" in self.post("login/", username=name, password=PASSWORD)

    def get(self, path):
        with self.ask.open(self.address + path, timeout=30) as answer:
            return answer.read().decode()

    def post(self, path, **values):
        (token,) = (cookie.value for cookie in self.kept if cookie.name == "csrftoken")
        body = urllib.parse.urlencode(values | {"csrfmiddlewaretoken": token}).encode()
        with self.ask.open(self.address + path, body, timeout=30) as answer:
            return answer.read().decode()

    def work(self, person):
        """What a clerk does all day, once."""
        assert "王晓" in self.post("search/", q="王")
        assert "王晓" in self.get(f"persons/{person}/")
        for path in ("batches/", "signals/", "quality/"):
            assert "退出" in self.get(path)


def test_sixteen_at_once_are_answered_from_the_first_request_on_and_after_the_database_was_away(
    make_apart, tmp_path
):
    """Four accounts, each in four browsers; a session the database has ended fails no one who asks later."""
    for name, division in ACCOUNTS.items():
        create_user(
            username=name, password=PASSWORD, display_name=name, division_code=division, roles=["data_officer"],
            data_level=3, must_change_password=False,
        )  # fmt: skip
    node = make_apart()
    file = tmp_path / "人口底册.csv"
    file.write_text(GOOD, encoding="utf-8")
    node.json("bring-in", "persons", file)
    with node.connect() as database, running(node, tmp_path / "said", "up", "--port", "0") as up:
        (person,) = database.execute("SELECT id FROM registry_person").fetchone()
        address = up.until(ADDRESS)[1]
        with ThreadPoolExecutor(16) as threads:
            clerks = list(threads.map(lambda name: Clerk(address, name), [*ACCOUNTS] * 4))
            list(threads.map(lambda clerk: clerk.work(person), clerks))
            database.execute(ENDED)
            list(threads.map(lambda clerk: clerk.get("search/"), clerks))
        assert "Traceback" not in up.said, up.said
        up.stop()


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
