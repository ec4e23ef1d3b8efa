"""The receiver's side of a webhook (回调接收): who sent a body, and what it says.

    hook = Webhook(secret)                       # as it was shown when the subscription was made
    for event in hook.events(headers, body):     # raises ForgedError: answer 400 and keep nothing
        keep(event["id"], event["data"])         # a body may come twice: the same ids

The secret's signature is Standard Webhooks'. With the node's key (``node_key``, 128 hex digits) its SM2 signature is asked for
besides; that needs gmssl-pyx.
"""

import base64
import hashlib
import hmac
import importlib
import json
import time
from collections.abc import Mapping
from typing import Any

TOLERANCE_S = 300


class ForgedError(ValueError):
    """A body that the node has not sent, or not lately (签名不符)."""


class Webhook:
    """Checks what comes (回调校验)."""

    def __init__(self, secret: str, *, node_key: str = "", tolerance_s: float = TOLERANCE_S) -> None:
        self._secret = base64.b64decode(secret.removeprefix("whsec_"))
        self._node_key, self._tolerance_s = node_key, tolerance_s

    def events(self, headers: Mapping[str, str], body: bytes) -> list[dict[str, Any]]:
        """The CloudEvents of a body (事件). Raises ``ForgedError``."""
        self.verify(headers, body)
        said = json.loads(body)
        return said if isinstance(said, list) else [said]

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """Raises ``ForgedError`` unless the body was signed for us within the last minutes (验签)."""
        said = {name.lower(): value for name, value in headers.items()}
        message, at = said.get("webhook-id", ""), said.get("webhook-timestamp", "")
        if not at.isdigit() or abs(time.time() - int(at)) > self._tolerance_s:
            raise ForgedError("时间戳不在允许的范围内")
        wanted = hmac.new(self._secret, f"{message}.{at}.".encode() + body, hashlib.sha256).digest()
        given = [one.partition(",") for one in said.get("webhook-signature", "").split(" ")]
        if not any(
            v == "v1" and hmac.compare_digest(s, base64.b64encode(wanted).decode()) for v, _, s in given
        ):
            raise ForgedError("签名与密钥不符")
        if self._node_key:
            self._by_node(said, message, body)

    def answer(self, body: bytes) -> bytes | None:
        """What to answer where the node only asks whether it may send (答复确认); None for events."""
        said = json.loads(body)
        asked = isinstance(said, dict) and said.get("type") == "minzheng.webhook.challenge"
        return json.dumps({"challenge": said["challenge"]}).encode() if asked else None

    def _by_node(self, said: Mapping[str, str], message: str, body: bytes) -> None:
        gmssl = importlib.import_module("gmssl_pyx")
        digest = bytes(gmssl.sm3_hash(body)).hex()
        at, nonce = said.get("minzheng-timestamp", ""), said.get("minzheng-nonce", "")
        statement = f"minzheng-webhook-v1\n{message}\n{at}\n{nonce}\n{digest}".encode()
        try:
            signature = bytes.fromhex(said.get("minzheng-signature", ""))
            signed = bool(gmssl.sm2_verify(bytes.fromhex(self._node_key), statement, signature))
        except (gmssl.GmsslInnerError, ValueError, TypeError):
            signed = False
        if not signed or at != said.get("webhook-timestamp"):
            raise ForgedError("节点的 SM2 签名不符")
