import time

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from minzheng.kernel.pinyin import COMPOUND_SURNAMES, SURNAMES, initials, pinyin, pinyin_column

han = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5)
rare = st.characters(min_codepoint=0x20000, max_codepoint=0x2A6D6)
surnames = st.sampled_from([*SURNAMES, *COMPOUND_SURNAMES, "王", "欧阳", ""])
names = st.builds("{}{}".format, surnames, st.text(han | rare | st.sampled_from("·aB１ 　〇?"), max_size=4))


@pytest.mark.parametrize(
    ("name", "spoken"),
    [
        ("张三", "zhang san"),
        ("单雄信", "shan xiong xin"),
        ("张单", "zhang dan"),
        ("仇英", "qiu ying"),
        ("朴树", "piao shu"),
        ("解缙", "xie jin"),
        ("查良镛", "zha liang yong"),
        ("区大为", "ou da wei"),
        ("曾国藩", "zeng guo fan"),
        ("任平生", "ren ping sheng"),
        ("沈括", "shen kuo"),
        ("应雨", "ying yu"),
        ("尉迟恭", "yu chi gong"),
        ("万俟卨", "mo qi xie"),
        ("长孙无忌", "zhang sun wu ji"),
        ("万里", "wan li"),
        ("欧阳锋", "ou yang feng"),
        ("吕绿", "lv lv"),
        ("王〇", "wang ling"),
        ("𠅤三", "xi san"),
        ("买买提·吐尔逊", "mai mai ti tu er xun"),
        ("Ｊｏｈｎ Smith", "john smith"),
        ("王yan", "wang yan"),
        ("王\U00031350", "wang qi"),
        ("王\ue000", "wang \ue000"),
        ("", ""),
    ],
)
def test_pinyin(name: str, spoken: str) -> None:
    assert pinyin(name) == spoken
    assert pinyin_column(pa.array([name])).to_pylist() == [spoken]


def test_initials() -> None:
    assert [initials(name) for name in ("张三", "单雄信", "尉迟恭", "")] == ["zs", "sxx", "ycg", ""]


def test_a_column_keeps_order_nulls_and_repeats() -> None:
    column = pa.chunked_array([["张三", None, "曾三"], [], ["张三", ""]], pa.large_string())
    assert pinyin_column(column).to_pylist() == ["zhang san", None, "zeng san", "zhang san", ""]
    assert pinyin_column(pa.array([], pa.string())).to_pylist() == []
    assert pinyin_column(pa.array([None], pa.string())).to_pylist() == [None]
    assert pinyin_column(pa.array(["李四", "张三", "曾三"])[1:]).to_pylist() == ["zhang san", "zeng san"]
    assert pinyin_column(pa.array(["张三", "张三"]).dictionary_encode()).to_pylist() == ["zhang san"] * 2


@given(st.lists(st.none() | names, max_size=12))
@example(["尉迟", "尉迟恭", "单于", "单于明"])
def test_a_column_reads_as_each_of_its_names(column: list[str | None]) -> None:
    one_by_one = [None if name is None else pinyin(name) for name in column]
    assert pinyin_column(pa.array(column, pa.string())).to_pylist() == one_by_one


def test_a_column_is_read_together_and_not_name_by_name() -> None:
    points = range(0x4E00, 0x9FA5)
    names = [f"王{chr(points[i % 20000])}{chr(points[i // 20000])}" for i in range(100_000)]
    column = pa.array(names)
    pinyin_column(column)

    started = time.perf_counter()
    one_by_one = [pinyin(name) for name in names]
    between = time.perf_counter()
    together = pinyin_column(column)
    ended = time.perf_counter()

    assert together.to_pylist() == one_by_one
    # A ratio, not a time, because other work may share the machine; ten is usual.
    assert (between - started) / (ended - between) > 2
