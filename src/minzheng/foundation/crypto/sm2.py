"""SM2 keys (国密签名与密钥封装): who signed, and for whom a key is wrapped. GB/T 32918, with SM3 and the default identity.

A signature costs about two milliseconds, so a batch signs the root of its tree and not each record. Every node has two pairs,
``keys/sign.sm2`` and ``keys/seal.sm2``: what one signs with never opens anything, so that the two can be kept apart.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import gmssl_pyx as gmssl  # type: ignore[import-untyped]
from django.conf import settings

from minzheng.foundation.crypto.keys import KeyUnusableError
from minzheng.foundation.crypto.making import make_once

PUBLIC_BYTES, PRIVATE_BYTES = 64, 32
SIGN, SEAL = "sign", "seal"


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A pair (密钥对): ``public`` 64 bytes (x and y), ``private`` 32; the private half is never shown."""

    public: bytes
    private: bytes

    def __repr__(self) -> str:
        return f"KeyPair({self.public.hex()[:16]}…)"


def new_pair() -> KeyPair:
    """A fresh pair (生成密钥对)."""
    return KeyPair(*gmssl.sm2_key_generate())


def own_pair(purpose: str) -> KeyPair:
    """The node's pair for ``sign`` or ``seal``, made at first use (本节点密钥对). Raises ``KeyUnusableError``."""
    return _read(Path(settings.HOME) / "keys" / f"{purpose}.sm2")


@lru_cache(maxsize=32)
def _read(path: Path) -> KeyPair:
    if not path.exists():
        pair = new_pair()
        make_once(path, f"{pair.public.hex()} {pair.private.hex()}")
    try:
        public, private = (bytes.fromhex(part) for part in path.read_text().split())
    except ValueError as error:
        raise KeyUnusableError(f"SM2 密钥文件格式不对: {path.name}") from error
    if (len(public), len(private)) != (PUBLIC_BYTES, PRIVATE_BYTES):
        raise KeyUnusableError(f"SM2 密钥文件长度不对: {path.name}")
    return KeyPair(public, private)


def sign(pair: KeyPair, message: bytes) -> bytes:
    """The signature (DER) of a message (签名)."""
    return bytes(gmssl.sm2_sign(pair.private, pair.public, message))


def verified(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the holder of ``public`` signed the message (验签). A malformed key or signature has not."""
    try:
        return bool(gmssl.sm2_verify(public, message, signature))
    except (gmssl.GmsslInnerError, ValueError, TypeError):
        return False


def wrap(public: bytes, key: bytes) -> bytes:
    """A short secret (at most 255 bytes) that only the holder of ``public`` opens (封装密钥). Raises ``KeyUnusableError``."""
    try:
        return bytes(gmssl.sm2_encrypt(public, key))
    except (gmssl.GmsslInnerError, ValueError, TypeError) as error:
        raise KeyUnusableError("对方的封装公钥不对") from error


def unwrap(private: bytes, wrapped: bytes) -> bytes:
    """The secret again (解封密钥). Raises ``KeyUnusableError`` where it was wrapped for another, or altered."""
    try:
        return bytes(gmssl.sm2_decrypt(private, wrapped))
    except (gmssl.GmsslInnerError, ValueError, TypeError) as error:
        raise KeyUnusableError("密钥不是封装给本节点的, 或已被改动") from error


def sm3(data: bytes) -> bytes:
    """The digest, 32 bytes (SM3 摘要). GB/T 32905."""
    return bytes(gmssl.sm3_hash(data))
