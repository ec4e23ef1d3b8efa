"""The door for systems, over HTTP: who is let in, what is answered, what is proved, what is refused and how it is said."""

import base64
import hashlib
import json
import threading
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from django.utils import timezone
from tests.exchange.numbers import csv_text, number
from tests.node import Node, standards_of_this_run
from tests.sharing.making import ID, cities, granted, node, officer, system, transactional_db

from minzheng.foundation.audit.models import AuditEntry
from minzheng.foundation.crypto import sm2
from minzheng.foundation.members.services import own_code
from minzheng.sharing.grants import services
from minzheng.sharing.grants.models import Client, Grant, Use
from minzheng.sharing.grants.using import forget_tallies
from minzheng.sharing.interfaces import batches, sealing, throttling
from minzheng.sharing.interfaces.credentials import issue_secret
from minzheng.sharing.interfaces.models import Batch, Seal
from minzheng.sharing.interfaces.problems import ProblemError
from minzheng.sharing.interfaces.tree import climbed, leaf_of, path_of, root_of

__all__ = ["cities", "node", "standards_of_this_run", "transactional_db"]
API = "/api/v1"


class Caller:
    """A department's system as it calls."""

    def __init__(self, client: Client, secret: str) -> None:
        self.client, self.secret, self.browser = client, secret, Browser(raise_request_exception=False)
        self.token = ""

    def log_in(self, **more: str) -> Any:
        basic = base64.b64encode(f"{self.client.code}:{self.secret}".encode()).decode()
        answer = self.browser.post(
            f"{API}/token", {"grant_type": "client_credentials", **more}, headers={"Authorization": f"Basic {basic}"}
        )  # fmt: skip
        if answer.status_code == 200:
            self.token = answer.json()["access_token"]
        return answer

    def ask(self, path: str, body: Any = None, **headers: str) -> Any:
        headers = {"Authorization": f"Bearer {self.token}", **headers}
        if body is None:
            return self.browser.get(f"{API}{path}", headers=headers)
        return self.browser.post(
            f"{API}{path}", json.dumps(body), content_type="application/json", headers=headers
        )

    def upload(self, path: str, text: str, **headers: str) -> Any:
        file = SimpleUploadedFile("名单.csv", text.encode(), "text/csv")
        headers = {"Authorization": f"Bearer {self.token}", **headers}
        return self.browser.post(f"{API}{path}", {"file": file}, headers=headers)


@pytest.fixture
def caller(node: Node) -> Caller:
    by = officer()
    client = system(by)
    granted(client, by, division_code="330106", masked=["person_phone"])
    made = Caller(client, issue_secret(client=client, by=by, at=timezone.now()))
    assert made.log_in().status_code == 200
    return made


def problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert answer["Content-Type"].startswith("application/problem+json"), answer.content
    said = answer.json()
    assert (answer.status_code, said["code"], said["status"]) == (status, code, status), said
    assert said["type"] == f"urn:minzheng:problem:{code}" and said["title"]
    return said


def test_one_is_looked_up_with_its_granted_fields(caller: Caller) -> None:
    answer = caller.ask("/data/persons/one", {"by": {ID: number(1)}})
    assert answer.status_code == 200, answer.content
    ((record),) = answer.json()["records"]
    assert record["person_person_name"] == "王晓" and record["person_phone"] == "138****0001"
    assert answer["Cache-Control"] == "no-store"
    assert caller.ask("/data/persons/one", {"by": {ID: number(2)}}).json() == {"found": False, "records": []}
    first, second = Use.objects.order_by("at")
    assert (first.method, first.hits, first.units, second.hits) == ("one", 1, 1, 0)
    assert first.subject_ids == [UUID(record["id"])]
    sealing.sealer.seal_now(at=timezone.now())
    entries = AuditEntry.objects.filter(action="interface.used")
    assert sum(entry.detail["calls"] for entry in entries) == 2
    assert (
        number(1) not in json.dumps([entry.detail for entry in entries]) and entries[0].user_name == "yibao"
    )


def test_a_claim_is_answered_without_the_data(caller: Caller) -> None:
    claims = {
        "person_person_name": "王晓",
        "person_birth_date": "19900308",
        "person_sex_code": "男",
        "person_hukou_address": "x",
    }
    answer = caller.ask("/data/persons/check", {"by": {ID: number(1)}, "claims": claims})
    assert answer.json() == {
        "found": True,
        "claims": {"person_person_name": "yes", "person_birth_date": "no", "person_sex_code": "yes",
                   "person_hukou_address": "unknown"},
    }  # fmt: skip
    assert "1990" not in answer.content.decode()


def test_a_grant_taken_back_ends_at_the_next_call(caller: Caller) -> None:
    assert caller.ask("/data/persons/one", {"by": {ID: number(1)}}).status_code == 200
    services.withdraw(grant=Grant.objects.get(), reason="到期前收回", by=officer("other"), at=timezone.now())
    problem(caller.ask("/data/persons/one", {"by": {ID: number(1)}}), 403, "not-granted")
    assert AuditEntry.objects.get(action="interface.refused").user_name == "yibao"


REFUSED: list[tuple[str, Any, int, str]] = [
    ("/data/marriages/one", {"by": {ID: "1"}}, 403, "not-granted"),
    ("/data/nothing/one", {"by": {ID: "1"}}, 403, "not-granted"),
    ("/data/persons/one", {"by": {ID: "330199199003070011"}}, 422, "invalid-value"),
    ("/data/persons/one", {"by": {}}, 422, "invalid-value"),
    ("/data/persons/one", {"by": {"person_person_name": "王晓"}}, 422, "invalid-value"),
    ("/data/persons/one", {"id": 1}, 400, "bad-request"),
    (
        "/data/persons/check",
        {"by": {ID: number(1)}, "claims": {"person_death_date": "x"}},
        403,
        "field-not-granted",
    ),
    ("/data/persons/changes?since=x", None, 422, "invalid-value"),
    ("/data/persons/changes?limit=100000", None, 422, "invalid-value"),
    ("/data/persons/changes?limit=x", None, 400, "bad-request"),
    ("/data/persons/one", None, 405, "method-not-allowed"),
    ("/nowhere", None, 404, "not-found"),
    ("/receipts/0192f0c1-0000-7000-8000-000000000000", None, 404, "not-found"),
]


def test_what_is_not_answered_says_why_in_chinese(caller: Caller) -> None:
    for path, body, status, code in REFUSED:
        said = problem(caller.ask(path, body), status, code)
        assert any("\u4e00" <= c <= "\u9fff" for c in said["title"])


def test_a_broken_body_and_a_token_of_no_one(caller: Caller) -> None:
    headers = {"Authorization": f"Bearer {caller.token}"}
    broken = caller.browser.post(
        f"{API}/data/persons/one", "{", content_type="application/json", headers=headers
    )
    problem(broken, 400, "bad-request")
    caller.token = "guessed"
    refused = caller.ask("/data/persons/one", {"by": {ID: number(1)}})
    problem(refused, 401, "token-invalid")
    assert "invalid_token" in refused["WWW-Authenticate"]
    problem(caller.browser.get(f"{API}/data"), 401, "token-missing")


def test_a_token_is_short_hashed_and_only_for_granted_sets(caller: Caller) -> None:
    from oauth2_provider.models import AccessToken, Application

    answer = caller.log_in().json()
    assert (answer["expires_in"], answer["scope"], "refresh_token" in answer) == (600, "persons", False)
    kept = AccessToken.objects.latest("id")
    assert kept.token == "" and kept.token_checksum == hashlib.sha256(caller.token.encode()).hexdigest()
    assert caller.secret not in Application.objects.get().client_secret
    assert caller.log_in(scope="marriages").json()["error"] == "invalid_scope"
    assert (
        caller.log_in(grant_type="password", username="officer", password="Xihu-Longjing-88").status_code
        == 400
    )
    caller.secret = "wrong"
    assert caller.log_in().status_code == 401


def test_a_new_secret_ends_the_tokens_of_the_former(caller: Caller) -> None:
    by = officer("other")
    issue_secret(client=caller.client, by=by, at=timezone.now())
    problem(caller.ask("/data"), 401, "token-invalid")
    assert caller.log_in().status_code == 401


def test_a_bound_system_shows_its_certificate(caller: Caller, settings: Any) -> None:
    settings.CLIENT_CERTIFICATE_HEADER = "X-Client-Certificate"
    Client.objects.update(certificate_sha256="ab" * 32)
    problem(caller.ask("/data"), 401, "certificate-required")
    problem(caller.log_in(), 401, "certificate-required")
    assert caller.ask("/data", **{"X-Client-Certificate": "AB" * 32}).status_code == 200


def test_a_quota_says_when_to_come_again(caller: Caller) -> None:
    Grant.objects.update(per_minute=2)
    forget_tallies()
    answers = [caller.ask("/data/persons/one", {"by": {ID: number(1)}}) for _ in range(4)]
    over = next(answer for answer in answers if answer.status_code == 429)
    problem(over, 429, "quota-exceeded")
    assert 1 <= int(over["Retry-After"]) <= 60
    assert Use.objects.filter(status=429, units=0).exists()


def test_an_answer_can_be_proved_afterwards_and_nothing_else_can(caller: Caller) -> None:
    body = {"by": {ID: number(1)}}
    answer = caller.ask("/data/persons/one", body)
    caller.ask("/data/persons/one", {"by": {ID: number(3)}})
    problem_of = caller.ask(answer["Receipt"].removeprefix(API))
    if problem_of.status_code == 404:
        assert problem_of["Retry-After"] == "1"
    sealing.sealer.seal_now(at=timezone.now())
    told = caller.ask(answer["Receipt"].removeprefix(API)).json()
    asked = sealing.request_digest("POST", f"{API}/data/persons/one", json.dumps(body).encode())
    given = sm2.sm3(answer.content)
    path = [(step["side"], bytes.fromhex(step["digest"])) for step in told["path"]]

    def proves(request: bytes, content: bytes) -> bool:
        leaf = sealing.leaf(UUID(answer["Request-Id"]), "yibao", 200, request, content)
        at = timezone.datetime.fromisoformat(told["sealed_at"])
        said = sealing.statement(own_code(), at, climbed(leaf, path))
        return sm2.verified(sm2.own_pair(sm2.SIGN).public, said, bytes.fromhex(told["signature"]))

    assert proves(asked, given)
    assert not proves(asked, sm2.sm3(answer.content + b" "))
    assert not proves(sealing.request_digest("POST", f"{API}/data/persons/one", b"{}"), given)
    assert answer["Content-Digest"] == f"sm3=:{base64.b64encode(given).decode()}:"


def test_what_a_dead_process_left_is_signed_by_another(caller: Caller) -> None:
    sealing.sealer.seal_now(at=timezone.now())
    before = Seal.objects.count()
    answer = caller.ask("/data/persons/one", {"by": {ID: number(1)}})
    sealing.sealer.forget()  # the process dies
    later = timezone.now() + sealing.LEFT_AFTER * 2
    if Seal.objects.count() == before:  # its thread had not got there first
        assert sealing.seal_left(at=later) == 1
    assert sealing.seal_left(at=later) == 0
    assert caller.ask(answer["Receipt"].removeprefix(API)).status_code == 200


def test_no_one_gets_the_receipt_of_another(caller: Caller) -> None:
    answer = caller.ask("/data/persons/one", {"by": {ID: number(1)}})
    by = officer("other")
    other = Caller(system(by, "shebao"), "")
    other.secret = issue_secret(client=other.client, by=by, at=timezone.now())
    other.log_in()
    sealing.sealer.seal_now(at=timezone.now())
    problem(other.ask(answer["Receipt"].removeprefix(API)), 404, "not-found")
    problem(other.ask("/data/persons/one", {"by": {ID: number(1)}}), 403, "not-granted")
    assert other.ask("/data").json() == {"data": []}


@pytest.mark.parametrize("count", [1, 2, 3, 5, 8, 13])
def test_every_leaf_climbs_to_the_root(count: int) -> None:
    leaves = [leaf_of(str(n).encode()) for n in range(count)]
    for n, leaf in enumerate(leaves):
        assert climbed(leaf, path_of(leaves, n)) == root_of(leaves)
        assert climbed(leaf_of(b"other"), path_of(leaves, n)) != root_of(leaves)


def test_the_same_request_again_is_counted_once(caller: Caller) -> None:
    again = {"Idempotency-Key": "k-1"}
    body = {"by": {ID: number(1)}}
    first, second = (caller.ask("/data/persons/one", body, **again) for _ in range(2))
    assert first.json() == second.json()
    assert sorted(Use.objects.values_list("units", flat=True)) == [0, 1]
    problem(caller.ask("/data/persons/one", {"by": {ID: number(3)}}, **again), 422, "idempotency-key-reused")


LIST = csv_text(
    ("公民身份号码", "姓名", "出生日期"),
    (number(1), "王晓", "1990-03-07"),
    (number(3), "王大国", "1990年3月7日"),
    (number(2), "王芳", "1990-03-07"),
    ("123", "王五", ""),
)


def test_a_batch_is_checked_by_a_job_and_fetched(caller: Caller) -> None:
    answer = caller.upload("/data/persons/checks", LIST, **{"Idempotency-Key": "batch-1"})
    assert answer.status_code == 202, answer.content
    batch = answer.json()
    assert (batch["state"], batch["rows"]) == ("waiting", 4)
    assert (
        caller.upload("/data/persons/checks", LIST, **{"Idempotency-Key": "batch-1"}).json()["id"]
        == batch["id"]
    )
    problem(
        caller.upload("/data/persons/checks", LIST + "\n", **{"Idempotency-Key": "batch-1"}),
        422,
        "idempotency-key-reused",
    )
    place = f"/data/persons/checks/{batch['id']}"
    problem(caller.ask(f"{place}/result"), 409, "batch-not-ready")
    folder = batches._folder(UUID(batch["id"]))
    assert number(1).encode() not in (folder / "list").read_bytes()
    batches.carry_out(UUID(batch["id"]))
    assert caller.ask(place).json() | {"problem": ""} == batch | {"state": "finished", "done": 4, "hits": 2}
    result = caller.ask(f"{place}/result")
    text = b"".join(result.streaming_content).decode("utf-8-sig")
    assert text.split("\r\n") == [
        "行号,是否查到,姓名,出生日期", "1,yes,yes,yes", "2,yes,no,yes", "3,no,unknown,unknown", "4,invalid,unknown,unknown", "",
    ]  # fmt: skip
    assert not (folder / "list").exists()
    assert Use.objects.filter(method="checks", units=4).count() == 1
    assert batches.sweep(at=timezone.now() + batches.KEPT_FOR) == 1
    assert not folder.exists() and not Batch.objects.exists()


def test_a_batch_stops_where_its_grant_is_taken_back(caller: Caller) -> None:
    batch = caller.upload("/data/persons/checks", LIST).json()
    services.withdraw(grant=Grant.objects.get(), reason="收回", by=officer("other"), at=timezone.now())
    batches.carry_out(UUID(batch["id"]))
    found = Batch.objects.get()
    assert (found.state, found.done) == ("failed", 0) and "撤回" in found.problem


def test_a_list_that_cannot_be_checked_leaves_nothing(caller: Caller) -> None:
    for text, code in (
        ("姓名\n王晓\n", "invalid-value"),
        ("公民身份号码,星座\n1,2\n", "invalid-value"),
        ("公民身份号码,姓名\n", "invalid-value"),
        (f"公民身份号码\n{number(1)}\n", "invalid-value"),
    ):
        problem(caller.upload("/data/persons/checks", text), 422, code)
    assert not Batch.objects.exists()


def test_a_list_beyond_the_quota_leaves_nothing(caller: Caller) -> None:
    Grant.objects.update(per_minute=3)
    forget_tallies()
    problem(caller.upload("/data/persons/checks", LIST), 429, "quota-exceeded")
    assert not Batch.objects.exists()


def test_changes_come_with_the_granted_rows_and_can_be_replayed(caller: Caller, node: Node) -> None:
    first = caller.ask("/data/persons/changes").json()
    assert {c["record"]["person_person_name"] for c in first["changes"]} == {"王晓", "王建国"}
    assert first["more"] is False
    assert caller.ask(f"/data/persons/changes?since={first['cursor']}").json()["changes"] == []
    assert caller.ask("/data/persons/changes").json() == first
    step = caller.ask("/data/persons/changes?limit=1").json()
    assert len(step["changes"]) == 1 and step["more"] is True


def test_a_test_system_is_answered_from_the_sample_alone(caller: Caller) -> None:
    from minzheng.sharing.grants.granted.sample import id_number

    by = officer("other")
    trial = Caller(system(by, "trial", is_test=True), "")
    for data_set in ("persons", "marriages", "allowances", "cremations", "societies"):
        granted(trial.client, officer(f"o-{data_set}", level=4), data_set=data_set)
    trial.secret = issue_secret(client=trial.client, by=by, at=timezone.now())
    trial.log_in()
    assert trial.ask("/data/persons/one", {"by": {ID: number(1)}}).json()["found"] is False
    sample = trial.ask("/data/persons/changes").json()["changes"]
    shown = trial.ask("/data/persons/one", {"by": {ID: sample[0]["record"][ID]}}).json()
    assert shown["found"] and "样例" in shown["records"][0]["person_person_name"]
    assert id_number(2) == sample[0]["record"][ID]
    for data_set in ("marriages", "allowances", "cremations", "societies"):
        assert len(trial.ask(f"/data/{data_set}/changes").json()["changes"]) == 5


def test_calls_at_once_are_each_logged(caller: Caller) -> None:
    answers: list[int] = []

    def ask() -> None:
        from django.db import connection

        mine = Caller(caller.client, caller.secret)
        mine.token = caller.token
        answers.extend(mine.ask("/data/persons/one", {"by": {ID: number(1)}}).status_code for _ in range(5))
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 20 and Use.objects.filter(method="one").count() == 20


def test_tokens_are_asked_for_so_often_and_no_more(caller: Caller) -> None:
    """By system and address together: who guesses from elsewhere locks nobody out."""
    for _ in range(throttling.OF_A_SYSTEM - 1):  # the fixture had one
        throttling.take_token_turn("yibao", "127.0.0.1", at=timezone.now())
    said = caller.log_in()
    if said.status_code == 200:  # a minute has just begun
        for _ in range(throttling.OF_A_SYSTEM):
            said = caller.log_in()
    problem(said, 429, "too-many-requests")
    assert 1 <= int(said["Retry-After"]) <= 60 and said["Cache-Control"] == "no-store"
    now = timezone.now()
    throttling.take_token_turn("another", "127.0.0.1", at=now)
    throttling.take_token_turn("yibao", "10.0.0.9", at=now)
    with pytest.raises(ProblemError):
        for n in range(throttling.OF_AN_ADDRESS + 1):
            throttling.take_token_turn(f"guess-{n}", "127.0.0.1", at=now)
    throttling.forget_windows(before=now + timedelta(minutes=2))
    assert caller.log_in().status_code == 200
