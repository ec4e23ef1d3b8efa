"""Checking an answer's receipt (验证回执): that this node gave this answer to this request, unaltered. Needs gmssl-pyx."""

from collections.abc import Mapping
from typing import Any

import gmssl_pyx as gmssl  # type: ignore[import-untyped]

from minzheng_client.client import Answer


def proved(answer: Answer, receipt: Mapping[str, Any], client_id: str, node_key: str) -> bool:
    """Whether the holder of ``node_key`` (SM2, 128 hex digits) has signed this answer to this request (是否属实).

    Nothing of the receipt is believed but path, time and signature: the digests are those of what was sent and received.
    """
    asked = _sm3(f"{answer.method} {answer.target}\n{_sm3(answer.asked).hex()}".encode())
    content = f"{answer.id}\n{client_id}\n{answer.status}\n{asked.hex()}\n{_sm3(answer.content).hex()}"
    node = _sm3(b"\x00" + content.encode())
    for step in receipt["path"]:
        beside = bytes.fromhex(step["digest"])
        node = _sm3(b"\x01" + (beside + node if step["side"] == "left" else node + beside))
    said = f"minzheng-answers-v1\n{receipt['by']}\n{receipt['sealed_at']}\n{node.hex()}".encode()
    try:
        return bool(gmssl.sm2_verify(bytes.fromhex(node_key), said, bytes.fromhex(receipt["signature"])))
    except (gmssl.GmsslInnerError, ValueError, TypeError):
        return False


def _sm3(data: bytes) -> bytes:
    return bytes(gmssl.sm3_hash(data))
