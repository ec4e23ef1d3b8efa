"""Encrypted fields (加密字段): what is sealed, how it is looked up.

A *kind* is what a value means (``id_number``, ``phone`` …), not where it is stored: the same number has the same blind
index wherever it is kept, so that equality joins work across tables; different kinds cannot be compared.
"""

from functools import lru_cache
from typing import Literal
from uuid import UUID

import pyarrow as pa

from minzheng.foundation.crypto.keys import derive
from minzheng.foundation.crypto.siv import ColumnCipher
from minzheng.foundation.crypto.siv_value import ValueCipher

Kind = Literal["id_number", "phone", "bank_account", "address", "extra", "row", "digest"]


def seal_column(kind: Kind, values: pa.Array) -> tuple[pa.Array, pa.Array]:
    """(cipher: binary, blind index: fixed binary 16) of a column of n texts (整列加密)."""
    return _cipher(derive(f"field:{kind}")).encrypt(values)


def open_column(kind: Kind, ciphers: pa.Array) -> pa.Array:
    """The texts of a sealed column; raises ``siv.IntegrityError`` (整列解密)."""
    return _cipher(derive(f"field:{kind}")).decrypt(ciphers)


def seal(kind: Kind, text: str) -> bytes:
    """One value sealed (加密)."""
    return _value_cipher(derive(f"field:{kind}")).encrypt(text.encode())


def open_text(kind: Kind, cipher: bytes | memoryview | None) -> str | None:
    """One value opened; null stays null (解密). Raises ``siv.IntegrityError``."""
    if cipher is None:
        return None
    return _value_cipher(derive(f"field:{kind}")).decrypt(bytes(cipher)).decode()


def blind(kind: Kind, text: str) -> UUID:
    """The blind index of one value, to look it up by (盲索引)."""
    return UUID(bytes=_value_cipher(derive(f"field:{kind}")).tag(text.encode()))


@lru_cache(maxsize=32)
def _cipher(key: bytes) -> ColumnCipher:
    return ColumnCipher(key)


@lru_cache(maxsize=32)
def _value_cipher(key: bytes) -> ValueCipher:
    return ValueCipher(key)
