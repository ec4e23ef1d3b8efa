"""The envelope (信封): SM4-CTR under a fresh key that only the receiver unwraps, HMAC-SM3 over every byte before it.

Layout: ``MZPARCEL/1`` LF · one line of JSON LF · 16 bytes nonce · cipher text · 32 bytes HMAC. The wrapped secret is 48 bytes:
16 for SM4, 32 for the HMAC. Nothing in the file is left out of the HMAC, so that no flipped byte goes unnoticed.
"""

import hmac
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SM3
from cryptography.hazmat.primitives.hmac import HMAC

from minzheng.foundation.crypto import sm2
from minzheng.foundation.crypto.keys import KeyUnusableError
from minzheng.sharing.parcels.form.errors import ParcelError
from minzheng.sharing.parcels.terms import FORMAT

MAGIC = b"MZPARCEL/1\n"
LONGEST_LINE = 8_192
NONCE, TAG, SM4_KEY, MAC_KEY = 16, 32, 16, 32
PIECE = 1 << 20
CIPHERS = {"cipher": "SM4-CTR", "mac": "HMAC-SM3", "wrap": "SM2"}


@dataclass(frozen=True, slots=True)
class Envelope:
    """What stands outside in clear (信封): which parcel, from whom, for whom; members' codes, no personal data."""

    id: str
    sender: str
    receiver: str
    key: str


class Sealing:
    """A sink that seals what is written to it for one receiver; ``close`` ends the file (封装)."""

    def __init__(
        self, target: BinaryIO, *, parcel_id: str, sender: str, receiver: str, seal_key: bytes
    ) -> None:
        secret, nonce = os.urandom(SM4_KEY + MAC_KEY), os.urandom(NONCE)
        envelope = Envelope(parcel_id, sender, receiver, sm2.wrap(seal_key, secret).hex())
        self._target = target
        self._encryptor = _cipher(secret, nonce).encryptor()
        self._mac = HMAC(secret[SM4_KEY:], SM3())
        said = {"format": FORMAT} | asdict(envelope) | CIPHERS
        self._put(MAGIC + json.dumps(said, ensure_ascii=False).encode() + b"\n" + nonce)
        self.closed = False

    def _put(self, piece: bytes) -> None:
        self._mac.update(piece)
        self._target.write(piece)

    def write(self, piece: bytes) -> int:
        """Seal a piece."""
        self._put(self._encryptor.update(piece))
        return len(piece)

    def flush(self) -> None:
        """Nothing waits here."""

    def close(self) -> None:
        """Write the HMAC; without it the file is not whole."""
        if not self.closed:
            self.closed = True
            self._target.write(self._mac.finalize())


def read_envelope(path: Path) -> Envelope:
    """What stands outside; nothing of it is proved yet (读信封). Raises ``ParcelError``."""
    with path.open("rb") as file:
        return _envelope(file)


def opened(path: Path, pair: sm2.KeyPair) -> Iterator[bytes]:
    """What was sealed, in pieces; the HMAC is checked before the first is given out (解封). Raises ``ParcelError``."""
    with path.open("rb") as file:
        envelope = _envelope(file)
        begins = file.tell()
        left = path.stat().st_size - begins - NONCE - TAG
        if left < 0:
            raise ParcelError("报文不完整, 请让发送方重新提供")
        secret = _secret(envelope, pair)
        _check_whole(file, begins + NONCE + left, secret)
        file.seek(begins)
        decryptor = _cipher(secret, file.read(NONCE)).decryptor()
        for piece in _pieces(file, left):
            yield decryptor.update(piece)


def _secret(envelope: Envelope, pair: sm2.KeyPair) -> bytes:
    try:
        secret = sm2.unwrap(pair.private, bytes.fromhex(envelope.key))
    except (KeyUnusableError, ValueError):
        secret = b""
    if len(secret) != SM4_KEY + MAC_KEY:
        raise ParcelError("报文密钥不是封装给本节点的, 或报文已被改动")
    return secret


def _check_whole(file: BinaryIO, ends: int, secret: bytes) -> None:
    mac = HMAC(secret[SM4_KEY:], SM3())
    file.seek(0)
    for piece in _pieces(file, ends):
        mac.update(piece)
    if not hmac.compare_digest(mac.finalize(), file.read(TAG)):
        raise ParcelError("报文不完整或已被改动 (完整性校验不符)")


def _envelope(file: BinaryIO) -> Envelope:
    if file.read(len(MAGIC)) != MAGIC:
        raise ParcelError("这不是电子报文文件, 或文件头已被改动")
    line = file.readline(LONGEST_LINE)
    try:
        said = json.loads(line)
        if not line.endswith(b"\n") or said["format"] != FORMAT or {k: said[k] for k in CIPHERS} != CIPHERS:
            raise ValueError
        found = Envelope(*(str(said[name]) for name in ("id", "sender", "receiver", "key")))
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ParcelError("报文信封不完整、已被改动, 或不是本系统认识的版本") from None
    return found


def _cipher(secret: bytes, nonce: bytes) -> "Cipher[modes.CTR]":
    return Cipher(algorithms.SM4(secret[:SM4_KEY]), modes.CTR(nonce))


def _pieces(file: BinaryIO, left: int) -> Iterator[bytes]:
    while left > 0 and (piece := file.read(min(PIECE, left))):
        left -= len(piece)
        yield piece
