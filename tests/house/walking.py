"""Walking everything there is (遍历): every address with every identity it could take, every function that asks.

Nothing is named here: pages and functions that come later are walked as they come.
"""

import dataclasses
import inspect
import re
import typing
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from itertools import islice, product
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import QuerySet
from django.test import Client
from django.urls import URLPattern

from minzheng.exchange.declare import feeds
from minzheng.foundation.access.row_security import ours
from minzheng.foundation.access.scope import Scope

MOST_WAYS = 6  # identities tried at one address
WORDS = {
    "q": "甬江",
    "text": "甬江",
    "name": "甬江",
    "reason": "核对检查",
    "purpose": "核对检查",
    "note": "核对检查",
}
LEAVING = ("logout",)


@dataclasses.dataclass(frozen=True)
class Identities:
    """Rows' identities by table, as the node knows them all."""

    by_table: Mapping[str, list[Any]]

    @classmethod
    def harvest(cls) -> "Identities":
        found = {}
        for model in ours():
            if not model._meta.app_label.startswith("standards"):
                newest = model._default_manager.order_by("-pk").values_list("pk", flat=True)
                found[model._meta.model_name or ""] = list(newest[:60])
        return cls(found)

    def fitting(self, name: str, kind: str) -> list[Any]:
        """What a parameter of this name and kind may stand for: its own table's rows first, then some of every other's."""
        wanted = UUID if kind == "UUIDConverter" else int
        stem = re.sub(r"_?id$", "", name).replace("_", "")
        own = [
            pk for table, pks in self.by_table.items() if stem and stem in table for pk in pks if isinstance(pk, wanted)
        ]  # fmt: skip
        others = [pk for pks in self.by_table.values() for pk in pks[:2] if isinstance(pk, wanted)]
        return own or others


def ways(pattern: URLPattern, place: str, known: Identities) -> Iterator[str]:
    """The address with what its parameters could be."""
    converters = pattern_converters(place)
    if not converters:
        yield f"/{place}"
        return
    offered = []
    for name, kind in converters:
        if kind in ("uuid", "int"):
            offered.append(known.fitting(name, "UUIDConverter" if kind == "uuid" else "IntConverter") or [0])
        else:
            offered.append([*feeds(), "phone", "id_number", "person", "persons", "csv", "330203"])
    for chosen in islice(product(*offered), MOST_WAYS):
        way = place
        for value in chosen:
            way = re.sub(r"<[^>]+>", str(value), way, count=1)
        yield f"/{way}"


def pattern_converters(place: str) -> list[tuple[str, str]]:
    """(name, kind) of each parameter of an address."""
    found = re.findall(r"<(?:(\w+):)?(\w+)>", place)
    return [(name, kind or "str") for kind, name in found]


def told(answer: Any) -> str:
    """Everything an answer says, its headings too."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    heads = "\n".join(f"{name}: {value}" for name, value in answer.items())
    return heads + "\n" + content.decode("utf-8", "replace")


def answers(
    client: Client, patterns: Mapping[str, URLPattern], known: Identities, *, reading: bool
) -> Iterator[tuple[str, str, int, str]]:
    """(method, address, status, what it says) of every address asked in every way; ``reading``: nothing is sent to it."""
    for place, pattern in patterns.items():
        if place.startswith(LEAVING):
            continue
        for way in ways(pattern, place, known):
            asked = (
                [] if reading else [lambda way=way: client.post(way, WORDS)]
            )  # first: its answer may be the next page
            asked.append(lambda way=way: client.get(way))
            if "<" not in place:
                asked.append(lambda way=way: client.get(way, WORDS))
            for send in asked:
                answer = send()
                yield answer.request["REQUEST_METHOD"], way, answer.status_code, told(answer)


def ask(function: Any, scope: Scope, known: Identities) -> Iterator[Any]:
    """What a function that takes the scope gives for what it may be asked; raises ``TypeError`` where that can't be known."""
    signature = inspect.signature(function)
    hints = typing.get_type_hints(function)
    needed = [p for p in list(signature.parameters.values())[1:] if p.default is inspect.Parameter.empty]
    offered = [_values(p.name, hints.get(p.name), known) for p in needed]
    for chosen in islice(product(*offered), MOST_WAYS):
        positional = [v for p, v in zip(needed, chosen, strict=True) if p.kind is not p.KEYWORD_ONLY]
        named = {p.name: v for p, v in zip(needed, chosen, strict=True) if p.kind is p.KEYWORD_ONLY}
        yield function(scope, *positional, **named)


def _values(name: str, hint: Any, known: Identities) -> list[Any]:
    if hint is UUID:
        return known.fitting(name, "UUIDConverter")
    if hint is int:
        return known.fitting(name, "IntConverter")
    if hint is str:
        return ["甬江", "甬江一", "J330203-2020-000007", "organisation", "person", *feeds()]
    if hint in (list[UUID], typing.Sequence[UUID]) or str(hint).endswith("Sequence[uuid.UUID]"):
        return [[pk for pks in known.by_table.values() for pk in pks if isinstance(pk, UUID)]]
    if hint is bool:
        return [True]
    if hint is datetime:
        return [datetime.fromisoformat("2020-01-01T00:00:00+08:00")]
    if hint is date:
        return [date(2026, 6, 1)]
    raise TypeError(f"{name}: {hint}")


def said(value: Any, depth: int = 0) -> str:
    """Everything a value holds, in words: rows of a query, fields of a dataclass, members of a collection."""
    if depth > 8 or value is None:
        return ""
    if isinstance(value, QuerySet):
        return "\n".join(said(row, depth + 1) for row in value[:500])
    if isinstance(value, models.Model):
        return " ".join(str(v) for k, v in vars(value).items() if not k.startswith("_"))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return "\n".join(said(getattr(value, f.name), depth + 1) for f in dataclasses.fields(value))
    if isinstance(value, Mapping):
        return "\n".join(said(part, depth + 1) for pair in value.items() for part in pair)
    if isinstance(value, str | bytes | int | float | UUID | date):
        return str(value)
    if hasattr(value, "__iter__"):
        return "\n".join(said(part, depth + 1) for part in islice(iter(value), 500))
    return str(value)
