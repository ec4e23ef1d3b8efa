"""The calls (调用)."""

import csv
import io
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from minzheng_client.events import Events
from minzheng_client.refusal import RefusedError

BASE = "/api/v1"
EARLY_S = 30.0  # a token is renewed so long before it ends


@dataclass(frozen=True)
class Answer:
    """An answer as it came (应答), with what a proof needs."""

    id: str
    method: str
    target: str
    asked: bytes
    status: int
    content: bytes
    json: Any


class Client:
    """One system at one node (客户端). ``certificate``: (certificate, key) files where the node asks for one."""

    def __init__(
        self, address: str, client_id: str, secret: str, *, certificate: tuple[str, str] | None = None,
        verify: str | bool = True, patience_s: float = 60.0,
    ) -> None:  # fmt: skip
        self._http = httpx.Client(base_url=address, cert=certificate, verify=verify, timeout=60.0)
        self._id, self._secret, self._patience_s = client_id, secret, patience_s
        self._token, self._good_until = "", 0.0

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let the connections go (关闭)."""
        self._http.close()

    def one(self, data_set: str, **by: str) -> list[dict[str, Any]]:
        """The granted fields of who or what a number names (查询单条); empty where there is none."""
        records: list[dict[str, Any]] = self.ask(f"/data/{data_set}/one", {"by": by}).json["records"]
        return records

    def check(self, data_set: str, claims: Mapping[str, Any], **by: str) -> dict[str, str]:
        """``yes``, ``no`` or ``unknown`` to each claimed value (核验)."""
        verdicts: dict[str, str] = self.ask(
            f"/data/{data_set}/check", {"by": by, "claims": dict(claims)}
        ).json["claims"]
        return verdicts

    def checks(self, data_set: str, source: Path, *, every_s: float = 1.0) -> list[dict[str, str]]:
        """Check a CSV of at most 100,000 lines and wait for the verdicts, one a line (批量核验). Raises ``RefusedError``."""
        batch = self.ask(f"/data/{data_set}/checks", file=source.read_bytes()).json
        while batch["state"] in ("waiting", "running"):
            time.sleep(every_s)
            batch = self.ask(f"/data/{data_set}/checks/{batch['id']}").json
        if batch["state"] != "finished":
            raise RefusedError(
                {"code": "batch-failed", "title": "批量核验未完成", "detail": batch["problem"]}
            )
        text = self.ask(f"/data/{data_set}/checks/{batch['id']}/result").content.decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text, newline="")))

    def changes(self, data_set: str, since: str = "", *, limit: int = 500) -> Iterator[dict[str, Any]]:
        """Everything that has changed after a cursor, in order (变更获取); keep the ``cursor`` of the last one stored."""
        more = True
        while more:
            said = self.ask(f"/data/{data_set}/changes?since={since}&limit={limit}").json
            yield from said["changes"]
            since, more = said["cursor"], said["more"]

    def subscribe(
        self, data_set: str, *, name: str = "", begin: str = "now", after: str = "", **wanted: Any
    ) -> Events:
        """Changes as they happen, without end, going on where it stopped (订阅): ``for event in client.subscribe("persons")``.

        The same name is the same subscription, also after a restart. ``wanted``: ``kinds``, ``fields``, ``codes``, ``division``.
        ``begin`` holds when it is made first: ``start``, ``now``, a moment. ``after``: the last event one has kept oneself.
        """
        said = {"data_set": data_set, "name": name, "begin": begin, "filter": wanted}
        return Events(self, self._http, self.ask("/subscriptions", said).json, after)

    def receipt(self, answer: Answer) -> dict[str, Any]:
        """The proof of an answer, waited for until it is signed (回执)."""
        deadline = time.monotonic() + 10
        while True:
            try:
                found: dict[str, Any] = self.ask(f"/receipts/{answer.id}").json
            except RefusedError as refused:
                if refused.code != "receipt-not-ready" or time.monotonic() > deadline:
                    raise
                time.sleep(0.5)
            else:
                return found

    def ask(self, path: str, body: Any = None, *, file: bytes | None = None) -> Answer:
        """One call, repeated with the same key where the road failed (调用). Raises ``RefusedError``, ``httpx.HTTPError``."""
        key = (
            {"Idempotency-Key": str(uuid.uuid4())} if file is not None else {}
        )  # looking up twice harms no one
        deadline = time.monotonic() + self._patience_s
        while True:
            try:
                return self._ask(path, body, file, key)
            except httpx.TransportError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(1.0)
            except RefusedError as refused:
                wait = refused.retry_after_s
                if refused.status == 401 and self._token:
                    self._token = ""
                elif refused.status != 429 or wait is None or time.monotonic() + wait > deadline:
                    raise
                else:
                    time.sleep(wait)

    def _ask(self, path: str, body: Any, file: bytes | None, headers: dict[str, str]) -> Answer:
        headers = headers | {"Authorization": f"Bearer {self.bearer()}"}
        method = "GET" if body is None and file is None else "POST"
        files = {"file": ("list.csv", file, "text/csv")} if file is not None else None
        request = self._http.build_request(method, f"{BASE}{path}", json=body, files=files, headers=headers)
        answer = self._http.send(request)
        said = answer.json() if "json" in answer.headers.get("Content-Type", "") else None
        if answer.status_code >= 400:
            wait = answer.headers.get("Retry-After")
            raise RefusedError(said or {"title": f"HTTP {answer.status_code}"}, float(wait) if wait else None)
        asked = file if file is not None else request.content
        target = request.url.raw_path.decode()
        return Answer(
            answer.headers["Request-Id"], method, target, asked, answer.status_code, answer.content, said
        )

    def renew(self) -> None:
        """The token is good no longer (换令牌)."""
        self._token = ""

    def bearer(self) -> str:
        """The token, had anew where it is about to end (令牌). Raises ``RefusedError``."""
        if not self._token or time.monotonic() > self._good_until:
            answer = self._http.post(
                f"{BASE}/token", data={"grant_type": "client_credentials"}, auth=(self._id, self._secret)
            )
            said = answer.json()
            if answer.status_code != 200:
                wait = answer.headers.get("Retry-After")
                problem = {
                    "code": said.get("error", said.get("code", "")),
                    "status": 0,
                    "title": "取不到令牌",
                }
                raise RefusedError(problem | said, float(wait) if wait else None)
            self._token = said["access_token"]
            self._good_until = time.monotonic() + said["expires_in"] - EARLY_S
        return self._token
