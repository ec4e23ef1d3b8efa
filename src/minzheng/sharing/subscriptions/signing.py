"""The signatures on a webhook's body (签名): by the node's SM2 key, and by a shared secret as Standard Webhooks says."""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime

from minzheng.foundation.crypto import sm2
from minzheng.foundation.members.services import own_code, sign

PREFIX = "whsec_"


def key_id() -> str:
    """By which name the node's signing key is known: its code and the key's digest (密钥标识)."""
    return f"{own_code()}:{sm2.sm3(sm2.own_pair(sm2.SIGN).public).hex()[:16]}"


def public_key() -> str:
    """The node's public key, 128 hex digits (公钥)."""
    return sm2.own_pair(sm2.SIGN).public.hex()


def message_id(subscription: object, body: bytes) -> str:
    """The same for the same body, however often it is sent; another for another (消息标识)."""
    return "msg_" + sm2.sm3(str(subscription).encode() + body).hex()[:32]


def statement(message: str, seconds: int, nonce: str, body: bytes) -> bytes:
    """What the node's key signs (签名原文)."""
    return f"minzheng-webhook-v1\n{message}\n{seconds}\n{nonce}\n{sm2.sm3(body).hex()}".encode()


def headers(subscription: object, secret: str, body: bytes, *, at: datetime) -> dict[str, str]:
    """What goes with a body (签名头)."""
    message, seconds, nonce = message_id(subscription, body), int(at.timestamp()), secrets.token_hex(16)
    key = base64.b64decode(secret.removeprefix(PREFIX))
    shared = hmac.new(key, f"{message}.{seconds}.".encode() + body, hashlib.sha256).digest()
    return {
        "webhook-id": message, "webhook-timestamp": str(seconds),
        "webhook-signature": f"v1,{base64.b64encode(shared).decode()}",
        "minzheng-key-id": key_id(), "minzheng-timestamp": str(seconds), "minzheng-nonce": nonce,
        "minzheng-signature": sign(statement(message, seconds, nonce, body)).signature,
    }  # fmt: skip
