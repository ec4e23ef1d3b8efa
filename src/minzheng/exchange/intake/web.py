"""Asking another system over HTTP (HTTP 请求): only allowed hosts, in bounded time and size, again where that may help.

The connection goes to the address that was checked, the certificate is held against the name. Redirections are not followed
and no proxy of the environment is used: both would lead past the list of allowed places.
"""

import re
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from minzheng.exchange.errors import IntakeError
from minzheng.exchange.intake.declare import Work

ATTEMPTS = 4
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 60.0
TIMEOUT = httpx.Timeout(30.0, connect=10.0)
MOST_BYTES = 64 * 2**20  # of one answer held in memory
AGAIN = {408, 429, 500, 502, 503, 504}
SAID = {
    401: "不接受本节点的凭据 (401), 请核对令牌、客户端标识和密钥",
    403: "拒绝本节点访问 (403), 请对方授权",
    404: "没有这个地址 (404), 请核对接口地址",
    405: "不接受这种请求方式 (405), 请改用 GET 或 POST",
    429: "要求放慢请求 (429), 请调大周期或与对方商定次数",
}


class HttpStatusError(IntakeError):
    """The other side answered, and not with what was asked for (对方报错)."""

    def __init__(self, said: str, status: int, *, after: float = 0) -> None:
        super().__init__(said, after=after)
        self.status = status


@dataclass(frozen=True)
class Asked:
    """One request (请求). ``body``: sent as JSON; ``form``: as a form."""

    method: str
    url: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any = None
    form: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Answer:
    """What came back: its headers, and its content where it was not written to a file (答复)."""

    headers: httpx.Headers
    content: bytes


class Web:
    """A client for one run (HTTP 客户端)."""

    def __init__(self, work: Work, *, ca: str = "") -> None:
        self._work = work
        try:
            trusted: ssl.SSLContext | bool = ssl.create_default_context(cadata=ca) if ca.strip() else True
        except ssl.SSLError:
            raise IntakeError("根证书无法识别, 应为 PEM 格式") from None
        self._client = httpx.Client(
            verify=trusted, timeout=TIMEOUT, trust_env=False, follow_redirects=False,
            headers={"User-Agent": "minzheng", "Accept-Encoding": "gzip"},
        )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def ask(self, asked: Asked, *, into: Path | None = None) -> Answer:
        """The answer, asked for again with growing pauses where the other side is busy or away; raises ``IntakeError``."""
        place = place_of(asked.url)
        problem: IntakeError
        for attempt in range(ATTEMPTS):
            wanted = 0.0
            try:
                return self._once(asked, place, into)
            except HttpStatusError as error:
                if error.status not in AGAIN:
                    raise
                problem, wanted = error, error.after
            except IntakeError as error:
                if not isinstance(error.__cause__, httpx.TransportError):
                    raise
                problem = error
            pause = max(wanted, FIRST_PAUSE_S * 2**attempt)
            if attempt == ATTEMPTS - 1 or pause > min(LONGEST_PAUSE_S, self._work.seconds_left):
                raise problem
            time.sleep(pause)
        raise AssertionError("unreachable")

    def _once(self, asked: Asked, place: str, into: Path | None) -> Answer:
        url = httpx.URL(asked.url)
        address = self._work.places.address(url.host, url.port or (443 if url.scheme == "https" else 80))
        with _told(place):
            request = self._client.build_request(
                asked.method, url.copy_with(host=address).copy_merge_params(dict(asked.params)),
                headers={"Host": url.netloc.decode()} | dict(asked.headers), json=asked.body, data=asked.form,
                extensions={"sni_hostname": url.host},
            )  # fmt: skip
            answer = self._client.send(request, stream=True)
            try:
                _refuse_status(answer, place)
                pieces = self._bounded(answer, place, MOST_BYTES if into is None else self._work.limit_bytes)
                if into is None:
                    return Answer(answer.headers, b"".join(pieces))
                with into.open("wb") as out:
                    out.writelines(pieces)
                return Answer(answer.headers, b"")
            finally:
                answer.close()

    def _bounded(self, answer: httpx.Response, place: str, most: int) -> Iterator[bytes]:
        size = 0
        for piece in answer.iter_bytes():
            size += len(piece)
            if size > most:
                raise IntakeError(f"{place} 一次返回超过 {most / 2**20:,.0f} MB, 没有接收, 请调小每页行数")
            if self._work.seconds_left <= 0:
                raise IntakeError(f"{place} 没有在时限内传完, 请调小每页行数, 或请对方排查")
            yield piece


def place_of(url: str) -> str:
    """Scheme, host and path, to be said; parameters may hold keys (地址, 不含参数)."""
    parts = httpx.URL(url)
    return f"{parts.scheme}://{parts.netloc.decode()}{parts.path}"


def check_url(url: str, what: str = "接口地址") -> None:
    """Refuse what is no plain http(s) address; raises ``IntakeError`` (核对地址)."""
    try:
        parts = httpx.URL(url)
    except (httpx.InvalidURL, TypeError):
        raise IntakeError(f"{what}不是有效的网址") from None
    if parts.scheme not in ("http", "https") or not parts.host:
        raise IntakeError(f"{what}应以 https:// 或 http:// 开头")
    if parts.userinfo:
        raise IntakeError(f"{what}中不能写用户名和口令, 请填在认证中")


def _refuse_status(answer: httpx.Response, place: str) -> None:
    status = answer.status_code
    if 200 <= status < 300:
        return
    if status in SAID:
        said = f"{place} {SAID[status]}"
    elif 300 <= status < 400:
        said = f"{place} 要求转到别处 ({status}), 请把接口地址改为最终的地址"
    elif status >= 500:
        said = f"{place} 服务出错 ({status}), 请对方排查"
    else:
        said = f"{place} 不接受这个请求 ({status}), 请核对参数"
    raise HttpStatusError(said, status, after=_retry_after(answer.headers.get("Retry-After", "")))


def _retry_after(text: str) -> float:
    """Seconds, said as such or as a date (RFC 9110 §10.2.3)."""
    if text.strip().isdigit():
        return float(min(int(text), 86_400 * 7))
    try:
        at = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return 0.0
    return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


@contextmanager
def _told(place: str) -> Iterator[None]:
    """What httpx raises, as one sentence with what to do; the cause says whether asking again may help."""
    try:
        yield
    except httpx.ConnectTimeout as error:
        raise IntakeError(f"{place} 没有应答, 请核对地址、端口和防火墙") from error
    except httpx.TimeoutException as error:
        raise IntakeError(
            f"{place} 超过 {TIMEOUT.read:.0f} 秒没有传来数据, 请对方排查, 或调小每页行数"
        ) from error
    except httpx.ConnectError as error:
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            raise IntakeError(
                f"{place} 的证书不可信或与主机名不符, 没有发送凭据, 请核对地址, 专用证书请填根证书"
            ) from None
        raise IntakeError(f"连接不上 {place}, 请核对地址和端口, 确认对方服务已启动") from error
    except httpx.DecodingError:
        raise IntakeError(f"{place} 的答复解不开压缩, 请对方排查") from None
    except httpx.TransportError as error:
        raise IntakeError(f"与 {place} 的连接中断") from error
    except (httpx.InvalidURL, httpx.HTTPError, UnicodeError):
        raise IntakeError(f"{place} 的地址或答复不合 HTTP 协议, 请核对") from None


def same_origin(base: str, found: str) -> str:
    """The address of a next page, on the same host; raises ``IntakeError`` where it leads elsewhere (同源)."""
    try:
        origin, target = httpx.URL(base), httpx.URL(base).join(found)
    except (httpx.InvalidURL, TypeError):
        raise IntakeError("对方给出的下一页地址不是有效的网址") from None
    if (origin.scheme, origin.host, origin.port) != (target.scheme, target.host, target.port):
        raise IntakeError(f"对方给出的下一页地址在另一台主机 ({target.host}), 没有访问")
    return str(target)


def next_link(header: str) -> str:
    """What a Link header calls ``next``, empty where nothing (RFC 8288)."""
    found = re.search(r"<([^>]*)>\s*;[^,]*\brel=\"?next\b", header)
    return found[1] if found else ""
