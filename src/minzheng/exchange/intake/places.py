"""Where sources may be fetched from (允许访问的地址): only what an administrator has listed; nothing else is connected to.

A name that is listed may not lead to this machine or to a link-local address (cloud metadata) unless that address itself
is listed. What is connected to is the address that was checked: a name that changes its mind in between gains nothing.
"""

import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from ipaddress import IPv4Network as Network4
from pathlib import Path

from minzheng.exchange.errors import IntakeError

HOST = re.compile(
    r"(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*"
)
WIDEST = {4: 8, 6: 32}  # a network may not be wider than this
Address = IPv4Address | IPv6Address


@dataclass(frozen=True)
class Place:
    """One line of the list (一处地址): a name, a network (one address is one) or a folder; a port, or any."""

    name: str = ""
    network: Network4 | IPv6Network | None = None
    folder: Path | None = None
    port: int | None = None

    def admits(self, port: int) -> bool:
        """Whether the port is allowed (端口是否允许)."""
        return self.port in (None, port)


def parse_place(text: str) -> Place:
    """Read ``host``, ``host:port``, ``10.1.0.0/16``, ``[::1]:22`` or ``/folder``; raises ``IntakeError`` (读取地址)."""
    said = text.strip()
    if said.startswith("/"):
        if Path(said) == Path("/"):
            raise IntakeError("不能允许整个文件系统, 请写明目录")
        return Place(folder=Path(said))
    network, host, port = _network(said), said, ""
    if network is None and re.search(r":\d+$", said):
        host, _, port = said.rpartition(":")
        network = _network(host.strip("[]"))
    number = int(port) if port else None
    if number is not None and not 0 < number < 65536:
        raise IntakeError(f"端口 {number} 不在 1 至 65535 之间")
    if network is not None:
        if network.prefixlen < WIDEST[network.version]:
            raise IntakeError(f"网段 {network} 过大, 请写到具体的网段或地址")
        return Place(network=network, port=number)
    if not HOST.fullmatch(host.lower()):
        raise IntakeError(f"“{said[:60]}”应写为 主机名、主机名:端口、IP 地址、网段或以 / 开头的目录")
    return Place(name=host.lower(), port=number)


def _network(text: str) -> Network4 | IPv6Network | None:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


class Places:
    """The list as one run goes by it (允许访问的地址)."""

    def __init__(self, lines: Iterable[str], *, never: Path | None = None) -> None:
        self._places = [parse_place(line) for line in lines]
        self._never = never  # the node's own home, whatever is listed

    def address(self, host: str, port: int) -> str:
        """The address to connect to for a host that is allowed; raises ``IntakeError`` (核对主机)."""
        bare = host.strip("[]").lower().rstrip(".")
        named = any(place.name and place.name == bare and place.admits(port) for place in self._places)
        for found in _resolved(bare, port):
            if self._listed(found, port) or (named and not _is_near(found)):
                return str(found)
            if named:
                raise IntakeError(
                    f"主机 {host} 指向本机或保留地址 {found}, 请系统管理员核对, 确需访问的把该地址列入允许访问的地址"
                )
        raise IntakeError(f"主机 {host}:{port} 不在允许访问的地址之内, 请系统管理员在“允许访问的地址”中添加")

    def _listed(self, address: Address, port: int) -> bool:
        return any(
            place.network and place.admits(port) and address in place.network for place in self._places
        )

    def folder(self, path: str) -> Path:
        """The folder, links followed, where it lies within one that is allowed; raises ``IntakeError`` (核对目录)."""
        if not path.startswith("/"):
            raise IntakeError(f"目录 {path} 应写完整路径, 以 / 开头")
        real = Path(path).resolve()
        if self._never is not None and (real.is_relative_to(self._never) or self._never.is_relative_to(real)):
            raise IntakeError(f"目录 {path} 是本节点自己的数据目录, 不能作为来源")
        if not any(p.folder and real.is_relative_to(p.folder.resolve()) for p in self._places):
            raise IntakeError(f"目录 {path} 不在允许访问的地址之内, 请系统管理员在“允许访问的地址”中添加")
        return real


def _resolved(host: str, port: int) -> list[Address]:
    try:
        return [_plain(ip_address(host))]
    except ValueError:
        pass
    if not HOST.fullmatch(host):
        raise IntakeError(f"主机名“{host[:60]}”写法不对")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise IntakeError(f"主机名 {host} 解析不到地址, 请核对主机名, 或改填 IP 地址") from None
    return [_plain(ip_address(entry[4][0])) for entry in found]


def _plain(address: Address) -> Address:
    """An IPv4 address written as IPv6 is that IPv4 address."""
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def _is_near(address: Address) -> bool:
    """This machine itself, its link, or nobody's: where no other department's system stands."""
    return (
        address.is_loopback
        or address.is_link_local
        or address.is_multicast
        or address.is_unspecified
        or address.is_reserved
    )
