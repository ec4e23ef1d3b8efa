"""Numbers that are valid and nobody's (号码): identity numbers, social credit codes, phones, bank cards.

Identity numbers (GB 11643) use the unassigned address codes ``33xx99``; phones the unassigned 142/143/154
segments;
bank cards an unassigned leading 629999 with a Luhn digit; credit codes (GB 32100) bodies ``MJT…``, where
issued ones
continue with digits.
"""

import numpy as np

from minzheng_sample.streams import Bytes, Ints, rank_within
from minzheng_sample.text import Column, civil, digits, fixed_width

_ID_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
_ID_CHECKS = np.frombuffer(b"10X98765432", dtype=np.uint8)
_USCC_ALPHABET = b"0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORG_WEIGHTS = np.array([3, 7, 9, 10, 5, 8, 4, 2])
_PHONE_SEGMENTS = np.array([142, 143, 154])
SYNTHETIC_SUFFIX = 99
_SEQUENCES = 500  # of one sex on one day in one address code


def id_check(body: Bytes) -> Bytes:
    """Check characters of identity numbers (校验码); ``body`` has shape (rows, ≥ 17) of ASCII bytes."""
    checks: Bytes = _ID_CHECKS[((body[:, :17].astype(np.int64) - 48) @ _ID_WEIGHTS) % 11]
    return checks


def id_numbers(city: Ints, born: Ints, sex: Ints, offset: int) -> Bytes:
    """Unique identity numbers as ASCII bytes (身份号码), shape (persons, 18).

    ``city`` counts from 1 within the province.

    Raises ValueError when more than 500 of one sex share a city and a birthday.
    """
    group = (city * 200_000 + born + 100_000) * 2 + sex % 2
    rank = rank_within(group)
    if len(rank) and rank.max() >= _SEQUENCES:
        raise ValueError("人数过多, 样例号码不够用")
    sequence = (rank * 37 + group * 101 + offset) % _SEQUENCES * 2 + sex % 2
    year, month, day = civil(born)
    address = 330_000 + city * 100 + SYNTHETIC_SUFFIX
    body = np.hstack([digits(address, 6), digits(year * 10_000 + month * 100 + day, 8), digits(sequence, 3)])
    return np.hstack([body, id_check(body)[:, None]])


def phones(rng: np.random.Generator, size: int) -> Column:
    """Mobile numbers of unassigned segments (手机号)."""
    segment = _PHONE_SEGMENTS[rng.integers(0, 3, size)]
    return fixed_width(np.hstack([digits(segment, 3), digits(rng.integers(0, 10**8, size), 8)]))


def bank_cards(rng: np.random.Generator, size: int) -> Column:
    """19-digit card numbers with a Luhn digit under an unassigned prefix (银行卡号)."""
    body = np.hstack([digits(np.full(size, 629999), 6), digits(rng.integers(0, 10**12, size), 12)])
    values = (body - 48).astype(np.int64)
    doubled = values[:, ::-1][:, ::2] * 2
    total = (doubled // 10 + doubled % 10).sum(axis=1) + values[:, ::-1][:, 1::2].sum(axis=1)
    check = ((10 - total % 10) % 10 + 48).astype(np.uint8)
    return fixed_width(np.hstack([body, check[:, None]]))


def credit_codes(kind: Ints, county: Ints, serial: Ints) -> Bytes:
    """Unified social credit codes as ASCII bytes, shape (rows, 18) (统一社会信用代码), both checks valid.

    ``kind`` 51/52/53, ``county`` 6-digit code, ``serial`` below 100,000 and unique.
    """
    letters = np.tile(np.frombuffer(b"MJT", dtype=np.uint8), (len(kind), 1))
    body = np.hstack([letters, digits(serial, 5)])
    as_value = np.where(body >= 65, body.astype(np.int64) - 55, body.astype(np.int64) - 48)
    remainder = 11 - as_value @ _ORG_WEIGHTS % 11
    org_check = np.where(
        remainder == 10, ord("X"), np.where(remainder == 11, ord("0"), remainder + 48)
    ).astype(np.uint8)
    code = np.hstack([digits(kind, 2), digits(county, 6), body, org_check[:, None]])
    place = np.zeros(128, np.int64)
    place[list(_USCC_ALPHABET)] = np.arange(31)
    weights = np.array([pow(3, i, 31) for i in range(17)])
    check = (31 - place[code] @ weights % 31) % 31
    return np.hstack([code, np.frombuffer(_USCC_ALPHABET, dtype=np.uint8)[check][:, None]])
