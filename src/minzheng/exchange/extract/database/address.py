"""Where a source's database is (来源库地址)."""

from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from minzheng.exchange.errors import SourceError

KINDS = {"postgresql": "postgresql", "postgres": "postgresql", "mysql": "mysql", "mariadb": "mysql"}
STATEMENT_TIMEOUT_S = 600
CONNECT_TIMEOUT_S = 10


@dataclass(frozen=True)
class Address:
    """A database URL taken apart; ``repr`` never shows the password. ``options`` go to the driver."""

    kind: str
    user: str
    password: str = field(repr=False)
    host: str
    port: int | None
    database: str
    options: dict[str, str] = field(repr=False)
    statement_timeout_s: int = STATEMENT_TIMEOUT_S

    @property
    def place(self) -> str:
        """Host, port and database, to be shown (地址, 不含口令)."""
        where = self.host or self.options.get("host") or self.options.get("unix_socket") or "本机"
        return f"{where}{f':{self.port}' if self.port else ''}/{self.database}"


def parse_url(url: str) -> Address:
    """Take apart ``postgresql://`` or ``mysql://user:password@host:port/database?option=value``.

    ``statement_timeout`` (seconds) is ours, the other options are the driver's (TLS among them).
    Raises ``SourceError``.
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        raise SourceError("来源库地址不是有效的 URL") from None
    kind = KINDS.get(parts.scheme)
    if kind is None:
        raise SourceError("来源库地址应以 postgresql:// 或 mysql:// 开头")
    database = unquote(parts.path.lstrip("/"))
    if not database:
        raise SourceError("来源库地址中没有库名, 写法为 postgresql://用户:口令@主机:端口/库名")
    options = dict(parse_qsl(parts.query))
    limit = options.pop("statement_timeout", str(STATEMENT_TIMEOUT_S))
    if not limit.isdigit() or int(limit) == 0:
        raise SourceError("statement_timeout 应为正整数 (秒)")
    return Address(
        kind=kind, user=unquote(parts.username or ""), password=unquote(parts.password or ""),
        host=unquote(parts.hostname or ""), port=port, database=database, options=options,
        statement_timeout_s=int(limit),
    )  # fmt: skip
