"""Fetching under guard (受控抓取): only hosts an administrator allowed, within size and time, never round a corner.

A name is resolved once and the connection goes to the address that was judged, so that the name can't mean another machine a
moment later. Private, local and reserved addresses are refused unless the host was allowed as internal; a redirect is followed
only to a host that is allowed itself.
"""

import socket
import time
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urljoin, urlsplit

import httpx

from minzheng import __version__
from minzheng.sharing.catalogue.models import AllowedHost
from minzheng.sharing.catalogue.terms import CatalogueError

MOST_BYTES = 10 * 2**20
MOST_SECONDS = 60.0
MOST_REDIRECTS = 3
ACCEPT = "text/turtle, application/rdf+xml;q=0.9, application/ld+json;q=0.8"


class FetchError(CatalogueError):
    """What could not be fetched, and why, in Chinese (抓取失败)."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A document as it came (抓取结果)."""

    content: bytes
    media_type: str
    address: str


def fetch(address: str, *, most_bytes: int = MOST_BYTES, most_seconds: float = MOST_SECONDS) -> Fetched:
    """The document at an address (抓取). Raises ``FetchError``."""
    until = time.monotonic() + most_seconds
    for _ in range(MOST_REDIRECTS + 1):
        answer = _once(address, most_bytes, until)
        if isinstance(answer, Fetched):
            return answer
        address = answer
    raise FetchError(f"{_host(address)} 转向超过 {MOST_REDIRECTS} 次")


def _once(address: str, most_bytes: int, until: float) -> "Fetched | str":
    """The document, or the address it is redirected to."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
        raise FetchError("只能采集 http 或 https 地址，且地址中不能带账号")
    place = _judged(parts.hostname, _port(address))
    target = httpx.URL(address).copy_with(host=str(place))
    left = until - time.monotonic()
    if left <= 0:
        raise FetchError("采集超时")
    heads = {
        "Host": parts.netloc, "Accept": ACCEPT, "Accept-Encoding": "identity", "User-Agent": f"minzheng/{__version__}",
    }  # fmt: skip
    try:
        with (
            httpx.Client(timeout=min(left, 10.0), trust_env=False) as client,
            client.stream(
                "GET", target, headers=heads, extensions={"sni_hostname": parts.hostname}
            ) as answer,
        ):
            if answer.is_redirect:
                return str(urljoin(address, answer.headers.get("location", "")))
            if answer.status_code != httpx.codes.OK:
                raise FetchError(f"{parts.hostname} 答复 {answer.status_code}")
            content = _body(answer, most_bytes, until)
            return Fetched(content, answer.headers.get("content-type", "").split(";")[0].strip(), address)
    except httpx.TimeoutException as error:
        raise FetchError(f"{parts.hostname} 在时限内没有答复") from error
    except httpx.HTTPError as error:
        raise FetchError(f"{parts.hostname} 连接失败：{type(error).__name__}") from error


def _body(answer: httpx.Response, most_bytes: int, until: float) -> bytes:
    if "identity" not in answer.headers.get("content-encoding", "identity"):
        raise FetchError("对方以压缩格式答复，不予解压")
    pieces, size = [], 0
    for piece in answer.iter_raw(64 * 1024):
        size += len(piece)
        if size > most_bytes:
            raise FetchError(f"目录超过 {most_bytes // 2**20 or 1} MB，未接收")
        if time.monotonic() > until:
            raise FetchError("采集超时")
        pieces.append(piece)
    return b"".join(pieces)


def _judged(host: str, port: int) -> IPv4Address | IPv6Address:
    """The address to connect to. Raises ``FetchError`` for a host or an address that is not allowed."""
    allowed = AllowedHost.objects.filter(host=host.lower().rstrip("."), ended_at__isnull=True).first()
    if allowed is None:
        raise FetchError(f"主机 {host[:100]} 不在许可之内，由系统管理员在“采集主机”中许可")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise FetchError(f"主机 {host[:100]} 的地址查不到") from error
    places = [ip_address(str(one[4][0]).partition("%")[0]) for one in found]
    if not places or not all(_may_stand(place, internal=allowed.internal) for place in places):
        raise FetchError(f"主机 {host[:100]} 指向内网或保留地址，未许可按内网采集")
    return places[0]


def _may_stand(place: IPv4Address | IPv6Address, *, internal: bool) -> bool:
    plain = getattr(place, "ipv4_mapped", None) or place
    if plain.is_multicast or plain.is_unspecified or plain.is_link_local:
        return False  # link-local is where clouds keep their machines' secrets
    return plain.is_global or (internal and (plain.is_private or plain.is_loopback))


def _port(address: str) -> int:
    parts = urlsplit(address)
    try:
        return parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise FetchError("地址的端口不对") from error


def _host(address: str) -> str:
    return urlsplit(address).hostname or address[:100]
