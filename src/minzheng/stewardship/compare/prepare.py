"""Preparing two lists for comparison (预处理): ``raw_left`` and ``raw_right`` become ``left_side`` and ``right_side``.

Whatever is dear to work out is worked out once a row, not once a pair: every column gives its written form ``c<i>`` and, by
kind, its sound ``_s``, its tokens as a map of bits ``_b0 …`` (``_k`` how many are set), its numbers ``_n``, its digits
sorted ``_o``. Both engines read the same prepared columns.

Tokens are kept as bits (a Bloom filter, as Schnell, Bachteler and Reiher 2009 compare names): how many two rows share is then
an ``AND`` and a count, a hundred times cheaper than the intersection of two lists, and the prepared rows stay small.
"""

from dataclasses import dataclass

import duckdb
import pyarrow as pa

from minzheng.exchange.clean.columns import half_width_sql, macros, quote
from minzheng.kernel.pinyin import pinyin_column
from minzheng.kernel.text import FULL_WIDTH, HALF_WIDTH, INVISIBLE
from minzheng.registry.variants import fold_column
from minzheng.stewardship.compare.spec import Column, Spec
from minzheng.stewardship.compare.terms import Kind
from minzheng.stewardship.compare.workbench import scalar

SIDES = ("left", "right")
HAN = "[\\x{3400}-\\x{9FFF}\\x{20000}-\\x{2FFFF}]"
NOTHING = "('', '无', '不详', '未知', '空', '/', '-', '--', 'NULL', 'NONE', 'N/A', 'NA', 'NAN')"
HAN_FROM = 0.5  # share of Chinese values from which a column is compared by characters, not by letters
SAMPLE_ROWS = 20_000
BITS = 63  # a word's sign is left alone: both engines count the bits of a positive number alike
FEWEST_WORDS, MOST_WORDS = 4, 16
BITS_A_CHARACTER = 8  # so many bits that different tokens seldom fall on the same


@dataclass(frozen=True, slots=True)
class Feature:
    """A column as it is compared (特征): its place, its script, and the name column it may have changed places with.

    ``words`` is how many words of ``BITS`` bits hold its tokens, 0 where they are not compared.
    """

    column: Column
    at: int
    han: bool
    other: int | None = None
    words: int = 0

    @property
    def name(self) -> str:
        """The prepared column's name."""
        return f"c{self.at}"

    @property
    def kind(self) -> Kind:
        """What the column holds (类型)."""
        return self.column.kind

    @property
    def maps(self) -> list[str]:
        """The prepared columns that hold its tokens."""
        return [f"{self.name}_b{i}" for i in range(self.words)]


def prepare(db: duckdb.DuckDBPyConnection, spec: Spec, places: list[dict[str, int]]) -> tuple[Feature, ...]:
    """Fill ``left_side`` and, where there are two lists, ``right_side``; ``places`` are heading → column number a list."""
    db.execute(macros())
    features = _features(db, spec, places)
    for side, columns in zip(SIDES, places, strict=False):
        _prepare_side(db, spec, features, side, columns)
    return features


def _features(db: duckdb.DuckDBPyConnection, spec: Spec, places: list[dict[str, int]]) -> tuple[Feature, ...]:
    found = []
    given = [i for i, c in enumerate(spec.columns) if c.part == "given"]
    family = [i for i, c in enumerate(spec.columns) if c.part == "family"]
    partner = {given[0]: family[0], family[0]: given[0]} if given and family else {}
    for i, column in enumerate(spec.columns):
        cells = [
            f"SELECT c{columns[_heading(column, side)]} AS v FROM raw_{side} LIMIT {SAMPLE_ROWS}"
            for side, columns in zip(SIDES, places, strict=False)
        ]
        said = f"({' UNION ALL '.join(f'({c})' for c in cells)}) WHERE v <> ''"
        han = scalar(db, f"SELECT avg(regexp_matches(v, '{HAN}')::INT) FROM {said}") >= HAN_FROM
        tokens = column.kind == Kind.ADDRESS or (column.kind == Kind.TEXT and han)
        words = _words(scalar(db, f"SELECT avg(length(v)) FROM {said}")) if tokens else 0
        found.append(Feature(column, i, han, partner.get(i), words))
    return tuple(found)


def _words(characters: float) -> int:
    return min(max(round(characters * BITS_A_CHARACTER / BITS), FEWEST_WORDS), MOST_WORDS)


def _heading(column: Column, side: str) -> str:
    return column.left if side == "left" else column.right


def _prepare_side(
    db: duckdb.DuckDBPyConnection,
    spec: Spec,
    features: tuple[Feature, ...],
    side: str,
    columns: dict[str, int],
) -> None:
    written = ", ".join(
        f"{_written(f, f'c{columns[_heading(f.column, side)]}')} AS {f.name}" for f in features
    )
    said = ", ".join(_nothing_said(f.name) for f in features)
    key = spec.key_left if side == "left" else spec.key_right
    named = f"c{columns[key]}" if key else "row_no::VARCHAR"
    # One thing at a time: what stands in a subquery is worked out once, however often it is named.
    db.execute(
        f"CREATE OR REPLACE TEMP TABLE written AS SELECT unique_id, {said} "
        f"FROM (SELECT row_no::INTEGER AS unique_id, {written} FROM raw_{side})"
    )
    db.execute(
        f"CREATE OR REPLACE TABLE key_{side} AS SELECT row_no::INTEGER AS unique_id, {named} AS key FROM raw_{side}"
    )
    names = [f for f in features if f.kind == Kind.NAME and f.han]
    for feature in names:
        _read_names(db, feature)
    joins = " ".join(f"LEFT JOIN n{f.at} ON n{f.at}.v = w.{f.name}" for f in names)
    select = ", ".join(part for f in features for part in _derived(f))
    tokened = [f for f in features if f.words]
    mapped = "".join(f", {sql} AS {name}" for f in tokened for name, sql in _maps(f))
    counted = "".join(f", nullif({_bits_set(f)}, 0) AS {f.name}_k" for f in tokened)
    lists = ", ".join(f"{f.name}_t" for f in tokened)
    shown = f"* EXCLUDE ({lists})" if lists else "*"
    db.execute(
        f"CREATE OR REPLACE TABLE {side}_side AS SELECT *{counted} FROM (SELECT {shown}{mapped} "
        f"FROM (SELECT w.unique_id, {select} FROM written w {joins}))"
    )
    for feature in names:
        db.execute(f"DROP TABLE n{feature.at}")
    db.execute("DROP TABLE written")


def _nothing_said(name: str) -> str:
    return f"CASE WHEN {name} IN {NOTHING} THEN NULL ELSE {name} END AS {name}"


def _written(feature: Feature, cell: str) -> str:
    """SQL for the one written form of a cell."""
    if feature.kind == Kind.DATE:
        return _date(cell)
    if feature.kind == Kind.ID:
        return f"id_18(upper(regexp_replace({half_width_sql(cell)}, '[^0-9A-Za-z]', '', 'g')))"
    if feature.kind == Kind.NUMBER:
        return _number(cell)
    if feature.han or feature.kind == Kind.CATEGORY:
        return f"upper({half_width_sql(cell)})"
    # Letters: what accents, marks and runs of spaces make different stays the same.
    wide = f"translate({cell}, {quote(FULL_WIDTH + INVISIBLE)}, {quote(HALF_WIDTH)})"
    plain = f"CASE WHEN regexp_full_match({cell}, '[ -~]*') THEN {cell} ELSE {wide} END"
    return (
        f"trim(regexp_replace(upper(strip_accents({plain})), '[^A-Z0-9\\x{{80}}-\\x{{10FFFF}}]+', ' ', 'g'))"
    )


def _date(cell: str) -> str:
    """YYYY-MM-DD where a day can be read, else what is written: a wrong day is still compared digit by digit."""
    plain = half_width_sql(cell)
    year_first = "'^([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?.*$'"
    day_first = "'^([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4})$'"

    def padded(pattern: str, order: tuple[int, int, int]) -> str:
        y, m, d = (f"lpad(regexp_extract({plain}, {pattern}, {n}), 2, '0')" for n in order)
        y = f"regexp_extract({plain}, {pattern}, {order[0]})"
        return f"{y} || '-' || {m} || '-' || {d}"

    return (
        f"CASE WHEN regexp_full_match({cell}, '[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}') THEN {cell} "
        f"WHEN regexp_full_match({plain}, '[0-9]{{8}}') "
        f"THEN substr({plain}, 1, 4) || '-' || substr({plain}, 5, 2) || '-' || substr({plain}, 7, 2) "
        f"WHEN regexp_matches({plain}, {year_first}) THEN {padded(year_first, (1, 2, 3))} "
        f"WHEN regexp_matches({plain}, {day_first}) THEN {padded(day_first, (3, 2, 1))} ELSE upper({plain}) END"
    )


def _number(cell: str) -> str:
    """Without thousands marks, units and needless noughts behind the point; leading noughts are part of a code."""
    bare = f"regexp_replace({half_width_sql(cell)}, '[,¥￥$元 ]', '', 'g')"
    return f"upper(regexp_replace(regexp_replace({bare}, '(\\.[0-9]*?)0+$', '\\1'), '\\.$', ''))"


def _read_names(db: duckdb.DuckDBPyConnection, feature: Feature) -> None:
    """``n<i>(v, folded, sound)`` of every different name."""
    distinct = db.execute(
        f"SELECT DISTINCT {feature.name} AS v FROM written WHERE {feature.name} IS NOT NULL"
    )
    found: pa.Table = distinct.to_arrow_table()
    names = pa.concat_arrays([pa.array([], pa.string()), *found.column("v").cast(pa.string()).chunks])
    folded = fold_column(names)
    table = pa.table({"v": names, "folded": folded, "sound": pinyin_column(folded)})
    db.register("names_arrow", table)
    db.execute(f"CREATE OR REPLACE TEMP TABLE n{feature.at} AS SELECT * FROM names_arrow")
    db.unregister("names_arrow")


def _derived(feature: Feature) -> list[str]:
    name, at = feature.name, feature.at
    if feature.kind == Kind.NAME and feature.han:
        return [f"n{at}.folded AS {name}", f"n{at}.sound AS {name}_s"]
    plain = f"w.{name} AS {name}"
    if feature.kind in (Kind.NUMBER, Kind.ID):
        worked = [plain, f"array_to_string(list_sort(string_split(w.{name}, '')), '') AS {name}_o"]
        return [*worked, f"try_cast(w.{name} AS DOUBLE) AS {name}_v"] if feature.column.tolerance else worked
    if feature.words:
        numbers = f"nullif(array_to_string(regexp_extract_all(w.{name}, '[0-9]+'), '-'), '') AS {name}_n"
        return [plain, f"{_tokens(feature)} AS {name}_t", numbers]
    return [plain]


def _tokens(feature: Feature) -> str:
    """Where each token's bit lies: words where letters are written; else runs of digits and letters, and every two
    characters that stand together."""
    value = f"w.{feature.name}"
    place = f"% {BITS * feature.words})::SMALLINT"
    if not feature.han:
        return f"list_transform(string_split({value}, ' '), lambda x: (hash(x) {place})"
    characters = f"string_split(regexp_replace({value}, '[0-9A-Z]+', ' ', 'g'), '')"
    two = (
        f"list_transform(list_zip({characters}, {characters}[2:]), lambda p: "
        f"CASE WHEN p[1] <> ' ' AND p[2] <> ' ' THEN (hash(p[1] || p[2]) {place} END)"
    )
    runs = f"list_transform(regexp_extract_all({value}, '[0-9A-Z]+'), lambda x: (hash(x) {place})"
    return f"list_concat({runs}, {two})"


def _maps(feature: Feature) -> list[tuple[str, str]]:
    """The words of its map, from the places of the bits."""
    bit = f"1::BIGINT << (x % {BITS})"
    return [
        (
            name,
            f"coalesce(list_bit_or(list_transform({feature.name}_t, lambda x: CASE WHEN x // {BITS} = {i} THEN {bit} END)), 0)",
        )
        for i, name in enumerate(feature.maps)
    ]


def _bits_set(feature: Feature) -> str:
    return " + ".join(f"bit_count({name})::INTEGER" for name in feature.maps)
