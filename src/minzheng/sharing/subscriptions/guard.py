"""Where a webhook may lead (回调地址核对): any address of the public internet, and what an administrator allows besides.

A name is resolved once and the connection goes to the address that was judged, so that the name can't mean another machine a
moment later. Loopback, private, link-local and reserved addresses are refused unless they stand among the 允许访问的地址.
"""

import socket
from ipaddress import IPv6Address, ip_address

from minzheng.exchange.errors import IntakeError
from minzheng.exchange.intake.places import Places
from minzheng.exchange.models import AllowedPlace
from minzheng.foundation.access.standing import as_node


class UnreachableError(RuntimeError):
    """An address that is not connected to, said in Chinese (不予连接)."""


def address_of(host: str, port: int) -> str:
    """The address to connect to for a host (核对主机). Raises ``UnreachableError``."""
    bare = host.strip("[]").rstrip(".").lower()
    try:
        found = {_plain(str(one[4][0])) for one in socket.getaddrinfo(bare, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError):
        raise UnreachableError(f"主机名 {host[:100]} 解析不到地址") from None
    if found and all(ip_address(one).is_global and not ip_address(one).is_multicast for one in found):
        return sorted(found)[0]
    with as_node():
        allowed = Places(AllowedPlace.objects.values_list("place", flat=True))
    try:
        return allowed.address(bare, port)
    except IntakeError:
        raise UnreachableError(
            f"主机 {host[:100]} 指向内网、本机或保留地址, 须由系统管理员列入“允许访问的地址”"
        ) from None


def _plain(text: str) -> str:
    address = ip_address(text.partition("%")[0])
    return str((address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address)
