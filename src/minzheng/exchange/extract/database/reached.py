"""How far a source was read (水位)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Watermark:
    """How far was read (水位): the last time as the source writes it, and the last key."""

    time: str | None = None
    key: tuple[str, ...] = ()
