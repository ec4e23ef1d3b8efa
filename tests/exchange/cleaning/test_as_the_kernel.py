"""The verdicts in SQL are the kernel's: one query over many texts at a time."""

import unicodedata
from datetime import date

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.exchange.cleaning.dirt import wide

from minzheng.exchange.clean.columns import half_width_sql, macros, normalised, reason_of, verdict
from minzheng.kernel import id_number, uscc
from minzheng.kernel.text import FULL_WIDTH, INVISIBLE, WHITE_SPACE, half_width, squeeze
from minzheng.standards.queries import ElementSpec

TODAY = date(2026, 6, 30)
DIGITS = st.text("0123456789X", min_size=14, max_size=19)
NEARLY = st.builds(
    lambda place, born, serial, end, swap: swap(f"{place}{born}{serial:03d}{end}"),
    st.sampled_from(["330199", "110101", "990101", "830101", "910000", "009999"]),
    st.one_of(
        st.dates(date(1850, 1, 1), date(2030, 1, 1)).map("{:%Y%m%d}".format),
        st.text("0123456789", min_size=8, max_size=8),
    ),
    st.integers(0, 999),
    st.sampled_from([*"0123456789X", "x"]),
    st.sampled_from(
        [
            str,
            wide,
            lambda n: n[:6] + n[8:17],
            lambda n: f" {n}\n",
            lambda n: n[:-1] + id_number.check_digit(n[:17]),
        ]
    ),
)
CODES = st.one_of(
    st.text(uscc.ALPHABET, min_size=17, max_size=19),
    st.builds(
        lambda head, body: (
            (first := f"{head}330106{body}" + uscc.body_check_character(body)) + uscc.check_character(first)
        ),
        st.sampled_from(["51", "52", "91"]),
        st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=8, max_size=8),
    ),
)
ANY = st.text(
    st.one_of(
        st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
        st.sampled_from(FULL_WIDTH + WHITE_SPACE + INVISIBLE),
    )
)
MANY = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@pytest.fixture(scope="module")
def db() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"threads": 1})
    connection.execute(macros())
    return connection


def in_sql(db: duckdb.DuckDBPyConnection, expression: str, texts: list[str]) -> list[object]:
    """The expression over column ``t``, for all texts in one query."""
    found = db.execute(
        f"SELECT {expression} FROM (SELECT unnest(?) AS t, generate_subscripts(?, 1) AS i) ORDER BY i",
        [texts, texts],
    )
    return [value for (value,) in found.fetchall()]


@MANY
@given(st.lists(ANY, min_size=1, max_size=60))
def test_full_width_and_blanks_as_the_kernel(db: duckdb.DuckDBPyConnection, texts: list[str]) -> None:
    assert in_sql(db, half_width_sql("t"), texts) == [squeeze(half_width(text)) for text in texts]


NUMBER = ElementSpec(
    "citizen_id_number", "公民身份号码", "C", "an18", 18, None, "id_number", None, False, "L3"
)


def refused_number(today: date) -> str:
    """Whether the number in ``t`` is refused on a day."""
    return f"coalesce({verdict(NUMBER, 't', today)}, false)"


@MANY
@given(st.lists(st.one_of(NEARLY, DIGITS), min_size=1, max_size=60))
def test_numbers_as_the_kernel(db: duckdb.DuckDBPyConnection, texts: list[str]) -> None:
    plain = [squeeze(half_width(text)).upper() for text in texts]
    assert in_sql(db, "id_18(t)", plain) == [id_number.normalise(text) for text in texts]
    numbers = [id_number.normalise(text) for text in texts]
    holds = [id_number.problem(n, today=TODAY) is None for n in numbers]
    assert in_sql(db, refused_number(TODAY), numbers) == [not fine for fine in holds]
    for n, birth, sex, fine in zip(
        numbers, in_sql(db, "id_birth(t)", numbers), in_sql(db, "id_sex(t)", numbers), holds, strict=True
    ):
        if fine:
            assert (birth, sex) == (id_number.birth_date(n), id_number.sex_code(n))


@MANY
@given(
    st.one_of(
        st.sampled_from([date(2024, 2, 29), date(2024, 2, 28), date(2026, 2, 28), date(2026, 3, 1)]),
        st.dates(date(2000, 1, 1), date(2100, 12, 31)),
    )
)
def test_who_is_too_old_or_not_yet_born_as_the_kernel(db: duckdb.DuckDBPyConnection, today: date) -> None:
    """Every day a number can write around today and around 150 years before, the days that never were among them."""
    days = [
        f"{year:04d}{month:02d}{day:02d}"
        for year in (today.year - id_number.MAX_AGE, today.year)
        for month in {today.month, today.month % 12 + 1, (today.month - 2) % 12 + 1}
        for day in range(1, 32)
    ]
    numbers = [body + id_number.check_digit(body) for body in (f"330199{day}001" for day in days)]
    wrong = [id_number.problem(number, today=today) is not None for number in numbers]
    assert in_sql(db, refused_number(today), numbers) == wrong
    assert True in wrong and False in wrong


@MANY
@given(st.lists(CODES, min_size=1, max_size=60))
def test_credit_codes_as_the_kernel(db: duckdb.DuckDBPyConnection, codes: list[str]) -> None:
    assert in_sql(db, "uscc_holds(t)", codes) == [uscc.problem(code) is None for code in codes]


@MANY
@given(names=st.lists(st.one_of(ANY, st.text("王晓𬱖䶮·.A1 ?〇")), min_size=1, max_size=60))
def test_names_that_hold_are_letters_of_a_fit_length(db: duckdb.DuckDBPyConnection, names: list[str]) -> None:
    element = ElementSpec("person_name", "姓名", "C", "a..50", 50, None, "person_name", None, False, "L3")
    wrong = in_sql(db, f"coalesce({verdict(element, normalised(element, 't'), TODAY)}, false)", names)
    cleaned = in_sql(db, normalised(element, "t"), names)
    for value, refused in zip(cleaned, wrong, strict=True):
        assert refused == (value is not None and not _is_name(str(value))), value
        if refused:
            assert "不合规则" in reason_of(element, str(value), TODAY)[1] or value[0] in "=@+-"


def _is_name(text: str) -> bool:
    return 2 <= len(text) <= 50 and all(
        unicodedata.category(c)[0] in "LM" or unicodedata.category(c) == "Co" or c in "〇○·' " for c in text
    )
