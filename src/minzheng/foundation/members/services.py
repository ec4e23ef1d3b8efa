"""Signing as this node, and checking what a member signed (签名与验签)."""

import datetime
from dataclasses import dataclass

from django.conf import settings

from minzheng.foundation.crypto import sm2
from minzheng.foundation.members.models import Member


class MemberError(ValueError):
    """A member that may not be listened to, said in Chinese (成员不可信)."""


@dataclass(frozen=True, slots=True)
class Signed:
    """Who signed and how (签名): ``by`` the member's code, ``signature`` hex of the DER."""

    by: str
    signature: str


def own_code() -> str:
    """The code this node is known by (本节点代码)."""
    return str(settings.NODE_DIVISION_CODE)


def desk_of(division_code: str) -> str:
    """Whose desk an official of a division works at here (办理单位): a hosted county's own (代建), else this node's."""
    county = division_code[:6]
    me = Member.objects.filter(code=own_code()).first()
    return county if me is not None and county in me.hosted else own_code()


def sign(message: bytes) -> Signed:
    """Sign as this node (以本节点签名)."""
    return Signed(own_code(), sm2.sign(sm2.own_pair(sm2.SIGN), message).hex())


def check(message: bytes, signed: Signed, *, at: datetime.datetime) -> Member:
    """The member who signed a message at a moment (验签). Raises ``MemberError`` with what is wrong."""
    member = trusted(signed.by, at=at)
    try:
        signature = bytes.fromhex(signed.signature)
    except ValueError as error:
        raise MemberError(f"{member} 的签名格式不对") from error
    if not any(sm2.verified(key, message, signature) for key in _keys(member, at)):
        raise MemberError(f"{member} 的签名与内容不符")
    return member


def trusted(code: str, *, at: datetime.datetime) -> Member:
    """A member that is known, within its time and not revoked at that moment (可信成员). Raises ``MemberError``."""
    member = Member.objects.filter(code=code).first()
    if member is None:
        raise MemberError(f"成员 {code[:32]} 不在成员名录中")
    if member.revoked_at is not None and member.revoked_at <= at:
        raise MemberError(f"{member} 的密钥已于 {member.revoked_at:%Y-%m-%d} 吊销")
    if not member.valid_from <= at < member.valid_to:
        raise MemberError(f"{member} 的有效期是 {member.valid_from:%Y-%m-%d} 至 {member.valid_to:%Y-%m-%d}")
    return member


def _keys(member: Member, at: datetime.datetime) -> list[bytes]:
    """The key that holds now, and former ones as long as they held."""
    former = [
        one["sign_key"] for one in member.former_keys if at < datetime.datetime.fromisoformat(one["until"])
    ]
    return [bytes.fromhex(key) for key in (member.sign_key, *former)]
