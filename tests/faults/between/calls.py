"""What a test has a node do, by the product's own services."""

import datetime
import io
from typing import Any

from django.conf import settings
from django.utils import timezone
from tests.faults.between import evil

from minzheng.exchange import jobs, services
from minzheng.foundation.crypto.fields import open_column
from minzheng.foundation.database.arrow import bulk
from minzheng.foundation.members.models import Member
from minzheng.sharing.between import configuration, proving, pulling, queries, routing, tls
from minzheng.sharing.between.calling import Caller


def card(address: str, upper: str) -> Any:
    return configuration.card(name=f"节点{settings.NODE_DIVISION_CODE}", address=address, upper_code=upper)


def enrol(card: Any) -> Any:
    return configuration.enrol(card, by="test", at=timezone.now()).version


def revoke(code: str) -> Any:
    return configuration.revoke(code, by="test", at=timezone.now(), reason="演练").version


def members() -> Any:
    found = configuration.current()
    assert found is not None
    return {"document": found.document, "signature": found.signature, "root_key": configuration.root_key()}


def trust(given: Any) -> Any:
    configuration.trust(given["root_key"])
    return configuration.take(given["document"], given["signature"], at=timezone.now())


def bring(text: str, source: str, *, later: bool = False) -> Any:
    """A file of persons; left to the worker or brought in at once. Its batch's id."""
    batch = services.receive(
        "persons", io.BytesIO(text.encode()), name="文件.csv", source=source, by=None, at=timezone.now()
    )
    if later:
        jobs.run_later(batch)
    else:
        services.run(batch)
        report = services.report(batch)
        assert report["quarantined"] == 0, report
    return str(batch.id)


def held() -> Any:
    """Every statement of a person here, with what it says in plain text."""
    with bulk() as work:
        rows = work.table(
            "SELECT c.id::text, c.person_id::text AS person, c.name, s.name AS source, c.hukou_division_code AS division,"
            " c.phone_cipher AS cipher, extract(epoch FROM c.recorded_from)::text AS since,"
            " extract(epoch FROM c.recorded_to)::text AS until FROM registry_personclaim c JOIN registry_source s"
            " ON s.id = c.source_id ORDER BY c.name, c.recorded_from, c.id"
        )
    phones = open_column("phone", rows["cipher"].combine_chunks()).to_pylist()
    plain = rows.drop_columns("cipher").to_pylist()
    return [row | {"value": phone} for row, phone in zip(plain, phones, strict=True)]


def persons() -> Any:
    """The golden rows that stand: name, division, value."""
    with bulk() as work:
        rows = work.table(
            "SELECT name, hukou_division_code AS division, phone_cipher AS cipher FROM registry_person"
            " WHERE superseded_by IS NULL ORDER BY name"
        )
    phones = open_column("phone", rows["cipher"].combine_chunks()).to_pylist()
    return [
        row | {"value": phone}
        for row, phone in zip(rows.drop_columns("cipher").to_pylist(), phones, strict=True)
    ]


def mend() -> Any:
    """Damaged bodies of the road to the upper node, fetched from there."""
    with Caller(routing.peers().above) as caller:
        return pulling.mend(caller)


def certify(days: int) -> Any:
    """Another certificate in the place of the node's own, ending so many days from now."""
    from unittest import mock

    for name in ("tls.pem", "tls.crt"):
        (settings.HOME / "keys" / name).unlink(missing_ok=True)
    with mock.patch.object(tls, "VALID", datetime.timedelta(days=days)):
        return tls.own_certificate()


def everything(code: str) -> Any:
    return routing.everything(Member.objects.get(code=code))


def status() -> Any:
    return queries.roads(at=timezone.now())


def verify(peer: str | None = None) -> Any:
    return proving.verify_all(peer=peer)


def attack(kind: str) -> Any:
    return evil.attack(kind)


def flood(seconds: float, threads: int, silent: int) -> Any:
    return evil.flood(seconds, threads, silent)
