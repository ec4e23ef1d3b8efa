"""What an entry says (条目内容): its digest, and how two differ. Pure."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from minzheng.sharing.catalogue.terms import CONTENT_LABELS

Content = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that differs (差异项); both sides as they are read."""

    name: str
    label: str
    before: str
    after: str


def digest(value: Any) -> str:
    """SHA-256 of a JSON value, whatever the order of its keys (内容摘要)."""
    said = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(said.encode()).hexdigest()


def differences(before: Content, after: Content) -> list[Difference]:
    """The fields in which two contents differ, in the catalogue's order (差异)."""
    names = [*CONTENT_LABELS, *sorted({*before, *after} - {*CONTENT_LABELS})]
    return [
        Difference(name, CONTENT_LABELS.get(name, name), said(before.get(name)), said(after.get(name)))
        for name in names
        if before.get(name) != after.get(name)
    ]


def said(value: Any) -> str:
    """A value of a content in words (写法)."""
    if isinstance(value, Mapping):
        return "，".join(said(part) for part in value.values() if part not in (None, "", []))
    if isinstance(value, list):
        return "；".join(said(part) for part in value)
    return "" if value is None else str(value)
