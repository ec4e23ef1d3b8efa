"""Keyed digests and identities that follow from content (键控摘要): one SM4 block a row.

An unkeyed hash of a row would let whoever holds the table test guesses; passed through SM4 under a key of its own it
tells nothing but equality. The same input always gives the same output, so a stage that is run again makes the same
identities as before.
"""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from minzheng.foundation.crypto.keys import derive
from minzheng.kernel.uuid7 import uuid7_block

Bytes = npt.NDArray[np.uint8]


def keyed(blocks: Bytes, purpose: str) -> Bytes:
    """(n, 16) bytes through SM4 under the key of ``purpose``."""
    encryptor = Cipher(algorithms.SM4(derive(f"digest:{purpose}", length=16)), modes.ECB()).encryptor()  # noqa: S305
    sealed = encryptor.update(np.ascontiguousarray(blocks).tobytes())
    return np.frombuffer(sealed, np.uint8).reshape(-1, 16)


def digest_column(hashes: pa.Array, purpose: str) -> pa.Array:
    """Keyed digests (fixed binary 16) of a binary column of 16-byte hashes without nulls."""
    joined = b"".join(hashes.to_pylist())
    return fixed16(keyed(np.frombuffer(joined, np.uint8).reshape(-1, 16), purpose))


def identities(
    blocks: Bytes, purpose: str, *, at_ms: int, order: npt.NDArray[np.int64] | None = None
) -> pa.Array:
    """UUIDv7 of ``at_ms`` whose random part follows from the blocks (由内容确定的标识).

    With ``order`` its runs of 4,096 ascend (the 12 bits behind the time stamp), so that an index over the identities
    grows near its end.
    """
    mixed = keyed(blocks, purpose)
    if order is not None:
        mixed = mixed.copy()
        run = order >> 12
        mixed[:, 6], mixed[:, 7] = (run >> 8) & 0x0F, run & 0xFF
    random = mixed.tobytes()
    return fixed16(
        np.frombuffer(uuid7_block(len(blocks), at_ms=at_ms, random=random), np.uint8).reshape(-1, 16)
    )


def counter_blocks(seed: bytes, numbers: npt.NDArray[np.int64], tag: int) -> Bytes:
    """(n, 16) blocks from a 16-byte seed, a row number and a tag, all different where any of them differ."""
    blocks = np.zeros((len(numbers), 16), np.uint8)
    blocks[:, :8] = numbers.astype(">u8").view(np.uint8).reshape(-1, 8)
    blocks[:, 8] = tag
    return blocks ^ np.frombuffer(
        keyed(np.frombuffer(seed, np.uint8).reshape(1, 16), "seed")[0].tobytes(), np.uint8
    )


def fixed16(blocks: Bytes, valid: npt.NDArray[np.bool_] | None = None) -> pa.Array:
    """(n, 16) bytes as an Arrow column of fixed binaries, null where not ``valid``."""
    validity = None if valid is None or valid.all() else pa.array(valid).buffers()[1]
    return pa.Array.from_buffers(
        pa.binary(16), len(blocks), [validity, pa.py_buffer(np.ascontiguousarray(blocks).tobytes())]
    )


def as_blocks(column: pa.Array) -> Bytes:
    """(n, 16) bytes of a fixed-binary column; zeros where null."""
    column = pa.concat_arrays([column])
    if column.null_count:
        column = column.fill_null(b"\0" * 16)
    return np.frombuffer(column.buffers()[1], np.uint8)[column.offset * 16 :][: 16 * len(column)].reshape(
        -1, 16
    )
