"""Column encryption against the standard's own construction, the keys, and keyed digests."""

import stat
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.cmac import CMAC
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from minzheng.foundation.crypto import digests, fields, keys
from minzheng.foundation.crypto.siv import SLICE, ColumnCipher, IntegrityError
from minzheng.foundation.crypto.siv_value import ValueCipher

KEY = bytes(range(32))
quick = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
texts = st.text(max_size=200).filter(lambda text: len(text.encode()) <= 200)
columns = st.lists(st.none() | texts, max_size=40)


def aes(key: bytes) -> Any:
    return algorithms.AES(key)


def sealed(cipher: ColumnCipher, values: list[str | None]) -> tuple[list[bytes | None], list[bytes | None]]:
    ciphers, blinds = cipher.encrypt(pa.array(values, pa.string()))
    return ciphers.to_pylist(), blinds.to_pylist()


def siv(key: bytes, text: bytes, algorithm: Any) -> bytes:
    """RFC 5297 with one string, written down plainly, for any cipher of 16-byte blocks."""

    def cmac(data: bytes) -> bytes:
        mac = CMAC(algorithm(key[:16]))
        mac.update(data)
        return mac.finalize()

    def doubled(block: bytes) -> bytes:
        value = int.from_bytes(block, "big") << 1
        return ((value ^ 0x87 if value >> 128 else value) & ((1 << 128) - 1)).to_bytes(16, "big")

    def xor(a: bytes, b: bytes) -> bytes:
        return bytes(x ^ y for x, y in zip(a, b, strict=True))

    zero = cmac(bytes(16))
    if len(text) >= 16:
        tag = cmac(text[:-16] + xor(text[-16:], zero))
    else:
        tag = cmac(xor(doubled(zero), (text + b"\x80").ljust(16, b"\0")))
    counter = bytearray(tag)
    counter[8] &= 0x7F
    counter[12] &= 0x7F
    stream = Cipher(algorithm(key[16:]), modes.CTR(bytes(counter))).encryptor()
    return tag + stream.update(text)


@quick
@given(columns)
@example([chr(0x4E00 + n) * (n // 3) + "x" * (n % 3) for n in range(201)])
@example(["", None, "", None])
@example([None, None])
def test_with_aes_it_is_what_the_library_calls_aes_siv(values):
    ours, blinds = sealed(ColumnCipher(KEY, algorithm=aes), values)
    theirs = [None if v is None else AESSIV(KEY).encrypt(v.encode(), None) for v in values]
    assert ours == theirs
    assert blinds == [None if sealed_one is None else sealed_one[:16] for sealed_one in theirs]


@quick
@given(columns)
def test_with_sm4_it_is_the_same_construction(values):
    ours, _ = sealed(ColumnCipher(KEY), values)
    assert ours == [None if v is None else siv(KEY, v.encode(), algorithms.SM4) for v in values]


@quick
@given(text=texts)
@example(text="")
@example(text="x" * 16)
@example(text="x" * 200)
def test_one_value_alone_is_sealed_as_its_column_is(text):
    (cipher,), (blind,) = sealed(ColumnCipher(KEY), [text])
    alone = ValueCipher(KEY)
    assert alone.encrypt(text.encode()) == cipher
    assert alone.tag(text.encode()) == blind
    assert alone.decrypt(cipher) == text.encode()


@pytest.mark.parametrize("at", [0, 15, 16, -1])
def test_one_value_alone_notices_a_changed_bit_and_a_cut(at):
    cipher = bytearray(ValueCipher(KEY).encrypt("西湖区北山街道 1 号".encode()))
    with pytest.raises(IntegrityError):
        ValueCipher(KEY).decrypt(bytes(cipher[:15]))
    cipher[at] ^= 1
    with pytest.raises(IntegrityError):
        ValueCipher(KEY).decrypt(bytes(cipher))


@quick
@given(columns, st.integers(0, 5), st.integers(0, 5))
def test_what_was_sealed_opens_also_from_a_slice(values, skip, end):
    column = pa.array(values, pa.string()).slice(skip)
    column = column.slice(0, max(0, len(column) - end))
    cipher = ColumnCipher(KEY)
    ciphers, blinds = cipher.encrypt(column)
    assert cipher.decrypt(ciphers).to_pylist() == column.to_pylist()
    assert cipher.decrypt(ciphers.slice(1)).to_pylist() == column.slice(1).to_pylist()
    assert (ciphers.null_count, blinds.null_count) == (column.null_count, column.null_count)


def test_more_rows_than_a_pass_takes_and_values_that_repeat():
    distinct = [f"33019919900307{n:04d}" for n in range(SLICE + 100)]
    cipher = ColumnCipher(KEY)
    whole, _ = sealed(cipher, distinct)
    assert len(set(whole)) == len(distinct)
    assert whole[-1] == siv(KEY, distinct[-1].encode(), algorithms.SM4)
    often = [distinct[n % 7] for n in range(2 * SLICE)]
    repeated, _ = sealed(cipher, often)
    assert repeated == [whole[n % 7] for n in range(2 * SLICE)]
    assert cipher.decrypt(pa.array(repeated, pa.binary())).to_pylist() == often


def test_the_counter_carries_from_byte_to_byte():
    """The counter of this text ends in FFFE or FFFF, so that its first blocks carry over two bytes."""
    library = AESSIV(KEY)
    tried = (f"{n:08d}" + "长" * 30 for n in range(300_000))
    text = next(t for t in tried if library.encrypt(t.encode(), None)[14:16] in (b"\xff\xfe", b"\xff\xff"))
    expected = library.encrypt(text.encode(), None)
    assert sealed(ColumnCipher(KEY, algorithm=aes), [text])[0] == [expected]


@quick
@given(texts, st.data())
def test_one_changed_bit_is_noticed(text, data):
    (cipher_text,), _ = sealed(ColumnCipher(KEY), [text])
    bit = data.draw(st.integers(0, len(cipher_text) * 8 - 1))
    altered = bytearray(cipher_text)
    altered[bit // 8] ^= 1 << bit % 8
    with pytest.raises(IntegrityError):
        ColumnCipher(KEY).decrypt(pa.array([cipher_text, bytes(altered)], pa.binary()))


@pytest.mark.parametrize("keep", [0, 1, 15, 16, 20])
def test_a_cut_value_is_noticed(keep):
    (cipher_text,), _ = sealed(ColumnCipher(KEY), ["330199199003070018"])
    with pytest.raises(IntegrityError):
        ColumnCipher(KEY).decrypt(pa.array([cipher_text[:keep]], pa.binary()))


def test_another_key_opens_nothing_and_a_short_one_is_refused():
    ciphers, _ = ColumnCipher(KEY).encrypt(pa.array(["王晓"], pa.string()))
    with pytest.raises(IntegrityError, match="密钥不符"):
        ColumnCipher(KEY[::-1]).decrypt(ciphers)
    with pytest.raises(ValueError, match="32 bytes"):
        ColumnCipher(KEY[:16])


def test_a_kind_has_one_blind_index_everywhere_and_kinds_cannot_be_compared(home):
    number = "330199199003070018"
    assert fields.blind("id_number", number) == fields.blind("id_number", number)
    assert fields.blind("id_number", number) != fields.blind("bank_account", number)
    column, blinds = fields.seal_column("id_number", pa.array([None, number]))
    assert blinds[1].as_py() == fields.blind("id_number", number).bytes
    assert fields.open_column("id_number", column).to_pylist() == [None, number]
    assert fields.open_text("id_number", memoryview(fields.seal("id_number", number))) == number
    assert fields.open_text("id_number", None) is None
    with pytest.raises(IntegrityError):
        fields.open_text("phone", fields.seal("id_number", number))


def test_the_master_key_is_made_once_and_for_its_owner_only(home):
    made = keys.derive("field:phone")
    path = home / "keys" / "master.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert len(bytes.fromhex(path.read_text())) == 32 and list(path.parent.iterdir()) == [path]
    assert keys.derive("field:phone") == made != keys.derive("field:address")
    assert len(keys.derive("digest:row", length=16)) == 16
    assert path.read_text() not in repr(made)


def test_a_machine_that_dies_while_making_the_key_leaves_none_half_made(home, monkeypatch):
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(keys.os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            keys.derive("field:phone")
    assert not (home / "keys" / "master.key").exists()
    assert keys.derive("field:phone")


def test_many_at_once_make_one_key(home):
    start, found = threading.Barrier(8), []

    def first() -> None:
        start.wait()
        found.append(keys.derive("field:phone"))

    threads = [threading.Thread(target=first) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8 and len(set(found)) == 1


def test_another_home_or_another_key_cannot_read(home, tmp_path: Path, settings, monkeypatch):
    own = fields.seal("phone", "13800000001")
    settings.HOME = tmp_path / "other"
    with pytest.raises(IntegrityError):
        fields.open_text("phone", own)
    settings.HOME = home
    assert fields.open_text("phone", own) == "13800000001"
    monkeypatch.setenv("MINZHENG_MASTER_KEY", "ab" * 32)
    with pytest.raises(IntegrityError):
        fields.open_text("phone", own)


@pytest.mark.parametrize("text", ["", "ab" * 31, "zz" * 32, "钥匙"])
def test_a_malformed_key_is_told_and_never_replaced(home, text):
    path = home / "keys" / "master.key"
    path.parent.mkdir(mode=0o700)
    path.write_text(text)
    with pytest.raises(keys.KeyUnusableError, match="64 位十六进制"):
        keys.derive("field:phone")
    assert path.read_text() == text


def test_digests_follow_from_content_and_purpose(home):
    hashes = pa.array([bytes([n]) * 16 for n in (1, 2, 1)], pa.binary())
    row, key = digests.digest_column(hashes, "row"), digests.digest_column(hashes, "key")
    assert row[0] == row[2] != row[1]
    assert row.equals(digests.digest_column(hashes, "row")) and not row.equals(key)
    assert hashes[0].as_py() not in row.to_pylist()


@quick
@given(st.lists(st.tuples(st.integers(0, 2**40), st.integers(0, 255)), min_size=1, max_size=30, unique=True))
def test_identities_differ_where_anything_differs_and_are_made_again_alike(home, places):
    seed = bytes(range(16))
    blocks = np.concatenate(
        [digests.counter_blocks(seed, np.array([number], np.int64), tag) for number, tag in places]
    )
    made = digests.identities(blocks, "claim", at_ms=1_750_000_000_000)
    assert len(set(made.to_pylist())) == len(places)
    assert made.equals(digests.identities(blocks, "claim", at_ms=1_750_000_000_000))
    for identity in made.to_pylist():
        assert int.from_bytes(identity[:6], "big") == 1_750_000_000_000
        assert identity[6] >> 4 == 7 and identity[8] >> 6 == 2
    others = digests.identities(blocks, "person", at_ms=1_750_000_000_000)
    assert not set(made.to_pylist()) & set(others.to_pylist())


def test_a_fixed_column_and_its_blocks_are_one_thing():
    blocks = np.arange(64, dtype=np.uint8).reshape(4, 16)
    column = digests.fixed16(blocks, np.array([True, False, True, True]))
    assert column.null_count == 1
    expected = blocks.copy()
    expected[1] = 0
    assert np.array_equal(digests.as_blocks(column), expected)
    assert np.array_equal(digests.as_blocks(column.slice(2)), blocks[2:])
