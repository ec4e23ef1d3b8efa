"""The head of a batch (批头): what the sender signs."""

import datetime
import json
from dataclasses import asdict, dataclass
from typing import Any

from minzheng.foundation.members.models import Member
from minzheng.foundation.members.services import MemberError, Signed, check, sign

NUMBERS = {"seq": 1 << 53, "lines": 1 << 31, "size": 1 << 53}  # what the log can hold
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Head:
    """Who sends what to whom, as which number, after which (批头).

    ``root`` of this batch and ``previous`` of the one before, hex; ``lines`` and ``size`` (bytes) of the body before it is
    compressed; ``made_at`` ISO 8601.
    """

    sender: str
    receiver: str
    seq: int
    lines: int
    size: int
    root: str
    previous: str
    made_at: str

    def text(self) -> bytes:
        """The bytes that are signed: JSON with sorted keys and no spaces."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


@dataclass(frozen=True, slots=True)
class SignedHead:
    """A head with its sender's signature (已签批头)."""

    head: Head
    signature: str

    @classmethod
    def of(cls, head: Head) -> "SignedHead":
        """Sign as this node."""
        return cls(head, sign(head.text()).signature)

    @classmethod
    def read(cls, text: bytes | str) -> "SignedHead":
        """From JSON. Raises ``MemberError`` where it is none."""
        try:
            said = json.loads(text)
            return cls.of_json(said["head"], str(said["signature"]))
        except (ValueError, KeyError, TypeError) as error:
            raise MemberError("批头格式不对") from error

    @classmethod
    def of_json(cls, said: dict[str, Any], signature: str) -> "SignedHead":
        """From its parts. Raises ``MemberError`` where they are none."""
        try:
            head = Head(**said)
            numbers = all(
                type(said[name]) is int and 0 <= said[name] < most for name, most in NUMBERS.items()
            )
            others = [signature, *(said[name] for name in said if name not in NUMBERS)]
            texts = all(isinstance(one, str) and len(one) <= LONGEST and "\0" not in one for one in others)
            if not (numbers and texts):
                raise TypeError("numbers and texts expected")
            return cls(head, signature)
        except TypeError as error:
            raise MemberError("批头格式不对") from error

    def json(self) -> str:
        """As it travels."""
        return json.dumps(self.as_json(), ensure_ascii=True)

    def as_json(self) -> dict[str, Any]:
        """Its parts."""
        return {"head": asdict(self.head), "signature": self.signature}

    def check(self, *, at: datetime.datetime) -> Member:
        """The sender, who must have signed it and be trusted when it was made. Raises ``MemberError``."""
        made_at = moment(self.head.made_at)
        if made_at > at + LEEWAY:
            raise MemberError(f"批头的签发时间 {self.head.made_at} 在将来, 请核对双方时钟")
        member = self.signed_by()
        if member.revoked_at is not None and member.revoked_at <= at:
            raise MemberError(f"{member} 的密钥已吊销")
        return member

    def signed_by(self) -> Member:
        """The member who signed it, by the key that held then. Raises ``MemberError``."""
        return check(self.head.text(), Signed(self.head.sender, self.signature), at=moment(self.head.made_at))


LEEWAY = datetime.timedelta(hours=26)  # clocks a day apart are told of, and hinder nothing


def moment(text: str) -> datetime.datetime:
    """An aware moment. Raises ``MemberError``."""
    try:
        said = datetime.datetime.fromisoformat(text)
    except ValueError as error:
        raise MemberError("批头的时间格式不对") from error
    if said.tzinfo is None:
        raise MemberError("批头的时间没有时区")
    return said
