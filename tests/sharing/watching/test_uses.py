"""Who asked what under which grant: the owner sees all uses of its rows, a member its own systems' and never another's."""

import base64
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from tests.node import Node
from tests.sharing.making import granted, officer, system

from minzheng.foundation.access.scope import Scope
from minzheng.foundation.access.standing import as_scope
from minzheng.foundation.audit.models import AuditEntry
from minzheng.sharing.grants.using import count_use
from minzheng.sharing.interfaces.credentials import issue_secret
from minzheng.sharing.watching.measuring import keeping
from minzheng.sharing.watching.models import Sample, Stream
from minzheng.sharing.watching.queries import uses as queries


@pytest.fixture
def used(node: Node) -> dict[str, Any]:
    """医保 of the province asked three times, of which one was refused; 宁波 住建 once."""
    by = officer()
    ours = system(by)
    theirs = system(by, "zhujian", name="保障房系统", office="宁波市住建局", division_code="330200")
    now = timezone.now() - timedelta(seconds=10)
    one = granted(ours, by, division_code="330100")
    other = granted(theirs, by, division_code="330200")
    for status in (200, 200, 429):
        count_use(one, "one", at=now, units=1, hits=int(status == 200), status=status, ip="10.1.1.1")
    count_use(other, "check", at=now, units=1, hits=1, ip="10.2.2.2")
    return {"by": by, "ours": ours, "theirs": theirs}


def asked(side: str = queries.OWNER, **more: Any) -> queries.Asked:
    today = timezone.localdate()
    return queries.Asked(side, today - timedelta(days=1), today, **more)


def offices(scope: Scope, side: str) -> list[tuple[str, int, int]]:
    with as_scope(scope):
        found = queries.uses(scope, asked(side))
        assert {one.grant.client.office for one in found.rows} == {
            one.of["grant__client__office"] for one in found.by_grant
        }
    return [(one.of["grant__client__office"], one.calls, one.refused) for one in found.by_grant]


def test_the_owner_sees_all_and_each_side_only_its_own(used: Any) -> None:
    province, hangzhou, ningbo = Scope("330000", 3), Scope("330100", 3), Scope("330200", 3)
    assert offices(province, queries.OWNER) == [("省医保局", 3, 1), ("宁波市住建局", 1, 0)]
    assert offices(hangzhou, queries.OWNER) == [("省医保局", 3, 1)]  # its rows were asked for
    assert offices(hangzhou, queries.USER) == []  # it has no system
    assert offices(ningbo, queries.USER) == [("宁波市住建局", 1, 0)]
    assert offices(Scope("330300", 3), queries.OWNER) == offices(Scope("330300", 3), queries.USER) == []
    # Even asked for by name.
    with as_scope(ningbo):
        assert queries.uses(ningbo, asked(queries.USER, text="医保")).total == 0


def test_a_system_asks_for_its_own_uses_and_never_gets_anothers(used: Any, client: Client) -> None:
    told = {}
    for one in (used["ours"], used["theirs"]):
        secret = issue_secret(client=one, by=used["by"], at=timezone.now())
        basic = base64.b64encode(f"{one.code}:{secret}".encode()).decode()
        answer = client.post(
            "/api/v1/token", {"grant_type": "client_credentials"}, headers={"Authorization": f"Basic {basic}"}
        )
        bearer = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        told[one.code] = client.get("/api/v1/uses", headers=bearer).json()
    assert (told["yibao"]["total"], told["zhujian"]["total"]) == (3, 1)
    assert {row["status"] for row in told["yibao"]["uses"]} == {200, 429}
    ids = [{row["id"] for row in found["uses"]} for found in told.values()]
    assert not ids[0] & ids[1]
    grants = [{row["grant"] for row in found["grants"]} for found in told.values()]
    assert not grants[0] & grants[1]


def test_the_page_counts_and_the_export_is_audited(used: Any, client: Client) -> None:
    client.force_login(used["by"])
    page = client.get("/watching/uses/").content.decode()
    assert "省医保局" in page and "宁波市住建局" in page and "核对参保资格" in page
    client.force_login(officer("ningbo", "330200"))
    page = client.get("/watching/uses/?side=user&q=医保").content.decode()
    assert "省医保局" not in page and "没有使用" in page
    lines = client.get("/watching/uses/uses.csv?side=user").content.decode("utf-8-sig").splitlines()
    assert len(lines) == 2 and "宁波市住建局" in lines[1] and "省医保局" not in "".join(lines)
    assert AuditEntry.objects.filter(action="uses.export").exists()


def test_calls_become_samples_and_samples_grow_thin(used: Any) -> None:
    now = timezone.now()
    assert keeping.look(at=now) and not keeping.look(
        at=now + timedelta(seconds=5)
    )  # another has just done so
    stream = Stream.objects.get(way="interface", peer_code="yibao")
    assert (stream.batches, stream.refused, stream.division_code) == (
        3,
        1,
        "330100",
    ) and stream.last_success_at
    keeping.look(at=now + timedelta(minutes=1))
    stream.refresh_from_db()
    assert stream.batches == 3  # counted once
    mine = Sample.objects.filter(stream=stream)
    assert [(one.minutes, one.batches) for one in mine.order_by("at")] == [
        (1, 3)
    ]  # idle minutes of a part are not kept
    keeping.thin(at=now + timedelta(days=2))
    hours = list(mine.values_list("minutes", "batches", "refused"))
    assert {minutes for minutes, _, _ in hours} == {60} and sum(n for _, n, _ in hours) == 3
    keeping.thin(at=now + timedelta(days=40))
    ((minutes, batches, refused),) = mine.values_list("minutes", "batches", "refused")
    assert (minutes, batches, refused) == (1440, 3, 1)
    keeping.thin(at=now + timedelta(days=4 * 365))
    assert not mine.exists()
