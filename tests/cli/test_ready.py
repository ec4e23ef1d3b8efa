"""What the pages' processes share is loaded before the first request, and once."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from minzheng.standards.queries import asking

LOADED = """
import gc, minzheng.wsgi
from minzheng.web.ready import load
load()
from django.db import connection, connections
assert all(one.connection is None for one in connections.all()), "a session would be shared"
assert gc.get_freeze_count() > 100_000, gc.get_freeze_count()
from django.template import engines
def asked(execute, sql, *rest):
    raise AssertionError(sql)
import sys
before = set(sys.modules)
with connection.execute_wrapper(asked):
    from django.test import RequestFactory
    from django.urls import get_resolver, resolve
    from minzheng.registry.wording import Wording
    words = Wording()
    assert words.division("330106").endswith("西湖区") and words.code("GBT2261.1", "1") == "男性"
    resolve("/search/"), resolve("/quality/"), resolve("/signals/")
(loader,) = engines["django"].engine.template_loaders
assert {"desk/lookup/search.html", "desk/person.html"} <= {key for key in loader.get_template_cache}
from django.test import Client
known = set(sys.modules)
page = Client().get("/login/", headers={"host": "127.0.0.1"})
assert page.status_code == 200 and "登录" in page.content.decode()
assert Client().get("/nowhere/", headers={"host": "127.0.0.1"}).status_code == 404
print("asked", sorted(name for name in set(sys.modules) - known if name.startswith(("minzheng", "django"))))
print("loaded", sorted(name for name in set(sys.modules) - before if name.startswith("minzheng.web")))
"""


def test_everything_a_page_needs_is_there_before_the_first_request(make_apart):
    node = make_apart()
    environment = node.environment | {
        "DJANGO_SETTINGS_MODULE": "minzheng.settings",
        "MINZHENG_STANDARDS_FRESH_S": "600",
    }
    done = subprocess.run(
        [sys.executable, "-c", LOADED],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "asked []\nloaded []\n" and "leaked" not in done.stderr


def test_one_thread_loads_a_book_while_the_others_wait():
    loads, together = [], Barrier(6)
    book = asking._kept(2, lambda layers: loads.append(layers) or object())

    def ask(_number):
        together.wait()
        return book("layers")

    with ThreadPoolExecutor(6) as threads:
        assert len(set(threads.map(ask, range(6)))) == 1
    assert loads == ["layers"]
