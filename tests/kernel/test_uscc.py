import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc as stdnum_uscc

from minzheng.kernel.uscc import ALPHABET, body_check_character, check_character, normalise, problem

GOOD = ["51330106MJ8765437D", "52330106MJ8765437A", "53330000MJ8765437B"]


@st.composite
def codes(draw: st.DrawFn) -> str:
    head = draw(st.sampled_from(["51", "52", "53", "91", "N2", "A1"])) + draw(
        st.from_regex(r"[0-9]{6}", fullmatch=True)
    )
    body = draw(st.text(ALPHABET, min_size=8, max_size=8))
    first17 = head + body + body_check_character(body)
    return first17 + check_character(first17)


@pytest.mark.parametrize("code", GOOD)
def test_known_codes_pass(code: str) -> None:
    assert problem(code) is None


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("", "为空"),
        ("51330106MJ8765437", "应为18位，实为17位"),
        ("51330106MO8765437D", "不含I、O"),
        ("51330106mj8765437d", "大写"),
        ("5133010AMJ8765437D", "第3至8位"),
        ("51330106MJ8765437E", "第18位"),
    ],
)
def test_a_bad_code_is_refused_with_its_reason(code: str, word: str) -> None:
    assert word in (problem(code) or "")


def test_the_organisations_own_check_character_is_checked_too() -> None:
    first17 = "51330106MJ8765438"
    code = first17 + check_character(first17)
    assert stdnum_uscc.calc_check_digit(code) == code[17]
    assert "第17位" in (problem(code) or "")


def test_normalise() -> None:
    assert normalise(" 51330106ｍj8765437d\n") == GOOD[0]


def test_check_characters_refuse_foreign_characters() -> None:
    with pytest.raises(ValueError, match="17位"):
        check_character("5133010OMJ8765437")
    with pytest.raises(ValueError, match="8位"):
        body_check_character("MJ-76543")


@given(codes())
def test_a_well_made_code_passes_here_and_elsewhere(code: str) -> None:
    assert problem(code) is None
    assert stdnum_uscc.calc_check_digit(code) == code[17]


@given(codes(), st.integers(0, 17), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_always_found(code: str, at: int, character: str) -> None:
    wrong = code[:at] + character + code[at + 1 :]
    assert (problem(wrong) is None) == (wrong == code)


@given(st.text(max_size=24))
def test_normalising_twice_changes_nothing_and_checking_never_fails(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    problem(once)
