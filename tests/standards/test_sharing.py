"""How a data set is shared: its codes, its reasons, and no layer wider or slower than the one above."""

from collections.abc import Callable
from pathlib import Path

import pytest

from minzheng.standards.lint import lint
from minzheng.standards.packs import Finding, read_pack

from .conftest import NATION, PROVINCE

MakePack = Callable[..., Path]
HEAD = "key,name,share_type,open_type,update_cycle,share_methods,share_condition,share_basis,open_condition\n"
TABLES = NATION["code_tables.csv"] + "SHARE_TYPE,共享属性,,1,,,,,,,\n"
CODES = (
    "code,name,parent,aliases,note,effective_from,effective_to\n1,无条件,,,,,\n2,受限,,,,,\n3,不共享,,,,,\n"
)


def found(pack: dict[str, str], make_pack: MakePack, *above: dict[str, str]) -> list[Finding]:
    return lint(read_pack(make_pack(pack)), [read_pack(make_pack(one)) for one in above])


@pytest.mark.parametrize(
    ("row", "column", "said", "severity"),
    [
        ("people,人口底册,3,3,3,,,,", "share_basis", "须写明法律", "error"),
        ("people,人口底册,2,3,3,,,,", "share_condition", "应写明共享条件", "warning"),
        ("people,人口底册,1,2,3,,,,", "open_condition", "应写明开放条件", "warning"),
        ("people,人口底册,1,1,3,exchange;pigeon,,,", "share_methods", "共享方式“pigeon”不存在", "error"),
        ("people,人口底册,4,1,3,,,,", "share_type", "共享类型“4”不在代码表", "error"),
    ],
)
def test_what_is_said_of_sharing_is_known_and_given_reasons(
    make_pack: MakePack, row: str, column: str, said: str, severity: str
) -> None:
    pack = NATION | {
        "data_sets.csv": f"{HEAD}{row}\n", "code_tables.csv": TABLES, "codes/SHARE_TYPE@1.csv": CODES,
    }  # fmt: skip
    (one,) = [finding for finding in found(pack, make_pack) if finding.file == "data_sets.csv"]
    assert (one.column, one.severity) == (column, severity) and said in one.message


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("people,,1,,,,,,", "share_type"),
        ("people,,,2,,,,,有协议", "open_type"),
        ("people,,,,4,,,,", "update_cycle"),
        ("people,,3,,,,,,", "share_basis"),
    ],
)
def test_a_lower_layer_neither_widens_nor_slows_nor_withholds_without_a_law(
    make_pack: MakePack, row: str, column: str
) -> None:
    wrong = found(PROVINCE | {"data_sets.csv": f"{HEAD}{row}\n"}, make_pack, NATION)
    assert [one.column for one in wrong if one.severity == "error"] == [column]


def test_a_lower_layer_may_withhold_by_law_and_deliver_sooner(make_pack: MakePack) -> None:
    narrowed = PROVINCE | {"data_sets.csv": f"{HEAD}people,,3,,2,,,某法第1条,\n"}
    assert [one for one in found(narrowed, make_pack, NATION) if one.severity == "error"] == []
