"""The reference client against a running node: three lines to the first data, waiting out a quota, checking a receipt."""

from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from tests.exchange.numbers import number
from tests.node import Node, node, standards_of_this_run, transactional_db
from tests.sharing.making import ID, granted, officer, system, two_cities

from minzheng.foundation.crypto import sm2
from minzheng.sharing.grants.using import forget_tallies
from minzheng.sharing.interfaces import batches, jobs
from minzheng.sharing.interfaces.credentials import issue_secret
from minzheng_client import Client, RefusedError
from minzheng_client.proof import proved

__all__ = ["node", "standards_of_this_run", "transactional_db"]


def test_a_department_gets_its_data_and_can_prove_it(
    node: Node, live_server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget_tallies()
    monkeypatch.setattr(jobs, "run_later", batches.carry_out)  # the worker is another process
    two_cities(node)
    by = officer()
    entered = system(by)
    granted(entered, by, division_code="330106")
    secret = issue_secret(client=entered, by=by, at=timezone.now())
    with Client(live_server.url, "yibao", secret) as client:
        _calls(client, tmp_path)


def _calls(client: Client, tmp_path: Path) -> None:
    ((record),) = client.one("persons", person_citizen_id_number=number(1))
    assert record["person_person_name"] == "王晓"
    assert client.check("persons", {"person_person_name": "李四"}, person_citizen_id_number=number(1)) == {
        "person_person_name": "no"
    }
    assert {c["record"]["person_person_name"] for c in client.changes("persons", limit=1)} == {
        "王晓",
        "王建国",
    }
    source = tmp_path / "名单.csv"
    source.write_text(f"公民身份号码,姓名\n{number(3)},王建国\n", encoding="utf-8")
    assert client.checks("persons", source) == [{"行号": "1", "是否查到": "yes", "姓名": "yes"}]
    with pytest.raises(RefusedError, match="没有授权") as refused:
        client.one("marriages", husband_citizen_id_number=number(1))
    assert refused.value.code == "not-granted"
    answer = client.ask("/data/persons/one", {"by": {ID: number(1)}})
    receipt, key = client.receipt(answer), sm2.own_pair(sm2.SIGN).public.hex()
    assert proved(answer, receipt, "yibao", key)
    assert not proved(answer, receipt, "yibao", sm2.new_pair().public.hex())
    assert not proved(answer, receipt | {"sealed_at": "2020-01-01T00:00:00+00:00"}, "yibao", key)
