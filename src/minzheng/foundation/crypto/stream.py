"""Files at rest (文件加密): SM4-CTR with an HMAC-SM3 over nonce and cipher text, streamed in pieces of a megabyte.

Layout: 16 bytes nonce · cipher text · 32 bytes HMAC-SM3.
"""

import hmac
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SM3, Hash
from cryptography.hazmat.primitives.hmac import HMAC

from minzheng.foundation.crypto.keys import derive
from minzheng.foundation.crypto.siv import IntegrityError

PIECE = 1 << 20
NONCE, TAG = 16, 32


def encrypt_file(source: BinaryIO, target: BinaryIO) -> tuple[str, int]:
    """Copy ``source`` encrypted into ``target``; returns (SM3 of the plain bytes in hex, plain size in bytes)."""
    nonce = os.urandom(NONCE)
    encryptor = Cipher(algorithms.SM4(derive("file:stream", length=16)), modes.CTR(nonce)).encryptor()
    mac, digest, size = HMAC(derive("file:mac"), SM3()), Hash(SM3()), 0  # noqa: S303
    mac.update(nonce)
    target.write(nonce)
    while piece := source.read(PIECE):
        digest.update(piece)
        size += len(piece)
        sealed = encryptor.update(piece)
        mac.update(sealed)
        target.write(sealed)
    target.write(mac.finalize())
    return digest.finalize().hex(), size


def decrypt_file(path: Path) -> Iterator[bytes]:
    """The plain bytes in pieces. The tag is checked before the first piece is given out; raises ``IntegrityError``."""
    body = path.stat().st_size - NONCE - TAG
    if body < 0:
        raise IntegrityError(f"文件不完整: {path.name}")
    with path.open("rb") as file:
        nonce = file.read(NONCE)
        mac = HMAC(derive("file:mac"), SM3())  # noqa: S303
        mac.update(nonce)
        for piece in _pieces(file, body):
            mac.update(piece)
        if not hmac.compare_digest(mac.finalize(), file.read(TAG)):
            raise IntegrityError(f"文件完整性校验失败: {path.name}")
        file.seek(NONCE)
        decryptor = Cipher(algorithms.SM4(derive("file:stream", length=16)), modes.CTR(nonce)).decryptor()
        for piece in _pieces(file, body):
            yield decryptor.update(piece)


def _pieces(file: BinaryIO, left: int) -> Iterator[bytes]:
    while left > 0 and (piece := file.read(min(PIECE, left))):
        left -= len(piece)
        yield piece
