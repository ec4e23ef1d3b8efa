"""The node's keys (密钥): one master key outside code and database; a key of its own for every purpose.

The master key is ``MINZHENG_HOME/keys/master.key`` (made at first use, mode 0600) or ``MINZHENG_MASTER_KEY`` (64 hex
digits). Whoever loses it loses what is encrypted: back it up apart from the database. Derivation: HKDF (RFC 5869) with SM3.
"""

import os
import secrets
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SM3
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from minzheng.foundation.crypto.making import make_once

KEY_BYTES = 32


class KeyUnusableError(RuntimeError):
    """The master key is missing, malformed or not the one this database was written with (密钥不可用)."""


def derive(purpose: str, *, length: int = KEY_BYTES) -> bytes:
    """The key of a purpose such as ``field:phone`` (派生密钥)."""
    return _derive(_master(Path(settings.HOME)), purpose, length)


@lru_cache(maxsize=256)
def _derive(master: bytes, purpose: str, length: int) -> bytes:
    return HKDF(algorithm=SM3(), length=length, salt=b"minzheng", info=purpose.encode()).derive(master)


def _master(home: Path) -> bytes:
    given = os.environ.get("MINZHENG_MASTER_KEY")
    return _parse(given, "MINZHENG_MASTER_KEY") if given else _read(home / "keys" / "master.key")


@lru_cache(maxsize=16)
def _read(path: Path) -> bytes:
    if not path.exists():
        make_once(path, secrets.token_hex(KEY_BYTES))
    return _parse(path.read_text(), str(path))


def _parse(text: str, where: str) -> bytes:
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise KeyUnusableError(f"主密钥格式不对 ({where}): 应为 64 位十六进制")
    return key
