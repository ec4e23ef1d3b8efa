"""One question (查询条件): what was typed, what is looked for, and the filters; sealed wherever it is kept or handed out."""

import base64
import binascii
import json
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any, Self

from django.utils import timezone

from minzheng.exchange.declare import feeds
from minzheng.foundation.crypto.fields import open_text, seal
from minzheng.foundation.crypto.siv import IntegrityError
from minzheng.kernel import division
from minzheng.stewardship.lookup.recognising import LONGEST, Recognised, recognise
from minzheng.stewardship.lookup.terms import Kind, State

WAY_BACK = 12  # pages one can go back by: an address must not grow without bound


class AskedWronglyError(ValueError):
    """A filter that means nothing; the message says which (条件有误)."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question (查询条件). Empty text filters nothing; ``kind`` empty asks for all kinds.

    ``business`` is a feed's key; ``since`` and ``until`` bound the day of a dealing, both inclusive.
    """

    text: str = ""
    kind: str = ""
    division: str = ""
    business: str = ""
    since: date | None = None
    until: date | None = None
    state: str = ""

    @property
    def recognised(self) -> Recognised:
        """What the text was taken for."""
        return recognise(self.text, today=timezone.localdate())

    @property
    def filtered(self) -> bool:
        """Whether any filter is set."""
        return bool(self.division or self.business or self.since or self.until or self.state)

    def of(self, kind: str) -> "Asked":
        """The same question about one kind."""
        return replace(self, kind=kind)

    @classmethod
    def read(cls, values: Any) -> Self:
        """From a form's fields. Raises ``AskedWronglyError``."""
        since, until = _day(values.get("since")), _day(values.get("until"))
        if since and until and until < since:
            raise AskedWronglyError("往来时间的止期早于起期。")
        area = (values.get("division") or "").strip()
        try:
            area = division.normalise(area) if area else ""
        except ValueError as error:
            raise AskedWronglyError(f"{error}。") from error
        return cls(
            text=(values.get("q") or "").strip()[:LONGEST],
            kind=_one_of(values.get("kind"), Kind.values),
            division=area,
            business=_one_of(values.get("business"), feeds()),
            since=since,
            until=until,
            state=_one_of(values.get("state"), State.values),
        )

    def sealed(self) -> bytes:
        """As bytes nobody reads without the node's keys."""
        return seal("row", json.dumps(asdict(self), default=str, ensure_ascii=False))

    @classmethod
    def opened(cls, cipher: bytes | memoryview | None) -> Self:
        """What ``sealed`` closed; an empty question where that cannot be read any more."""
        try:
            said = json.loads(open_text("row", cipher) or "{}")
        except (IntegrityError, ValueError):
            return cls()
        said = {name: value for name, value in said.items() if name in cls.__slots__}
        for name in ("since", "until"):
            said[name] = date.fromisoformat(said[name]) if said.get(name) else None
        return cls(**said)


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page of results begins (游标): the sort key of the last row before it, and the count estimated on the first page.

    ``before`` holds the keys of the pages between the first and this one, the latest last, as far as they are kept. Keys hold
    names, so a cursor travels sealed.
    """

    key: tuple[str, ...]
    estimate: int
    page: int = 1
    before: tuple[tuple[str, ...], ...] = ()

    def following(self, key: tuple[str, ...]) -> "Cursor":
        """The cursor of the page behind this one, which ends at ``key``."""
        return Cursor(key, self.estimate, self.page + 1, (*self.before, self.key)[-WAY_BACK:])

    @property
    def previous(self) -> "Cursor | None":
        """The cursor of the page before; None where that is the first page, or known no more."""
        if not self.before:
            return None
        return Cursor(self.before[-1], self.estimate, self.page - 1, self.before[:-1])

    def token(self) -> str:
        """For an address."""
        text = json.dumps([self.key, self.estimate, self.page, self.before], ensure_ascii=False)
        return base64.urlsafe_b64encode(seal("row", text)).decode().rstrip("=")

    @classmethod
    def of(cls, token: str) -> Self | None:
        """What ``token`` wrote; None for anything else."""
        try:
            padded = token + "=" * (-len(token) % 4)
            said = json.loads(open_text("row", base64.urlsafe_b64decode(padded)) or "")
            key, estimate, page, before = said
        except (IntegrityError, binascii.Error, ValueError, TypeError):
            return None
        return cls(_key(key), int(estimate), int(page), tuple(_key(one) for one in before))


def _key(parts: list[Any]) -> tuple[str, ...]:
    return tuple(str(part) for part in parts)


def _day(text: str | None) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise AskedWronglyError(f"“{text[:20]}”不是日期。") from error


def _one_of(text: str | None, allowed: Any) -> str:
    if text and text not in allowed:
        raise AskedWronglyError("所选条件不在可选范围内。")
    return text or ""
