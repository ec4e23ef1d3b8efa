"""The manifest (清单): who sends what to whom, why, and the digest of every other member. What is signed is its SM3."""

import datetime
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from minzheng.sharing.parcels.form.errors import ParcelError
from minzheng.sharing.parcels.terms import FORMAT

DATA, RECEIPT = "data", "receipt"
_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_MOST_FIELDS, _LONGEST_HEADING = 500, 200


@dataclass(frozen=True, slots=True)
class Member:
    """A member of the zip besides manifest and signature (成员文件): SM3 in hex, size in bytes."""

    sm3: str
    size: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a parcel is (清单). ``whole``: every column the sender has, so that it may stand in place of what he said before;
    ``since``: only what was recorded from that day; ``reply_to``: the parcel a receipt answers."""

    id: str
    kind: str
    sender: str
    sender_name: str
    receiver: str
    data_set: str
    division: str
    made_at: datetime.datetime
    rows: int
    members: Mapping[str, Member]
    fields: tuple[str, ...] = ()
    whole: bool = True
    since: datetime.date | None = None
    purpose: str = ""
    grant: str = ""
    reply_by: datetime.datetime | None = None
    reply_to: str = ""

    def written(self) -> bytes:
        """As it stands in the zip (写出)."""
        said = {"format": FORMAT} | asdict(self)
        said["made_at"] = self.made_at.isoformat()
        said["since"] = self.since.isoformat() if self.since else None
        said["reply_by"] = self.reply_by.isoformat() if self.reply_by else None
        said["members"] = {name: {"sm3": m.sm3, "size": m.size} for name, m in self.members.items()}
        return json.dumps(said, ensure_ascii=False, indent=1, sort_keys=True).encode()


def read_manifest(content: bytes) -> Manifest:
    """The manifest again, every part of the kind it must be (读清单). Raises ``ParcelError``."""
    try:
        return _read(json.loads(content))
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise ParcelError("报文清单缺项或格式不对") from error


def _read(said: Any) -> Manifest:
    made_at = datetime.datetime.fromisoformat(said["made_at"])
    reply_by = datetime.datetime.fromisoformat(said["reply_by"]) if said["reply_by"] else None
    fields = tuple(_text(one, _LONGEST_HEADING) for one in said["fields"])
    members = {_text(name, 40): Member(one["sm3"], int(one["size"])) for name, one in said["members"].items()}
    good = (
        said["format"] == FORMAT,
        said["kind"] in (DATA, RECEIPT),
        made_at.tzinfo is not None,
        reply_by is None or reply_by.tzinfo is not None,
        _KEY.fullmatch(said["data_set"]),
        0 <= int(said["rows"]) < 2**31,
        len(fields) <= _MOST_FIELDS,
        all(_DIGEST.fullmatch(one.sm3) and one.size >= 0 for one in members.values()),
    )
    if not all(good):
        raise ValueError
    return Manifest(
        id=str(UUID(said["id"])), kind=said["kind"], sender=_text(said["sender"], 32),
        sender_name=_text(said["sender_name"], 100), receiver=_text(said["receiver"], 32), data_set=said["data_set"],
        division=_text(said["division"], 12), made_at=made_at, rows=int(said["rows"]), members=members, fields=fields,
        whole=said["whole"] is True,
        since=datetime.date.fromisoformat(said["since"]) if said["since"] else None,
        purpose=_text(said["purpose"], 500), grant=_text(said["grant"], 100), reply_by=reply_by,
        reply_to=str(UUID(said["reply_to"])) if said["reply_to"] else "",
    )  # fmt: skip


def _text(value: object, longest: int) -> str:
    if not isinstance(value, str) or len(value) > longest or "\0" in value:
        raise ValueError
    return value
