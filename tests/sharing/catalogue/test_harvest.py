"""Harvesting another portal: nothing twice, nothing lost, nothing from where it may not come."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from tests.sharing.catalogue.portal import HEAD, Portal, catalogue, data_set, portal

from minzheng.foundation.audit.models import AuditEntry
from minzheng.sharing.catalogue.harvest import fetching
from minzheng.sharing.catalogue.harvest.fetching import FetchError, fetch
from minzheng.sharing.catalogue.harvest.running import harvest, harvest_again
from minzheng.sharing.catalogue.models import CatalogueSource, Receipt, ReceivedChange, ReceivedEntry
from minzheng.sharing.catalogue.services.hosts import allow_host, end_host
from minzheng.sharing.catalogue.services.received import Taken
from minzheng.sharing.catalogue.terms import CatalogueError

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # rdflib's own
Harvest = Callable[[bytes], Taken]


@pytest.fixture
def there(transactional_db: None) -> Iterator[Portal]:
    allow_host(host="127.0.0.1", internal=True, by="王晓", at=timezone.now())
    with portal() as here:
        yield here


@pytest.fixture
def take(there: Portal) -> Harvest:
    def done(content: bytes) -> Taken:
        there.content = content
        return harvest(there.address, by="王晓", at=timezone.now())

    return done


def counts(taken: Taken) -> tuple[int, ...]:
    return taken.new, taken.changed, taken.returned, taken.withdrawn, taken.unchanged


def standing() -> set[str]:
    return set(ReceivedEntry.objects.filter(withdrawn_at__isnull=True).values_list("identifier", flat=True))


def test_a_second_run_queues_nothing(take: Harvest) -> None:
    whole = catalogue(data_set(1), data_set(2, "出生医学证明"))
    assert counts(take(whole)) == (2, 0, 0, 0, 0)
    assert (ReceivedChange.objects.count(), Receipt.objects.count()) == (2, 1)
    again = take(whole)
    assert (again.queued, again.unchanged) == (0, 2)
    turned = take(catalogue(data_set(2, "出生医学证明"), data_set(1)))  # the same in another order
    assert turned.queued == 0
    assert (ReceivedChange.objects.count(), Receipt.objects.count()) == (2, 1)
    assert AuditEntry.objects.filter(action="harvest.run").count() == 3


def test_what_changed_goes_or_comes_back_is_told_once_and_kept(take: Harvest) -> None:
    take(catalogue(data_set(1), data_set(2), data_set(3)))
    moved = take(catalogue(data_set(1, "死亡证明"), data_set(2), data_set(4)))
    assert counts(moved) == (1, 1, 0, 1, 1)
    gone = ReceivedEntry.objects.get(identifier="D3")
    assert gone.withdrawn_at is not None and gone.content["name"] == "死亡医学证明"
    changed = ReceivedChange.objects.get(kind="changed")
    assert (changed.entry.name, changed.fields) == ("死亡证明", ["信息资源名称"])
    back = take(catalogue(data_set(1, "死亡证明"), data_set(2), data_set(4), data_set(3)))
    assert counts(back) == (0, 0, 1, 0, 3)
    assert standing() == {"D1", "D2", "D3", "D4"}
    assert ReceivedEntry.objects.count() == 4


def test_two_runs_at_once_queue_what_one_would(take: Harvest, there: Portal) -> None:
    there.content = catalogue(*(data_set(n) for n in range(30)))

    def run() -> None:
        harvest(there.address, by="王晓", at=timezone.now())
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert (ReceivedEntry.objects.count(), ReceivedChange.objects.count(), Receipt.objects.count()) == (
        30,
        30,
        1,
    )


def test_an_entry_that_says_too_little_is_refused_and_what_was_there_of_it_stays(take: Harvest) -> None:
    take(catalogue(data_set(1), data_set(2)))
    taken = take(catalogue(data_set(1, title=None), data_set(2), data_set(3)))
    assert counts(taken) == (1, 0, 0, 0, 1)
    assert [(one.identifier, one.reason) for one in taken.refused] == [("D1", "没有名称（dct:title）")]
    assert standing() == {"D1", "D2", "D3"}
    assert Receipt.objects.latest("id").refusals == [{"identifier": "D1", "reason": "没有名称（dct:title）"}]
    twins = take(
        catalogue(
            data_set(1),
            data_set(2),
            data_set(3),
            '<urn:x> a dcat:Dataset ; dct:title "x" ; dct:identifier "D2" .',
        )
    )
    assert [one.reason for one in twins.refused] == ["来源标识重复"]


BROKEN: list[tuple[str, str, bytes]] = [
    ("text/turtle", "不是有效的 ttl 文件", catalogue(data_set(1))[:-9]),
    ("text/turtle", "没有 dcat:Dataset", HEAD.encode()),
    ("text/turtle", "不是有效的 ttl 文件", b"\xff\xfe\x00"),
    ("application/rdf+xml", "不是有效的 rdf 文件", b"<rdf:RDF"),
    ("application/rdf+xml", "实体声明", b'<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><r>&a;</r>'),
    ("application/rdf+xml", "不是 UTF-8", '<!DOCTYPE r><r/>'.encode("utf-16")),
    ("application/rdf+xml", "不是 UTF-8", b'<?xml version="1.0" encoding="cp037"?>' + "<!DOCTYPE r><r/>".encode("cp037")),
    ("application/ld+json", "外部 @context", b'{"@context": "http://127.0.0.1:9/c", "@type": "x"}'),
    ("application/ld+json", "外部 @context", b'{"@graph": [{"@context": [{}, "http://127.0.0.1:9/c"]}]}'),
    ("application/ld+json", "不是有效的 JSON", b"[" * 200_000),
    ("text/html", "不能识别目录的格式", b"<html></html>"),
    ("text/turtle", "都不能识别", catalogue(data_set(1, title=None))),
]  # fmt: skip


def test_a_broken_document_changes_nothing_and_says_why_once(take: Harvest, there: Portal) -> None:
    take(catalogue(data_set(1), data_set(2)))
    for media_type, reason, content in BROKEN:
        there.media_type = media_type
        asked = there.asked
        first, second = take(content), take(content)
        assert reason in first.problem and second.problem == first.problem, (reason, first.problem)
        assert Receipt.objects.filter(problem=first.problem).count() == 1
        assert there.asked == asked + 2, "nothing but the document itself was fetched"
    assert standing() == {"D1", "D2"} and ReceivedChange.objects.count() == 2
    there.media_type = "text/turtle"
    assert take(catalogue(data_set(1), data_set(2))).queued == 0


def test_every_format_says_the_same(there: Portal, tmp_path: Path) -> None:
    from rdflib import Graph

    graph = Graph().parse(data=catalogue(data_set(1), data_set(2)), format="turtle")
    said = []
    for ending, format_ in (("ttl", "turtle"), ("rdf", "xml"), ("jsonld", "json-ld")):
        path = tmp_path / f"目录.{ending}"
        path.write_bytes(graph.serialize(format=format_, encoding="utf-8"))
        said.append(harvest(str(path), name="卫健目录", by="王晓", at=timezone.now()))
    assert [counts(one) for one in said] == [(2, 0, 0, 0, 0), (0, 0, 0, 0, 2), (0, 0, 0, 0, 2)]
    assert CatalogueSource.objects.get().code == "file:卫健目录"
    assert "读不到" in harvest(str(tmp_path / "没有.ttl"), by="王晓", at=timezone.now()).problem


def test_known_portals_are_harvested_again_each_for_itself(
    take: Harvest, there: Portal, tmp_path: Path
) -> None:
    take(catalogue(data_set(1)))
    (tmp_path / "a.ttl").write_bytes(catalogue(data_set(1)))
    harvest(str(tmp_path / "a.ttl"), by="王晓", at=timezone.now())
    CatalogueSource.objects.create(
        kind="portal", code="http://elsewhere.example.gov/c", name="另一门户", taken_at=timezone.now()
    )
    there.content = catalogue(data_set(1), data_set(2))
    said = harvest_again(by="定时采集", at=timezone.now())
    assert set(said) == {there.address, "http://elsewhere.example.gov/c"}, "a file is not asked for again"
    assert said[there.address].new == 1 and "不在许可之内" in said["http://elsewhere.example.gov/c"].problem
    assert sum(one.queued for one in harvest_again(by="定时采集", at=timezone.now()).values()) == 0


def test_only_an_allowed_host_is_asked(there: Portal, make_user: Any) -> None:
    there.content = catalogue(data_set(1))
    local = there.address.replace("127.0.0.1", "localhost")
    with pytest.raises(FetchError, match="不在许可之内"):
        fetch(local)
    allow_host(host="localhost", by="王晓", at=timezone.now())  # not as internal
    with pytest.raises(FetchError, match="内网或保留地址"):
        fetch(local)
    there.redirect = local
    with pytest.raises(FetchError, match="内网或保留地址"):
        fetch(there.address)
    there.redirect = there.address
    with pytest.raises(FetchError, match="转向超过"):
        fetch(there.address)
    there.redirect = "file:///etc/passwd"
    with pytest.raises(FetchError, match="http 或 https"):
        fetch(there.address)
    for address in (
        "file:///etc/passwd",
        "ftp://127.0.0.1/x",
        f"http://u:p@127.0.0.1:{there.port}/",
        "http://127.0.0.1:x/",
    ):
        with pytest.raises(FetchError):
            fetch(address)
    there.redirect = ""
    assert fetch(there.address).content == there.content
    with pytest.raises(CatalogueError, match="系统管理员"):
        allow_host(host="example.gov", by=make_user("data_officer"), at=timezone.now())
    for host in ("http://example.gov", "example.gov:80", "a/b", "", "-a"):
        with pytest.raises(CatalogueError, match="不含协议"):
            allow_host(host=host, by=make_user("administrator") if not host else "王晓", at=timezone.now())
    own = next(h for h in fetching.AllowedHost.objects.all() if h.host == "127.0.0.1")
    end_host(host_id=own.pk, by="王晓", at=timezone.now())
    with pytest.raises(FetchError, match="不在许可之内"):
        fetch(there.address)


def test_where_a_name_leads_is_judged_and_held_to(there: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that means an allowed address first and this machine's next time is asked for its address once only."""
    allow_host(host="portal.example.gov", by="王晓", at=timezone.now())
    places = iter(["169.254.169.254", "10.0.0.8", "::1", "::ffff:127.0.0.1", "0.0.0.0", "224.0.0.1"])  # noqa: S104
    monkeypatch.setattr(fetching.socket, "getaddrinfo", lambda *_a, **_k: [(0, 0, 0, "", (next(places), 80))])
    for _ in range(6):
        with pytest.raises(FetchError, match="内网或保留地址"):
            fetch("http://portal.example.gov/")
    allow_host(host="inside.example.gov", internal=True, by="王晓", at=timezone.now())
    asked = []

    def once(*_a: Any, **_k: Any) -> Any:
        asked.append(1)
        return [(0, 0, 0, "", ("127.0.0.1" if len(asked) == 1 else "10.255.255.1", 80))]

    monkeypatch.setattr(fetching.socket, "getaddrinfo", once)
    real = fetching.httpx.Client

    def checked(*a: Any, **k: Any) -> Any:
        monkeypatch.undo()  # the connection itself resolves an address, never the name
        return real(*a, **k)

    monkeypatch.setattr(fetching.httpx, "Client", checked)
    there.content = b"x"
    assert fetch(f"http://inside.example.gov:{there.port}/").content == b"x"
    with pytest.raises(FetchError, match="内网或保留地址"):
        monkeypatch.setattr(
            fetching.socket, "getaddrinfo", lambda *_a, **_k: [(0, 0, 0, "", ("169.254.169.254", 80))]
        )
        fetch("http://inside.example.gov/")


def test_too_much_too_slow_and_too_tight_are_cut_short(there: Portal) -> None:
    there.content = b"x" * 300_000
    with pytest.raises(FetchError, match="超过"):
        fetch(there.address, most_bytes=100_000)
    there.encoding = "gzip"
    with pytest.raises(FetchError, match="压缩"):
        fetch(there.address)
    there.encoding, there.drip_s = "", 1.5
    with pytest.raises(FetchError, match=r"时限内没有答复|超时"):
        fetch(there.address, most_seconds=0.5)
