"""Cleaning whole columns in SQL (按列清洗): the text normalised, and whether it holds.

Every expression has a quick path for the cells that are right already; DuckDB evaluates the slow one only for the rest.
The verdicts agree with the kernel's functions, which also give the reasons (``reason_of``); a property test holds them together.
"""

from datetime import date

from minzheng.exchange.clean.spellings import PLACEHOLDERS
from minzheng.foundation.crypto.fields import Kind
from minzheng.kernel import id_number, uscc
from minzheng.kernel.text import FULL_WIDTH, HALF_WIDTH, INVISIBLE, WHITE_SPACE
from minzheng.standards.queries import ElementSpec

SEALED_RULES: dict[str, Kind] = {
    "id_number": "id_number",
    "phone": "phone",
    "bank_account": "bank_account",
    "address": "address",
}
HAN = "\\x{4E00}-\\x{9FFF}"
PHONE = (
    "(1[3-9][0-9]{9})|(0[0-9]{2,3}[0-9]{7,8}([0-9]{1,6})?)|([2-9][0-9]{6,7})|(400[0-9]{7})|([69][0-9]{4,5})"
)


def quote(text: str) -> str:
    """A SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


_NEEDS_CLEANING = quote(
    "[" + "".join(f"\\x{{{ord(c):X}}}" for c in WHITE_SPACE + INVISIBLE + FULL_WIDTH) + "]"
)
_DROP = quote(WHITE_SPACE + INVISIBLE)
_BLANK = "(" + ", ".join(quote(p) for p in sorted(PLACEHOLDERS)) + ")"


def half_width_sql(cell: str) -> str:
    """``squeeze(half_width(cell))`` of the kernel, for cells that need it."""
    slow = f"translate(translate({cell}, {quote(FULL_WIDTH)}, {quote(HALF_WIDTH)}), {_DROP}, '')"
    return f"CASE WHEN regexp_matches({cell}, {_NEEDS_CLEANING}) THEN {slow} ELSE {cell} END"


def _or_null(expression: str) -> str:
    return f"CASE WHEN {expression} IN {_BLANK} THEN NULL ELSE {expression} END"


def normalised(element: ElementSpec, cell: str) -> str:
    """SQL for the normalised text of a cell, NULL where nothing is said."""
    rule = element.rule
    plain = half_width_sql(cell)
    if rule == "id_number":
        slow = f"upper(translate({plain}, '''`’‘', ''))"
        return (
            f"CASE WHEN regexp_full_match({cell}, '[0-9]{{17}}[0-9X]') THEN {cell} "
            f"ELSE {_or_null(f'id_18({slow})')} END"
        )
    if rule == "person_name":
        quick = f"regexp_full_match({cell}, '[{HAN}]{{2,4}}') AND {cell} NOT IN {_BLANK}"
        dots = f"translate({plain}, '•・‧∙●.．', '·······')"
        return f"CASE WHEN {quick} THEN {cell} ELSE {_or_null(dots)} END"
    if rule == "phone":
        bare = f"regexp_replace(translate({plain}, '-()+''', ''), '^(0086|86)(1[3-9][0-9]{{9}})$', '\\2')"
        return (
            f"CASE WHEN regexp_full_match({cell}, '1[3-9][0-9]{{9}}') THEN {cell} ELSE {_or_null(bare)} END"
        )
    if rule == "bank_account":
        bare = f"translate({plain}, '''', '')"
        return f"CASE WHEN regexp_full_match({cell}, '[0-9]{{12,24}}') THEN {cell} ELSE {_or_null(bare)} END"
    if rule == "uscc":
        return _or_null(f"upper({plain})")
    return _or_null(plain)


def verdict(element: ElementSpec, value: str, today: date) -> str:
    """SQL that is true where a normalised value breaks the element's rule; nothing said breaks nothing."""
    return f"({value} IS NOT NULL AND {_against(element, value, today)})"


def _against(element: ElementSpec, value: str, today: date) -> str:
    rule = element.rule
    if rule == "id_number":
        return f"NOT id_holds({value}, '{today:%Y%m%d}', '{id_number.earliest_birth(today)}')"
    if rule == "phone":
        return f"NOT regexp_full_match({value}, '{PHONE}')"
    if rule == "bank_account":
        return f"NOT regexp_full_match({value}, '[0-9]{{8,32}}')"
    if rule == "uscc":
        return f"NOT uscc_holds({value})"
    if rule == "person_name":
        return f"NOT name_holds({value})"
    limit = element.max_length or 1000
    return f"(length({value}) > {limit} OR starts_like_formula({value}))"


def reason_of(element: ElementSpec, value: str, today: date) -> tuple[str, str]:
    """(rule, reason) for a value whose verdict was against it; the value itself is not repeated where it is sensitive."""
    rule = element.rule or ""
    if starts_like_formula(value):
        return "formula", "单元格以公式符号开头, 疑似公式注入"
    if rule == "id_number":
        return rule, id_number.problem(value, today=today) or "公民身份号码不合规则"
    if rule == "uscc":
        return rule, uscc.problem(value) or "统一社会信用代码不合规则"
    if rule == "phone":
        return rule, "联系电话格式不对"
    if rule == "bank_account":
        return rule, "银行账号应为 8 至 32 位数字"
    if rule == "person_name":
        return rule, f"姓名不合规则: 应为 2 至 {NAME_LIMIT} 个汉字或字母, 不含数字和符号"
    return "length", f"内容过长: {len(value)} 字, 上限 {element.max_length or 1000} 字"


def starts_like_formula(value: str) -> bool:
    """Cells a spreadsheet would run instead of show."""
    return value[:1] in ("=", "@") or (value[:1] in ("+", "-") and not value[1:2].isdigit())


NAME_LIMIT = 50
_WEIGHTS = id_number.WEIGHTS


def macros() -> str:
    """SQL macros the expressions above use; run once on a fresh connection."""
    digits = " + ".join(f"((b // {10 ** (16 - i)}) % 10) * {w}" for i, w in enumerate(_WEIGHTS))
    provinces = ", ".join(quote(p) for p in sorted(id_number.PROVINCES))
    return f"""
    CREATE OR REPLACE TEMP MACRO id_check_of(b) AS substr('{id_number.CHECK_CHARACTERS}', 1 + (({digits}) % 11)::INTEGER, 1);
    CREATE OR REPLACE TEMP MACRO id_check(first17) AS id_check_of(try_cast(first17 AS BIGINT));
    CREATE OR REPLACE TEMP MACRO id_18(n) AS CASE WHEN regexp_full_match(n, '[0-9]{{15}}')
        THEN substr(n, 1, 6) || '19' || substr(n, 7) || id_check(substr(n, 1, 6) || '19' || substr(n, 7)) ELSE n END;
    CREATE OR REPLACE TEMP MACRO id_birth(n) AS try_strptime(substr(n, 7, 8), '%Y%m%d')::DATE;
    CREATE OR REPLACE TEMP MACRO id_sex(n) AS CASE try_cast(substr(n, 17, 1) AS INTEGER) % 2 WHEN 1 THEN '1' WHEN 0 THEN '2' END;
    CREATE OR REPLACE TEMP MACRO id_holds(n, latest, earliest) AS coalesce(regexp_full_match(n, '[0-9]{{17}}[0-9X]')
        AND substr(n, 1, 2) IN ({provinces})
        AND id_birth(n) IS NOT NULL AND substr(n, 7, 8) BETWEEN earliest AND latest
        AND id_check(substr(n, 1, 17)) = substr(n, 18, 1), false);
    CREATE OR REPLACE TEMP MACRO starts_like_formula(v) AS substr(v, 1, 1) IN ('=', '@')
        OR (substr(v, 1, 1) IN ('+', '-') AND NOT regexp_matches(substr(v, 2, 1), '[0-9]'));
    CREATE OR REPLACE TEMP MACRO name_holds(v) AS regexp_full_match(v, '[{HAN}]{{2,4}}')
        OR (length(v) BETWEEN 2 AND {NAME_LIMIT} AND regexp_full_match(v, '[\\p{{L}}\\p{{M}}\\p{{Co}}〇○·'' ]+'));
    {_uscc_macro()}
    """


def _uscc_macro() -> str:
    """Both checks of GB 32100: the 18th character over 17, and the 9th character of the body over its 8."""
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    total = " + ".join(
        f"(strpos('{alphabet}', substr(v, {i + 1}, 1)) - 1) * {pow(3, i, 31)}" for i in range(17)
    )
    body_alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    body = " + ".join(
        f"(strpos('{body_alphabet}', substr(v, {9 + i}, 1)) - 1) * {w}"
        for i, w in enumerate((3, 7, 9, 10, 5, 8, 4, 2))
    )
    return f"""
    CREATE OR REPLACE TEMP MACRO uscc_holds(v) AS coalesce(regexp_full_match(v, '[{alphabet}]{{18}}')
        AND regexp_full_match(substr(v, 3, 6), '[0-9]{{6}}')
        AND substr('{alphabet}', 1 + ((31 - ({total}) % 31) % 31)::INTEGER, 1) = substr(v, 18, 1)
        AND CASE 11 - ({body}) % 11 WHEN 10 THEN 'X' WHEN 11 THEN '0' ELSE (11 - ({body}) % 11)::VARCHAR END
            = substr(v, 17, 1), false);
    """
