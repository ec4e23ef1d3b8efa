"""The mapping of columns: what it says, and one clear line where it does not hold."""

import pytest

from minzheng.stewardship.compare.guessing import guess, guess_key, pair_up, part_of
from minzheng.stewardship.compare.reading import Sample
from minzheng.stewardship.compare.spec import Spec, SpecError, read_spec


def test_both_forms_say_the_same():
    short = Spec.of({"columns": {"姓名": "name", "出生日期": "date"}})
    long = Spec.of(
        {
            "columns": [
                {"column": "姓名", "kind": "name"},
                {"left": "出生日期", "right": "出生日期", "kind": "date"},
            ]
        }
    )
    assert short == long
    assert short.personal and not Spec.of({"columns": {"类别": "category", "金额": "number"}}).personal
    assert Spec.of(long.as_dict()) == long


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (None, "columns"),
        ({"columns": []}, "没有列出任何列"),
        ({"columns": {"姓名": "person"}}, "类型“person”不认识"),
        ({"columns": {"姓名": "name"}}, "至少对应两列"),
        ({"columns": [{"kind": "name"}, {"column": "b", "kind": "text"}]}, "第 1 列没有写列名"),
        ({"columns": [{"column": "a", "kind": "name"}, {"column": "a", "kind": "text"}]}, "不能对应两次: a"),
        ({"columns": {"a": "name", "b": "text"}, "rules": 1}, "不认识的项: rules"),
        (
            {"columns": [{"column": "a", "kind": "text", "tolerance": 2}, {"column": "b", "kind": "date"}]},
            "只能用于数字",
        ),
        (
            {
                "columns": [
                    {"column": "a", "kind": "number", "tolerance": -2},
                    {"column": "b", "kind": "date"},
                ]
            },
            "不小于 0",
        ),
        ({"columns": ["a", "b"]}, "第 1 列应写作"),
    ],
)
def test_what_does_not_hold_is_said_in_one_line(document, said):
    with pytest.raises(SpecError, match=said) as refused:
        Spec.of(document)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_no_yaml_is_refused_with_its_line(tmp_path):
    file = tmp_path / "spec.yaml"
    file.write_text("columns:\n  - {column: 姓名, kind: name\n", encoding="utf-8")
    with pytest.raises(SpecError, match="不是有效的 YAML, 第"):
        read_spec(file)
    file.write_bytes("columns: {姓名: name}".encode("gb18030"))
    with pytest.raises(SpecError, match="UTF-8"):
        read_spec(file)
    file.write_text("a: !!python/object/apply:os.system [echo]", encoding="utf-8")
    with pytest.raises(SpecError, match="YAML"):
        read_spec(file)


def test_kinds_are_guessed_from_headings_and_content():
    rows = tuple(
        (str(i), "王晓", "1990-01-02", "杭州市文三路1号", "男", "13800001234", f"备注{i}") for i in range(60)
    )
    sample = Sample(("序号", "姓名", "何时", "住址", "性别", "手机", "说明"), rows)
    assert [str(kind) if kind else None for kind in guess(sample)] == [
        None, "name", "date", "address", "category", "id", "text",
    ]  # fmt: skip
    assert guess_key(sample) == "序号"
    assert pair_up(("姓名", "出生日期", "住址"), ("人员姓名", "家庭住址", "生日")) == {
        "姓名": "人员姓名", "住址": "家庭住址", "出生日期": "生日",
    }  # fmt: skip
    assert (part_of("given_name"), part_of("姓"), part_of("姓名")) == ("given", "family", "")
