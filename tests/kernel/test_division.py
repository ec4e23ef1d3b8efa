import pytest
from hypothesis import given
from hypothesis import strategies as st

from minzheng.kernel.division import LEVELS, PREFIX_LENGTHS, covers, level, normalise, parent, prefix

CHAIN = ["330000", "330100", "330106", "330106001", "330106001003"]


@st.composite
def codes(draw: st.DrawFn) -> str:
    pairs = [draw(st.integers(11, 65)), draw(st.integers(1, 99)), draw(st.integers(1, 99))]
    whole = "".join(f"{pair:02d}" for pair in pairs)
    whole += "".join(f"{draw(st.integers(1, 999)):03d}" for _ in range(2))
    return normalise(whole[: PREFIX_LENGTHS[draw(st.sampled_from(LEVELS))]])


def test_levels_prefixes_and_parents() -> None:
    assert [level(code) for code in CHAIN] == list(LEVELS)
    assert [prefix(code) for code in CHAIN] == ["33", "3301", "330106", "330106001", "330106001003"]
    assert [parent(code) for code in CHAIN] == [None, *CHAIN[:-1]]


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("33", "330000"),
        ("3301", "330100"),
        ("330106", "330106"),
        ("330106000", "330106"),
        ("330000000000", "330000"),
        ("330106000000", "330106"),
        ("330106001000", "330106001"),
        ("330106001003", "330106001003"),
        (" ３３０１０６\n", "330106"),
        ("429004", "429004"),
    ],
)
def test_normalise(written: str, code: str) -> None:
    assert normalise(written) == code


@pytest.mark.parametrize(
    ("written", "word"),
    [
        ("", "为空"),
        ("3", "2、4、6、9或12位"),
        ("33010", "实为5位"),
        ("3301060010", "实为10位"),
        ("033010", "首位不为0"),
        ("33O106", "全为数字"),
        ("西湖区", "全为数字"),
        ("330006", "市级代码为00"),
        ("330100001", "县级代码为00"),
        ("330106000003", "乡级代码为000"),
    ],
)
def test_what_no_division_can_have_is_refused(written: str, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        normalise(written)


def test_a_county_without_townships_rules_its_villages() -> None:
    assert level("330383198001") == "village"
    assert parent("330383198001") == "330383198"
    assert parent("330383198001", absent={"330383198"}) == "330383"
    assert covers("330383", "330383198001")


@pytest.mark.parametrize(
    ("upper", "lower", "does"),
    [
        ("330000", "330383198001", True),
        ("330100", "330100", True),
        ("330100", "330106001", True),
        ("330106", "330100", False),
        ("330106", "330105001", False),
        ("330106001", "330106010", False),
        ("340000", "330106", False),
    ],
)
def test_covers(upper: str, lower: str, does: bool) -> None:
    assert covers(upper, lower) is does


@pytest.mark.parametrize("code", ["33", "330106000", "330106000000", "x"])
def test_a_code_not_normalised_has_no_level(code: str) -> None:
    with pytest.raises(ValueError, match="区划代码"):
        level(code)


@given(codes())
def test_padding_and_parents_are_consistent(code: str) -> None:
    assert normalise(code.ljust(12, "0")) == code
    assert covers(code, code)
    above = parent(code)
    if above is None:
        assert level(code) == "province"
    else:
        assert covers(above, code)
        assert not covers(code, above)
        assert LEVELS.index(level(above)) == LEVELS.index(level(code)) - 1


@given(codes(), codes())
def test_two_cover_each_other_only_when_equal(one: str, two: str) -> None:
    assert (covers(one, two) and covers(two, one)) == (one == two)
