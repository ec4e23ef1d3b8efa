"""What an adapter is (适配器声明): its form, a test of the road, and fetching; and those there are.

An adapter is one file. It sees settings already checked and opened, and a ``Work`` that says where to write, how much, how long
and which hosts are allowed. It never writes to the database: what it yields is kept by ``running``.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any, ClassVar, Literal, TypeVar

from django.conf import settings as node

from minzheng.exchange.errors import IntakeError
from minzheng.exchange.intake.finding import find_adapters
from minzheng.exchange.intake.places import Places

FieldKind = Literal["text", "secret", "secret_lines", "number", "choice", "lines", "flag", "confirmed"]
Settings = Mapping[str, Any]
Reached = Mapping[str, Any]


@dataclass(frozen=True)
class Field:
    """One line of an adapter's form (设置项).

    ``kind``: ``secret`` and ``secret_lines`` are sealed and never shown; ``confirmed`` is on no form, an officer confirms what a
    check has found. ``address``: says where we connect; when it changes, secrets are asked for again and what was confirmed is
    forgotten, so that nobody can have a kept password sent elsewhere. ``choices``: (value, label).
    """

    name: str
    label: str
    kind: FieldKind = "text"
    required: bool = False
    default: Any = ""
    help: str = ""
    group: str = ""
    address: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    least: int = 0
    most: int = 1_000_000

    @property
    def is_secret(self) -> bool:
        """Whether it is sealed (是否密文)."""
        return self.kind in ("secret", "secret_lines")


@dataclass(frozen=True)
class Mark:
    """What a file is known by, so that it is taken once (文件标记): name, size, SM3; ``modified`` spares a second look."""

    name: str
    size: int
    modified: int
    sm3: str


@dataclass(frozen=True)
class Received:
    """One file fetched, or rows written as one (取得的文件). It becomes one batch; without a ``path`` only ``reached`` is kept.

    ``mark``: of a file that lies there and must be taken once. ``reached``: of rows, how far has been read with them; kept
    in the transaction that finishes their batch. ``after``: called once the batch is kept, told whether it was accepted.
    """

    path: Path | None
    name: str
    mark: Mark | None = None
    reached: Reached | None = None
    after: Callable[[bool], None] = lambda _: None


@dataclass
class Work:
    """What one run of an adapter may use (取数范围): spool, limits, allowed places, and which files were taken before.

    ``known(name, size)``: (SM3, modified) of the files of this name and size that were taken. ``remember(mark)``: a file was
    found again, with the same content and another time.
    """

    feed: str
    source: str
    spool: Path
    places: Places
    limit_bytes: int
    ends_at: float
    most_files: int = 200
    full: bool = False
    known: Callable[[str, int], Mapping[str, int]] = lambda _name, _size: {}
    remember: Callable[[Mark], None] = lambda _mark: None
    unfinished: bool = False

    @property
    def seconds_left(self) -> float:
        """Seconds this run may still take (剩余时间)."""
        return self.ends_at - monotonic()

    def is_over(self) -> bool:
        """Whether the time is up; the next run goes on from there (时限已到)."""
        self.unfinished = self.unfinished or self.seconds_left <= 0
        return self.unfinished

    def refuse_more_than(self, size: int, what: str) -> None:
        """Raises ``IntakeError`` where something is larger than a source may send (超限)."""
        if size > self.limit_bytes:
            raise IntakeError(f"{what}超过上限 {_said(self.limit_bytes)}, 没有接收, 请来源分批提供")


def _said(size: int) -> str:
    return f"{size / 2**20:,.0f} MB" if size >= 2**20 else f"{size:,} 字节"


class Adapter(ABC):
    """A way to fetch from another system (适配器)."""

    key: ClassVar[str]
    label: ClassVar[str]
    about: ClassVar[str]
    fields: ClassVar[Sequence[Field]]
    seconds: ClassVar[int] = 300  # one run; what is resumable goes on with the next

    @abstractmethod
    def check(self, settings: Settings, work: Work) -> str:
        """Try the road to the end and say in one sentence what was found (试连).

        Raises ``IntakeError``: the first thing wrong, and what to do, in one sentence.
        """

    @abstractmethod
    def fetch(self, settings: Settings, reached: Reached, work: Work) -> Iterator[Received]:
        """What is new, one by one; the next is asked for once the one before is kept (取数). Raises ``IntakeError``."""

    def place(self, settings: Settings) -> str:
        """Where it leads, without secrets, to be shown (地址)."""
        return str(settings.get("host") or settings.get("folder") or settings.get("url") or "")

    def refuse(self, settings: Settings) -> str | None:  # noqa: ARG002 - for adapters whose fields depend on each other
        """What does not fit together in settings that are each right; None where nothing (设置是否相符)."""
        return None


_ADAPTERS: dict[str, Adapter] = {}
Kind = TypeVar("Kind", bound=type[Adapter])


def adapter(kind: Kind) -> Kind:
    """Make an adapter known; stands above its class (登记适配器). Raises ``ValueError`` where the key is taken."""
    known = _ADAPTERS.get(kind.key)
    if known is not None and type(known).__module__ != kind.__module__:
        raise ValueError(f"adapter {kind.key!r} is declared twice")
    _ADAPTERS[kind.key] = kind()
    return kind


def adapters() -> list[Adapter]:
    """All adapters in the order of their names, looked for when first asked (全部适配器)."""
    find_adapters(tuple(node.ADAPTER_FOLDERS))
    return sorted(_ADAPTERS.values(), key=lambda one: one.label)


def adapter_named(key: str) -> Adapter:
    """The adapter of this key; raises ``IntakeError`` naming those there are (按键取适配器)."""
    find_adapters(tuple(node.ADAPTER_FOLDERS))
    found = _ADAPTERS.get(key)
    if found is None:
        known = "、".join(f"{one.key}({one.label})" for one in adapters())
        raise IntakeError(f"没有接入方式 {key}, 现有: {known}")
    return found
