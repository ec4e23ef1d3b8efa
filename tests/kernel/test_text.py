from hypothesis import given
from hypothesis import strategies as st

from minzheng.kernel.text import FULL_WIDTH, HALF_WIDTH, INVISIBLE, WHITE_SPACE, half_width, squeeze


def test_full_width_becomes_half_width() -> None:
    assert half_width("ＡＢＣ１２３（）￥　") == "ABC123()¥ "
    assert half_width("张三·𠅤。") == "张三·𠅤。"


def test_translation_strings_pair_up() -> None:
    # SQL translate() deletes what has no partner, so the lengths must agree.
    assert len(FULL_WIDTH) == len(HALF_WIDTH) == len(set(FULL_WIDTH))
    assert not set(FULL_WIDTH) & set(HALF_WIDTH)
    assert "\x00" not in INVISIBLE + WHITE_SPACE
    assert not set(INVISIBLE) & set(WHITE_SPACE)


def test_white_space_is_what_unicode_calls_so() -> None:
    assert set(WHITE_SPACE) == {chr(code) for code in range(0x110000) if chr(code).isspace()}


def test_squeeze() -> None:
    dirty = "\ufeff 杭州市\u3000\u00a0西\u200b湖区\r\n\t北山街道\x00 "
    assert squeeze(dirty) == "杭州市西湖区北山街道"
    assert squeeze(dirty, keep_inner=True) == "杭州市 西湖区 北山街道"


@given(st.text())
def test_cleaning_twice_changes_nothing(text: str) -> None:
    for clean in (half_width, squeeze, lambda value: squeeze(value, keep_inner=True)):
        assert clean(clean(text)) == clean(text)
    assert squeeze(squeeze(text, keep_inner=True)) == squeeze(text)


@given(st.text(HALF_WIDTH))
def test_width_goes_there_and_back(text: str) -> None:
    assert half_width(text.translate(str.maketrans(HALF_WIDTH, FULL_WIDTH))) == text
