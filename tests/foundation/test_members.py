"""SM2 against the standard's example, and whose signature is believed when."""

import datetime

import pytest

from minzheng.foundation.crypto import sm2
from minzheng.foundation.crypto.keys import KeyUnusableError
from minzheng.foundation.members.models import Member
from minzheng.foundation.members.services import MemberError, Signed, check, own_code, sign

NOW = datetime.datetime(2026, 11, 22, 9, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)


def member(code: str = "330106", **said: object) -> tuple[Member, sm2.KeyPair]:
    pair = sm2.new_pair()
    values = {
        "name": "西湖区", "kind": Member.NODE, "division_code": "330106", "sign_key": pair.public.hex(),
        "valid_from": NOW - DAY, "valid_to": NOW + DAY,
    } | said  # fmt: skip
    return Member.objects.create(code=code, **values), pair


def signed(pair: sm2.KeyPair, message: bytes, by: str = "330106") -> Signed:
    return Signed(by, sm2.sign(pair, message).hex())


def test_the_standard_s_own_signature_is_accepted():
    # GB/T 32918.5-2017, appendix A.2: key, message and signature over the recommended curve.
    public = bytes.fromhex(
        "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
        "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
    )
    r = "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
    s = "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"
    der = bytes.fromhex(f"3046022100{r}022100{s}")
    assert sm2.verified(public, b"message digest", der)
    assert not sm2.verified(public, b"message digest.", der)


def test_a_wrapped_key_opens_for_its_receiver_alone():
    mine, other = sm2.new_pair(), sm2.new_pair()
    wrapped = sm2.wrap(mine.public, b"0123456789abcdef")
    assert sm2.unwrap(mine.private, wrapped) == b"0123456789abcdef"
    for private, sealed in (
        (other.private, wrapped),
        (mine.private, wrapped[:-1] + b"\0"),
        (mine.private, b"x"),
    ):
        with pytest.raises(KeyUnusableError):
            sm2.unwrap(private, sealed)


def test_sm3_is_the_standard_s():
    assert (
        sm2.sm3(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    )  # GB/T 32905 A.1


def test_the_node_signs_with_a_pair_of_its_own_that_stays(settings, tmp_path):
    settings.HOME = tmp_path
    pair = sm2.own_pair(sm2.SIGN)
    assert sm2.own_pair(sm2.SIGN) == pair != sm2.own_pair(sm2.SEAL)
    assert (tmp_path / "keys" / "sign.sm2").stat().st_mode & 0o077 == 0
    said = sign(b"hello")
    assert said.by == own_code() and sm2.verified(pair.public, b"hello", bytes.fromhex(said.signature))
    (tmp_path / "keys" / "seal.sm2").write_text("zz")
    sm2._read.cache_clear()
    with pytest.raises(KeyUnusableError):
        sm2.own_pair(sm2.SEAL)


@pytest.mark.django_db
def test_what_a_member_signed_is_believed_and_nothing_else():
    one, pair = member()
    assert check(b"batch 7", signed(pair, b"batch 7"), at=NOW) == one
    for message, said, why in (
        (b"batch 8", signed(pair, b"batch 7"), "与内容不符"),
        (b"batch 7", signed(sm2.new_pair(), b"batch 7"), "与内容不符"),
        (b"batch 7", signed(pair, b"batch 7", by="330999"), "不在成员名录"),
        (b"batch 7", Signed("330106", "not hex"), "格式不对"),
    ):
        with pytest.raises(MemberError, match=why):
            check(message, said, at=NOW)


@pytest.mark.django_db
def test_a_member_is_believed_within_its_time_until_it_is_revoked():
    one, pair = member()
    for at in (NOW - 2 * DAY, NOW + DAY):
        with pytest.raises(MemberError, match="有效期"):
            check(b"m", signed(pair, b"m"), at=at)
    Member.objects.update(revoked_at=NOW)
    assert check(b"m", signed(pair, b"m"), at=NOW - DAY / 2) == one
    with pytest.raises(MemberError, match="吊销"):
        check(b"m", signed(pair, b"m"), at=NOW)


@pytest.mark.django_db
def test_a_key_that_was_changed_still_proves_what_was_signed_while_it_held():
    former = sm2.new_pair()
    member(former_keys=[{"sign_key": former.public.hex(), "until": NOW.isoformat()}])
    assert check(b"m", signed(former, b"m"), at=NOW - DAY / 2)
    with pytest.raises(MemberError, match="与内容不符"):
        check(b"m", signed(former, b"m"), at=NOW)
