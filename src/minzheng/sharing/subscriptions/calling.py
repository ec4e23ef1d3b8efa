"""Calling a receiver (回调): the agreement asked for first, then batches. What comes back is never followed elsewhere."""

import json
import re
import secrets
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache

import anyio
import httpx
from django.db import close_old_connections

from minzheng import __version__
from minzheng.foundation.members.services import own_code
from minzheng.sharing.subscriptions.guard import UnreachableError, address_of
from minzheng.sharing.subscriptions.services import Outcome
from minzheng.sharing.subscriptions.terms import BATCH

TIMEOUT = httpx.Timeout(15.0, connect=5.0)
WHOLE_S = 30.0  # however slowly an answer trickles
MOST_READ = 64 << 10
BUSY = {429, 500, 502, 503, 504}
ORIGIN = "minzheng"
Signer = Callable[[bytes], dict[str, str]]


@dataclass(frozen=True, slots=True)
class Receiver:
    """Whom a process calls (接收方): the address, and the root certificate it is believed by where it has its own."""

    url: str
    ca: str = ""


class Calling:
    """Calls to one receiver, over one connection while they last (连接). An async context."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        # One client for one receiver: connections are pooled by address, and two names may share one.
        self._http = httpx.AsyncClient(
            verify=_trusted(receiver.ca), timeout=TIMEOUT, trust_env=False, follow_redirects=False,
            headers={"User-Agent": f"minzheng/{__version__}", "Accept-Encoding": "identity"},
        )  # fmt: skip

    async def __aenter__(self) -> "Calling":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def deliver(self, body: bytes, headers: Mapping[str, str]) -> Outcome:
        """One batch (送达)."""
        said = {"Content-Type": f"{BATCH}; charset=utf-8"} | dict(headers)
        outcome, _, _ = await self._call("POST", body, said)
        return outcome

    async def agree(self, sign: Signer) -> Outcome:
        """Whether the receiver wants to be called: by the WebHook specification's OPTIONS, else by a challenge (确认)."""
        origin = f"{ORIGIN}-{own_code()}"
        asked = {"WebHook-Request-Origin": origin, "WebHook-Request-Rate": "*"}
        outcome, answer, _ = await self._call("OPTIONS", b"", asked)
        allowed = [one.strip() for one in answer.get("WebHook-Allowed-Origin", "").split(",")]
        if outcome.is_taken and ("*" in allowed or origin in allowed):
            rate = answer.get("WebHook-Allowed-Rate", "").strip()
            return Outcome(
                outcome.status,
                outcome.took_ms,
                rate=int(rate) if re.fullmatch("[1-9][0-9]{0,5}", rate) else None,
            )
        if outcome.status is None or outcome.gone or outcome.status in BUSY:
            return outcome
        challenge = secrets.token_urlsafe(24)
        body = json.dumps({"type": "minzheng.webhook.challenge", "challenge": challenge}).encode()
        outcome, _, content = await self._call(
            "POST", body, {"Content-Type": "application/json"} | sign(body)
        )
        if outcome.is_taken and challenge.encode() not in content:
            return Outcome(
                outcome.status,
                outcome.took_ms,
                "接收方没有同意接收: 既未答复 WebHook-Allowed-Origin, 也未回送 challenge",
            )
        return outcome

    async def _call(
        self, method: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[Outcome, httpx.Headers, bytes]:
        began = time.perf_counter()
        status, problem, answer, content = None, "", httpx.Headers(), b""
        try:
            with anyio.fail_after(WHOLE_S):
                status, answer, content = await self._once(method, body, headers)
        except UnreachableError as error:
            problem = str(error)
        except (TimeoutError, httpx.TimeoutException):
            problem = "接收方在时限内没有答复"
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
            problem = _said(error)
        took = int((time.perf_counter() - began) * 1000)
        return _judged(status, took, problem, answer), answer, content

    async def _once(
        self, method: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, httpx.Headers, bytes]:
        url = httpx.URL(self._receiver.url)
        place = await anyio.to_thread.run_sync(_judge, url.host, url.port or 443, abandon_on_cancel=True)
        request = self._http.build_request(
            method, url.copy_with(host=place), content=body, headers={"Host": url.netloc.decode()} | dict(headers),
            extensions={"sni_hostname": url.host},
        )  # fmt: skip
        answer = await self._http.send(request, stream=True)
        try:
            content = b""
            async for piece in answer.aiter_raw():
                content += piece
                if len(content) > MOST_READ:
                    break
            return answer.status_code, answer.headers, content[:MOST_READ]
        finally:
            await answer.aclose()


def _judge(host: str, port: int) -> str:
    try:
        return address_of(host, port)
    finally:
        close_old_connections()


def _judged(status: int | None, took: int, problem: str, answer: httpx.Headers) -> Outcome:
    if status is None:
        return Outcome(None, took, problem)
    if 200 <= status < 300:
        return Outcome(status, took)
    if status == 410:
        return Outcome(status, took, "接收方答复 410, 不再接收", gone=True)
    wait = _retry_after(answer.get("Retry-After", "")) if status in (429, 503) else None
    if 300 <= status < 400:
        return Outcome(status, took, f"接收方要求转到别处 ({status}), 不予转向, 请改回调地址")
    return Outcome(
        status, took, f"接收方答复 {status}" + (", 要求稍后再送" if wait is not None else ""), wait
    )


def _retry_after(text: str) -> float | None:
    """Seconds, said as such or as a date (RFC 9110 §10.2.3)."""
    if text.strip().isdigit():
        return float(text.strip()[:9])
    try:
        at = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


def _said(error: Exception) -> str:
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return "接收方的证书不可信或与主机名不符"
    if isinstance(error, httpx.ConnectError):
        return "连接不上接收方"
    return f"与接收方的连接中断 ({type(error).__name__})"


@cache
def _common() -> ssl.SSLContext:
    return ssl.create_default_context()


def _trusted(ca: str) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=ca) if ca.strip() else _common()
