"""The code of an information resource: its parts, and what is none."""

import pytest

from minzheng.sharing.catalogue.codes import ResourceCode


def test_a_code_is_read_in_its_parts_and_written_the_same():
    code = ResourceCode.parse("30733033010605/000012")
    assert (code.kind, code.item, code.heading, code.detail, code.number) == (
        "3",
        "07",
        "330",
        "33010605",
        12,
    )
    assert code.levels == ("3", "307", "307330", "30733033010605")
    assert str(code) == "30733033010605/000012"


def test_without_a_detail_there_are_three_levels():
    assert ResourceCode.of("101001", "", 7).levels == ("1", "101", "101001")
    assert str(ResourceCode.of("101001", "", 7)) == "101001/000007"


@pytest.mark.parametrize(
    "text", ["", "307330", "007330/1", "30733/1", "307330/", "307330/1a", "３07330/1", "307330/1\n"]
)
def test_what_is_no_code_is_refused(text: str):
    with pytest.raises(ValueError, match="不是信息资源代码"):
        ResourceCode.parse(text)
