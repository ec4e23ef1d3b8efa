"""The pages of grants: a system is entered, asks, is answered, and loses what it had."""

import json
import re
from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone
from tests.exchange.numbers import number
from tests.node import Node, standards_of_this_run
from tests.sharing.making import ID, asked, cities, granted, node, officer, system, transactional_db

from minzheng.sharing.grants.models import Application, Grant

__all__ = ["cities", "node", "standards_of_this_run", "transactional_db"]
UNTIL = (timezone.localdate() + timedelta(days=60)).isoformat()
TERMS = {"until_on": UNTIL, "per_minute": "60", "per_day": "1000"}


def text(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer.content.decode()


def test_from_the_first_entry_to_the_withdrawal(node: Node, client: Client) -> None:
    client.force_login(officer("officer", "330000", 3, "data_officer", "clerk"))
    for place in ("", "applications/", "clients/", "trial/", "applications/new/"):
        text(client.get(f"/grants/{place}"))
    entry = {"code": "yibao", "name": "医保核验系统", "office": "省医保局", "division_code": "330000"}
    assert "系统标识用小写字母" in text(client.post("/grants/clients/", entry | {"code": "医保"}), 422)
    assert client.post("/grants/clients/", entry).status_code == 302
    page = text(client.post("/grants/clients/yibao/secret/"))
    (secret,) = re.findall(r"密钥 <code>([^<]+)</code>", page)
    assert secret not in text(client.get("/grants/clients/yibao/"))
    said = TERMS | {
        "data_set": "persons", "client": "yibao", "purpose": "核对参保资格", "legal_basis": "社会保险法",
        "field": [ID, "person_phone"],
        "method": ["one"], "division_code": "330106", "code-person_sex_code": ["1"],
    }  # fmt: skip
    refused = text(client.post("/grants/applications/new/", said | {"purpose": ""}), 422)
    assert "请写明用途和依据" in refused and "社会保险法" in refused  # what was typed is kept
    assert client.post("/grants/applications/new/", said).status_code == 302
    found = Application.objects.get()
    page = text(client.get(f"/grants/applications/{found.pk}/"))
    assert "国发〔2016〕51号" in page and "同意并授权" in page and "性别: 男" in page
    agree = TERMS | {"field": [ID, "person_phone"], "masked": ["person_phone"], "method": ["one"]}
    wrong = client.post(f"/grants/applications/{found.pk}/agree/", agree | {"until_on": "很久"})
    assert "应是日期" in text(wrong, 422)
    assert client.post(f"/grants/applications/{found.pk}/agree/", agree).status_code == 302
    grant = Grant.objects.get()
    basic = {"grant_type": "client_credentials", "client_id": "yibao", "client_secret": secret}
    token = client.post("/api/v1/token", basic).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}

    def ask(serial: int) -> Any:
        body = json.dumps({"by": {ID: number(serial)}})
        return client.post("/api/v1/data/persons/one", body, content_type="application/json", headers=headers)

    ((record),) = ask(1).json()["records"]
    assert record | {"id": ""} == {"id": "", ID: number(1), "person_phone": "138****0001"}
    assert ask(2).json()["found"] is False  # of another city
    page = text(client.get(f"/grants/{grant.pk}/"))
    assert "查询单条" in page and "立即撤回" in page and number(1) not in page
    assert "请写明撤回的原因" in text(client.post(f"/grants/{grant.pk}/withdraw/", {"reason": ""}), 422)
    assert client.post(f"/grants/{grant.pk}/withdraw/", {"reason": "用途已变"}).status_code == 302
    assert ask(1).status_code == 403
    assert "用途已变" in text(client.get(f"/grants/{grant.pk}/"))
    assert client.post("/grants/clients/yibao/disable/").status_code == 302
    assert client.post("/api/v1/token", basic).status_code == 401


def test_a_county_sees_and_answers_its_own_alone(node: Node, client: Client) -> None:
    by = officer("zj")
    entered = system(by)
    theirs, ours = asked(entered, by, division_code="330203"), asked(entered, by, division_code="330106")
    grant = granted(entered, by, division_code="330203")
    client.force_login(officer("hz", "330106"))
    page = text(client.get("/grants/applications/"))
    assert ours.number in page and theirs.number not in page
    assert client.get(f"/grants/applications/{theirs.pk}/").status_code == 404
    assert client.post(f"/grants/applications/{theirs.pk}/refuse/", {"answer": "不可"}).status_code == 404
    assert client.get(f"/grants/{grant.pk}/").status_code == 404
    assert client.post(f"/grants/{grant.pk}/withdraw/", {"reason": "不可"}).status_code == 404
    assert client.post(f"/grants/applications/{ours.pk}/refuse/", {"answer": "依据不足"}).status_code == 302
    assert "依据不足" in text(client.get(f"/grants/applications/{ours.pk}/"))


def test_a_description_is_downloaded(node: Node, client: Client) -> None:
    client.force_login(officer())
    said = json.loads(text(client.get("/grants/trial/persons/openapi.json")))
    assert said["openapi"] == "3.1.0" and "/data/persons/check" in said["paths"]
    assert client.get("/grants/trial/nothing/openapi.json").status_code == 404
