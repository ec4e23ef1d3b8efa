"""Events as they happen (事件流): told in order, gone on by itself after whatever breaks the line.

An event is kept when the next one is asked for: what was not kept is told again, with the same ``id``.
"""

import json
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import httpx

from minzheng_client.refusal import RefusedError

if TYPE_CHECKING:
    from minzheng_client.client import Client

CONFIRM_S, SILENT_S = 5.0, 60.0  # a stream says something every fifteen seconds
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0
WAIT_FOR = {429, 500, 502, 503, 504}


class Events:
    """Iterates the events of one subscription without end (事件); ``after`` is the last one's place."""

    def __init__(
        self, client: "Client", http: httpx.Client, subscription: Mapping[str, Any], after: str = ""
    ) -> None:
        self._client, self._http, self.subscription = client, http, dict(subscription)
        self.after = after
        self._place, self._kept, self._confirmed_at = after, "", time.monotonic()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Raises ``RefusedError`` when the subscription or its grant has ended."""
        pause = FIRST_PAUSE_S
        while True:
            try:
                for event in self._once():
                    pause = FIRST_PAUSE_S
                    yield event
                    self._keep(event["id"])
            except httpx.TransportError:
                pass
            except RefusedError as refused:
                if refused.status == 401:
                    self._client.renew()
                elif refused.status not in WAIT_FOR:
                    raise
                pause = max(pause, refused.retry_after_s or 0.0)
            time.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)

    def close(self) -> None:
        """Say up to where events were kept (确认)."""
        if self._kept:
            self._client.ask(f"/subscriptions/{self.subscription['id']}/confirm", {"begin": self._kept})
            self._kept = ""

    def _keep(self, place: str) -> None:
        self.after = self._place = self._kept = place
        if time.monotonic() - self._confirmed_at > CONFIRM_S:
            self._confirmed_at = time.monotonic()
            self.close()

    def _once(self) -> Iterator[dict[str, Any]]:
        headers = {"Authorization": f"Bearer {self._client.bearer()}", "Accept": "text/event-stream"}
        if self._place:
            headers["Last-Event-ID"] = self._place
        waits = httpx.Timeout(30.0, read=SILENT_S)
        with self._http.stream("GET", self.subscription["stream"], headers=headers, timeout=waits) as answer:
            if answer.status_code != 200:
                answer.read()
                wait = answer.headers.get("Retry-After")
                said = (
                    answer.json()
                    if "json" in answer.headers.get("Content-Type", "")
                    else {"status": answer.status_code}
                )
                raise RefusedError(said, float(wait) if wait else None)
            fields: dict[str, str] = {}
            for line in answer.iter_lines():
                name, _, value = line.partition(":")
                if line and name:
                    fields[name] = value.removeprefix(" ")
                elif not line:
                    yield from self._event(fields)
                    fields = {}

    def _event(self, fields: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        if fields.get("event") == "end":
            raise RefusedError({"status": 403} | json.loads(fields["data"]))
        if "data" in fields:
            yield json.loads(fields["data"])
        elif "id" in fields:  # nothing of ours up to here
            self.after = self._place = fields["id"]
