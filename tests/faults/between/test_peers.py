"""A member that means harm: it forges, replays, truncates, floods, sends 10 GB. Nothing is entered, others do not notice."""

import threading
import time
from pathlib import Path

import pytest
from tests.faults.between.conftest import counted
from tests.faults.between.evil import EVIL
from tests.faults.between.land import Land, Node, until

pytestmark = pytest.mark.slow
MORE_MB, EARLY = 300, 64 << 20
LESS = {
    "receiving:LARGEST": 48 << 20,
    "receiving:MOST_LINES": 500_000,
}  # the declared limits, smaller so that it takes less time
REFUSED = {  # what the upper node says to each, and how much it may have read by then
    "says_ten_gb": (409, "超过上限"), "sends_ten_gb": (422, "比批头所说的长"), "sends_ten_gb_as_allowed": (422, "比批头所说的长"),
    "bomb": (409, "过长的行"), "bomb_of_lines": (409, "行比批头所说的多"), "nonsense_lines": (409, "不认识的内容"),
    "truncated": (409, "截断"), "forged_number": (409, "缺口"), "huge_number": (403, "格式"),
    "forged_previous": (409, "上一批"),
    "for_another": (409, "签名"), "as_another": (403, "签名与内容不符"), "unsigned": (403, "签名"), "bad_head": (403, "格式"),
    "forged_return": (409, "签名与内容不符"), "stranger": (0, ""),
}  # fmt: skip


def test_an_evil_lower_node(land: Land, tmp_path: Path) -> None:
    """330105 has turned: each of its attacks is refused with the reason, at little cost; 330106 goes on meanwhile."""
    with counted(land, "a lower node forges, truncates, replays, sends 10 GB, bombs") as fault:
        city, evil = land["330100"], land["330105"]
        evil.kill("puller")
        memory = tmp_path / "memory"
        city.again("door", memory=str(memory), set=LESS)
        fault.history.write("330000")
        fault.history.write("330106")
        land_quiet(land)
        time.sleep(1)
        before = int(memory.read_text()) // 1024
        for kind, (status, why) in REFUSED.items():
            got = evil.do("attack", kind=kind, options={"set": LESS})
            fault.times += 1
            hung_up = got["answer"] == 0 and kind.startswith(
                "sends_ten_gb"
            )  # in the middle of what it was sending
            assert hung_up or (got["answer"] == status and why in got["detail"]), (kind, got)
            assert got["sent"] < EARLY, (kind, got)
            fault.history.write("330106")
        taken = _held(city)
        assert evil.do("attack", kind="replayed")["answer"] in (200, 0) if _has_sent(evil) else True
        assert _held(city) == taken
        time.sleep(1)
        more = int(memory.read_text()) // 1024 - before
        assert more < MORE_MB, f"{more} MB more"
        assert sum(path.stat().st_size for path in (city.home / "between").glob("in-330105-*")) < 64 << 20
        assert not list((city.home / "spool").glob("between-*"))
        assert city.value(
            "SELECT count(*) FROM between_batch WHERE peer_code = '330105' AND state = 'applied'"
        ) == (evil.value("SELECT count(*) FROM between_batch WHERE direction = 'out' AND state = ''"))
        city.again("door")
        evil.start("puller")


def _has_sent(node: Node) -> bool:
    return bool(node.value("SELECT count(*) FROM between_batch WHERE direction = 'out'"))


def _held(node: Node) -> object:
    return node.value("SELECT count(*) FROM registry_personclaim")


def land_quiet(land: Land) -> None:
    until(lambda: land["330106"].value("SELECT count(*) FROM between_dispatch") == 0, "quiet", 60, land.told)


@pytest.mark.parametrize("kind", list(EVIL))
def test_an_evil_upper_node(land: Land, kind: str, tmp_path: Path) -> None:
    """The city gives the county what it should not: refused and kept with the reason; once it is honest, nothing is missing."""
    with counted(land, f"an upper node that {kind}") as fault:
        land.calm()
        city, county = land["330100"], land["330106"]
        memory = tmp_path / "memory"
        county.again("puller", memory=str(memory), set=LESS)
        city.again("door", evil=kind, set=LESS)
        time.sleep(1)
        before = int(memory.read_text()) // 1024
        last = "SELECT coalesce(max(seq), 0) FROM between_batch WHERE direction = 'in' AND state = 'applied'"
        number = county.value(last)
        fault.history.write("330000")
        problem = "SELECT coalesce(max(problem), '') FROM between_road"
        refused = "SELECT count(*) FROM between_batch WHERE state = 'refused'"
        if kind == "replays":  # what is in the register already changes nothing
            time.sleep(5)
        else:
            until(lambda: county.value(refused) > 0 and county.value(problem) != "", "refused", 90, land.told)
        assert county.value(last) == number
        assert int(memory.read_text()) // 1024 - before < MORE_MB
        fault.times += 1
        county.server.connect().execute("DELETE FROM between_batch WHERE state = 'refused'")
        city.again("door")
        county.again("puller")
        land.calm()


def test_a_flood(land: Land) -> None:
    """Questions without pause and connections that say nothing: the others' changes still arrive meanwhile."""
    with counted(land, "a lower node floods: questions without pause, silent connections") as fault:
        evil = land["330105"]
        asked: list[int] = []
        flood = threading.Thread(
            target=lambda: asked.append(evil.do("flood", seconds=12, threads=16, silent=300))
        )
        flood.start()
        for _ in range(3):
            fault.history.write("330106")
        until(
            lambda: land["330106"].value("SELECT count(*) FROM between_dispatch") == 0,
            "still arrives",
            60,
            land.told,
        )
        flood.join()
        fault.times += asked[0]
