"""A row as it is read (行)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Row:
    """A granted row (授权内的行): its identity, and field → value as stored, sealed ones opened."""

    id: UUID
    values: Mapping[str, Any]
    happened_on: date | None = None
