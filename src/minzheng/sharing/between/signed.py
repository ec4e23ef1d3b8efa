"""Requests and answers between nodes, signed (请求签名): who asks is known by SM2, and an answer names the request it answers."""

import json
import secrets
from dataclasses import dataclass
from datetime import datetime

from minzheng.foundation.crypto.sm2 import sm3
from minzheng.foundation.members.models import Member
from minzheng.foundation.members.services import MemberError, Signed, check, own_code, sign

MEMBER, TIME, NONCE, SIGNATURE, BATCH = "x-member", "x-time", "x-nonce", "x-signature", "x-batch"


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked (请求): ``target`` path with query; ``body`` the SM3 of a short body, or of the head of a long one, hex."""

    method: str
    target: str
    member: str
    time: str
    nonce: str
    body: str

    def text(self) -> bytes:
        """The bytes that are signed."""
        return "\n".join((self.method, self.target, self.member, self.time, self.nonce, self.body)).encode()

    def digest(self) -> str:
        """By which an answer names it, hex."""
        return sm3(self.text()).hex()


def ask(method: str, target: str, body: bytes, *, at: datetime) -> tuple[Request, dict[str, str]]:
    """A request of this node and the headers that prove it (签发请求)."""
    request = Request(method, target, own_code(), at.isoformat(), secrets.token_hex(8), sm3(body).hex())
    signature = sign(request.text()).signature
    return request, {MEMBER: request.member, TIME: request.time, NONCE: request.nonce, SIGNATURE: signature}


def asked(
    method: str, target: str, headers: dict[str, str], body: bytes, *, at: datetime
) -> tuple[Member, Request]:
    """Who asks (验请求). Raises ``MemberError``."""
    try:
        request = Request(method, target, headers[MEMBER], headers[TIME], headers[NONCE], sm3(body).hex())
        signature = headers[SIGNATURE]
    except KeyError as error:
        raise MemberError("请求没有签名") from error
    return check(request.text(), Signed(request.member, signature), at=at), request


def answer(request: Request, content: bytes) -> str:
    """The header that binds an answer to its request (签发应答); ``content`` the answer's body, or the head of a long one."""
    said = f"{request.digest()}\n{sm3(content).hex()}".encode()
    signed = sign(said)
    return json.dumps({"by": signed.by, "signature": signed.signature})


def answered(request: Request, content: bytes, header: str, *, by: str, at: datetime) -> None:
    """Raises ``MemberError`` unless ``by`` gave this answer to this request (验应答)."""
    try:
        said = json.loads(header)
        signed = Signed(str(said["by"]), str(said["signature"]))
    except (ValueError, KeyError, TypeError) as error:
        raise MemberError("应答没有签名") from error
    if signed.by != by:
        raise MemberError(f"应答由 {signed.by} 签名, 不是 {by}")
    check(f"{request.digest()}\n{sm3(content).hex()}".encode(), signed, at=at)
