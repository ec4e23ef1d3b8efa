"""Rows without a number: linked where one person stands out, reviewed where it can't be told, else new."""

import csv
import random
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.exchange.numbers import csv_text, number
from tests.node import Brought, Node

from minzheng.exchange.models import ReviewItem
from minzheng.registry.linkage.model import current_model
from minzheng.registry.models import Person, PersonClaim
from minzheng_sample.command import find_pack
from minzheng_sample.dirt import with_shares
from minzheng_sample.divisions import read_divisions
from minzheng_sample.sample import make_sample

HEADINGS = ("姓名", "公民身份号码", "性别", "出生日期", "户籍区划", "户籍地址", "联系电话")
ADDRESS = "浙江省杭州市西湖区北山街道曙光路{}号"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰涛明超秀霞平刚桂英华玉萍红玲建国志文海燕云龙"


def row(
    name: str, serial: int | None = None, *, born: str = "1990-03-07", sex: str = "男", **said: str
) -> list[str]:
    """A row of 人口底册; without ``serial`` it has no number."""
    given = {
        "姓名": name, "公民身份号码": "" if serial is None else number(serial, born=born.replace("-", "")), "性别": sex,
        "出生日期": born, "户籍区划": "330106002", "户籍地址": ADDRESS.format(1), "联系电话": "13800000001",
    } | said  # fmt: skip
    return [given[heading] for heading in HEADINGS]


def others(count: int, *, name: str | None = None) -> list[list[str]]:
    """A town of people with numbers, so that chance agreement is as likely as it is in life."""
    chance = random.Random(5)
    surnames = "李张刘陈杨黄赵吴周徐孙马朱胡郭何"
    made = []
    for n in range(count):
        male = n % 2 == 0
        called = name or chance.choice(surnames) + "".join(chance.choices(GIVEN, k=2))
        born = date.fromordinal(date(1940, 1, 1).toordinal() + chance.randrange(25_000)).isoformat()
        made.append(
            row(
                called,
                2 * (n % 400) + (1 if male else 2),
                born=born,
                sex="男" if male else "女",
                户籍区划=chance.choice(["330106002", "330102001", "330203001", "330782001"]),
                户籍地址=f"解放路{n}号",
                联系电话=f"137{n:08d}",
            )
        )
    return made


def bring(node: Node, *rows: list[str]) -> Brought:
    brought = node.bring("persons", csv_text(HEADINGS, *rows))
    assert brought.report["quarantined"] == 0, brought.refused[:3]
    return brought


def linked() -> list[tuple[str, str]]:
    """(name of the row, name of the person) of every link the model made."""
    persons = dict(Person.objects.values_list("id", "id_number_blind"))
    return sorted(
        (claim.name or "", "numbered" if persons[claim.person_id] else "without")
        for claim in PersonClaim.objects.filter(rule="model")
    )


@pytest.fixture
def town(node: Node) -> Node:
    """王小龙 among a thousand others."""
    bring(node, row("王小龙", 1), *others(1000))
    return node


def test_who_stands_out_is_linked_and_it_is_told_why(town: Node) -> None:
    assert bring(town, row("王小龙")).report["created"] == 0
    claim = PersonClaim.objects.get(rule="model")
    assert claim.person_id == PersonClaim.objects.get(name="王小龙", rule="new").person_id
    model = current_model()
    assert claim.model_version == model.version and claim.score is not None and claim.score >= model.link_from


def test_a_row_without_a_number_takes_none_away(town: Node) -> None:
    """The same source lists someone again without his number: he keeps it, and his next row with it is his."""
    before = Person.objects.get(name="王小龙")
    bring(town, row("王小龙", 联系电话="13911111111"))
    after = Person.objects.get(name="王小龙")
    assert (after.id, after.id_number_blind) == (before.id, before.id_number_blind)
    assert after.phone_blind != before.phone_blind
    assert bring(town, row("王小龙", 1, 联系电话="13922222222")).report["created"] == 0
    claims = PersonClaim.objects.filter(person_id=before.id, recorded_to=None)
    assert claims.count() == 1, "with the number the source speaks of all it said before"


def test_who_is_near_no_one_is_new(town: Node) -> None:
    stranger = row("诸葛青云", born="1955-10-01", 户籍区划="331002001", 户籍地址="海边路9号", 联系电话="")
    assert bring(town, stranger).counts == (1, 1, 0, 1, 0, 0, 0)


def test_who_cannot_be_told_waits_for_a_decision_and_changes_nothing(town: Node) -> None:
    doubtful = row("王小龙", born="1990-03-08", 户籍地址="", 联系电话="")
    assert bring(town, doubtful).counts == (1, 1, 0, 0, 0, 0, 1)
    item = ReviewItem.objects.get()
    known = Person.objects.get(name="王小龙")
    assert (item.reason, item.role, item.candidates[0]["person_id"]) == ("uncertain", "person", str(known.id))
    assert not PersonClaim.objects.filter(batch_id=item.batch_id).exists()
    assert bring(town, doubtful).report["review"] == 1 and ReviewItem.objects.count() == 1


@pytest.mark.parametrize("phone", ["13800000001", ""], ids=["the parents' phone", "no phone"])
def test_twins_are_never_linked(town: Node, phone: str) -> None:
    """They share birth, sex, address and the phone of their parents; only the given name tells them apart."""
    twins = ("王小虎", "王大龙", "王小凤")
    brought = bring(town, *(row(twin, 联系电话=phone) for twin in twins))
    assert linked() == []
    assert brought.report["created"] + brought.report["review"] == len(twins)


def test_a_person_is_taken_once_the_surest_first(town: Node) -> None:
    brought = bring(town, row("王小龙"), row("王小龙", 联系电话="13911111111"))
    assert PersonClaim.objects.filter(rule="model").count() == 1
    assert brought.counts == (2, 2, 0, 0, 0, 1, 1)
    assert ReviewItem.objects.get().row_no == 2


def test_one_that_is_two_persons_alike_goes_to_review(node: Node) -> None:
    """Two of one name, birth and village; nothing in the row says which."""
    bring(
        node,
        row("王小龙", 1, 联系电话="13800000001"),
        row("王小龙", 3, 联系电话="13800000003"),
        *others(1000),
    )
    assert Person.objects.filter(name="王小龙").count() == 2
    brought = bring(node, row("王小龙", 联系电话=""))
    assert brought.counts == (1, 1, 0, 0, 0, 0, 1) and linked() == []
    same = {str(person.id) for person in Person.objects.filter(name="王小龙")}
    assert {candidate["person_id"] for candidate in ReviewItem.objects.get().candidates} == same


def test_a_common_name_alone_links_no_one(node: Node) -> None:
    """Where every tenth is called so, name and division say little; the same row of a rare name says more."""
    bring(node, *others(1000), *others(120, name="张伟"), row("王小龙", 1))
    common = row("张伟", born="", 户籍地址="", 联系电话="")
    brought = bring(node, common)
    assert linked() == [] and brought.report["updated"] == brought.report["unchanged"] == 0
    whole = next(r for r in others(120, name="张伟") if r[2] == "男" and r[4] == "330106002")
    whole[1] = ""
    assert bring(node, whole).report["created"] == 0
    assert linked() == [("张伟", "numbered")]


def test_the_rarer_the_name_the_surer_the_link(node: Node) -> None:
    """The same agreement, name and birth in one county, scores lower for a name that many bear."""
    alike: dict[str, Any] = {"户籍地址": "", "联系电话": ""}
    rows = [row("张伟", 1, born="1985-06-01", **alike), row("王小龙", 3, born="1985-06-01", **alike)]
    bring(node, *rows, *others(1000), *others(120, name="张伟"))
    bring(node, *([*r[:1], "", *r[2:]] for r in rows))
    scores = dict(PersonClaim.objects.filter(rule="model").values_list("name", "score"))
    scores |= {
        Person.objects.get(pk=item.candidates[0]["person_id"]).name: item.candidates[0]["score"]
        for item in ReviewItem.objects.filter(reason="uncertain")
    }
    assert scores["王小龙"] > scores["张伟"] + 3


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """20,000 persons, a tenth entered again without their number, as many listed without one who stand nowhere else."""
    out = tmp_path_factory.mktemp("linkage")
    make_sample(
        read_divisions(find_pack()), out, persons=20_000, seed=23, today=date(2026, 6, 30), months=1, single=True,
        share=with_shares(("reentered=0.1", "number_missing_reentered=1")),
    )  # fmt: skip
    return out


@pytest.mark.slow
def test_accuracy_on_the_samples_truth(node: Node, sample: Path) -> None:
    node.bring("persons", sample / "persons.csv")
    with (sample / "truth" / "rows_persons.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    truth = {int(r["row"]): r["person_id"] for r in rows}
    unnumbered = {int(r["row"]) for r in rows if "number_missing" in r["dirt"].split(";")}
    claims = list(PersonClaim.objects.values_list("person_id", "row_no", "rule"))
    owner = {person: truth[no] for person, no, rule in claims if rule != "model" and no not in unnumbered}
    links = [(person, no) for person, no, rule in claims if rule == "model"]
    right = sum(owner.get(person) == truth[no] for person, no in links)
    known = set(owner.values())
    partnered = sum(truth[no] in known for no in unnumbered)
    assert partnered > 1500 and len(unnumbered) - partnered > 100
    assert right / len(links) >= 0.999, [
        (truth[no], owner.get(p)) for p, no in links if owner.get(p) != truth[no]
    ]
    assert right / partnered >= 0.96
    taken = [person for person, _ in links]
    assert len(taken) == len(set(taken)), "one-to-one within a file"
