"""Reaching a peer (连通): its address, TCP, TLS and whose certificate is shown there."""

import socket
import ssl
from urllib.parse import urlsplit

from cryptography import x509
from django.utils import timezone

from minzheng.foundation.members.models import Member
from minzheng.sharing.between import tls
from minzheng.sharing.watching.diagnosing.steps import BAD, FINE, Diagnosis, lasts

WAIT_S = 10.0


def has_address(found: Diagnosis, peer: Member) -> bool:
    """Whether there is an address that can be resolved (地址)."""
    parts = urlsplit(peer.address)
    if not parts.hostname:
        return found.add("地址", BAD, f"名录中没有 {peer} 的地址", "请对方在名片中写明地址")
    try:
        places = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
    except OSError:
        return found.add(
            "地址", BAD, f"{peer} 的地址 {parts.hostname} 解析不到", "请核对域名解析或名录中的地址"
        )
    return found.add("地址", FINE, f"{parts.hostname} 即 {places[0][4][0]}")


def is_reached(found: Diagnosis, peer: Member) -> bool:
    """Whether it can be connected to, by the certificates both know (连接)."""
    parts = urlsplit(peer.address)
    place = (str(parts.hostname), parts.port or 443)
    try:
        with socket.create_connection(place, timeout=WAIT_S) as line:
            found.add("TCP 连接", FINE, f"{place[0]}:{place[1]} 已接通")
            return _shakes_hands(found, peer, line)
    except ConnectionRefusedError:
        found.add(
            "TCP 连接", BAD, f"{peer} 的 {place[0]}:{place[1]} 没有服务在听", "请对方启动节点或核对端口"
        )
    except TimeoutError:
        found.add("TCP 连接", BAD, f"{peer} 的 {place[0]}:{place[1]} 没有应答", "请检查网络和防火墙")
    except OSError as error:
        found.add("TCP 连接", BAD, f"连接不上 {peer}: {error.strerror or error}", "请检查网络")
    return False


def _shakes_hands(found: Diagnosis, peer: Member, line: socket.socket) -> bool:
    """TLS with the certificate the list names; where it fails, with any, to see whose was shown."""
    if not peer.certificate:
        return found.add("TLS", BAD, f"名录中没有 {peer} 的证书", "请省级节点重新登记对方的名片")
    try:
        with tls.for_calling(peer.certificate).wrap_socket(line) as safe:
            found.add("TLS", FINE, f"{safe.version()}, {(safe.cipher() or ('',))[0]}")
    except ssl.SSLCertVerificationError:
        return _wrong_certificate(found, peer)
    except (ssl.SSLError, OSError) as error:
        return found.add(
            "TLS", BAD, f"{peer} 的端口不能建立 TLS 1.3 连接 ({_short(error)})", "请核对对方端口上运行的服务"
        )
    return lasts(found, "对方证书", f"{peer} ", peer.certificate, timezone.now())


def _wrong_certificate(found: Diagnosis, peer: Member) -> bool:
    shown = _shown_by(peer)
    now = timezone.now()
    if shown is not None and shown.not_valid_after_utc <= now:
        end = shown.not_valid_after_utc
        return found.add(
            "TLS", BAD, f"{peer} 的证书已于 {end:%Y-%m-%d} 到期", "请对方换发证书, 由省级节点重新登记"
        )
    if shown is not None and shown.not_valid_before_utc > now:
        said = (
            f"{peer} 的证书自 {shown.not_valid_before_utc:%Y-%m-%d %H:%M} UTC 起有效, 按本节点时钟还没有生效"
        )
        return found.add("TLS", BAD, said, "请核对双方时钟")
    name = shown.subject.rfc4514_string() if shown is not None else "读不出的证书"
    said = f"{peer} 的地址上出示的不是名录中的证书, 而是 {name}"
    return found.add("TLS", BAD, said, "请核对地址是否指向了另一台机器, 或对方是否换了证书而没有重新登记")


def _shown_by(peer: Member) -> x509.Certificate | None:
    parts = urlsplit(peer.address)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # only to look at it
    try:
        with (
            socket.create_connection((str(parts.hostname), parts.port or 443), timeout=WAIT_S) as line,
            context.wrap_socket(line) as safe,
        ):
            shown = safe.getpeercert(binary_form=True)
        return x509.load_der_x509_certificate(shown) if shown else None
    except (OSError, ValueError):
        return None


def _short(error: BaseException) -> str:
    return str(getattr(error, "reason", None) or error)[:60]
