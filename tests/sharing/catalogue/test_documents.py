"""The cascades: a catalogue and the state of its resources travel as documents that may come twice, late or broken."""

import copy
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from tests.exchange.numbers import people, person
from tests.node import Node

from minzheng.sharing.catalogue.documents import export_document, take_document
from minzheng.sharing.catalogue.models import (
    CatalogueSource,
    Edition,
    Receipt,
    ReceivedChange,
    ReceivedEntry,
    ReceivedResource,
)
from minzheng.sharing.catalogue.services.editions import compile_catalogue
from minzheng.sharing.catalogue.terms import DocumentError


@pytest.fixture
def from_county(publish: Callable[[], Edition], members: None) -> dict[str, Any]:
    """What the county's node would send: this node's catalogue under the county's name and codes."""
    publish()
    text = json.dumps(export_document("catalogue"), ensure_ascii=False)
    return json.loads(text.replace("330000", "330106"))


def counts(taken: Any) -> tuple[int, ...]:
    return taken.new, taken.changed, taken.unchanged, taken.withdrawn, len(taken.refused)


def test_a_catalogue_is_taken_once_however_often_it_comes(from_county: dict[str, Any]) -> None:
    total = len(from_county["entries"])
    assert counts(take_document(from_county, "330106")) == (total, 0, 0, 0, 0)
    for _ in range(3):
        assert counts(take_document(from_county, "330106")) == (0, 0, total, 0, 0)
    assert (ReceivedEntry.objects.count(), Receipt.objects.count(), ReceivedChange.objects.count()) == (
        total,
        1,
        total,
    )
    kept = ReceivedEntry.objects.get(data_set="marriages")
    assert kept.identifier == "30733033010605/000001" and kept.content["items"]
    assert (kept.source.name, kept.source.number) == ("西湖区", 1)


def test_a_newer_edition_changes_what_differs_and_an_older_one_nothing(from_county: dict[str, Any]) -> None:
    take_document(from_county, "330106")
    newer = copy.deepcopy(from_county) | {"number": 2}
    newer["entries"][1]["content"]["provider"] = "西湖区民政局"
    gone = newer["entries"].pop()["content"]["code"]
    assert counts(take_document(newer, "330106"))[:2] == (0, 1)
    late = take_document(from_county, "330106")
    assert late.stale and late.queued == 0
    assert ReceivedEntry.objects.get(withdrawn_at__isnull=False).identifier == gone
    assert ReceivedEntry.objects.filter(provider="西湖区民政局").count() == 1
    assert ReceivedChange.objects.get(kind="changed").fields == ["信息资源提供方"]


def test_a_broken_entry_is_refused_and_the_others_are_taken(from_county: dict[str, Any]) -> None:
    take_document(from_county, "330106")
    broken = copy.deepcopy(from_county) | {"number": 2}
    broken["entries"][0]["content"]["name"] = " "
    broken["entries"].append("不是条目")
    broken["entries"].append(copy.deepcopy(broken["entries"][1]))
    taken = take_document(broken, "330106")
    assert [one.reason for one in taken.refused] == ["条目没有名称", "条目没有名称", "信息资源代码重复"]
    assert not ReceivedEntry.objects.filter(withdrawn_at__isnull=False).exists(), (
        "what can't be read is not gone"
    )


SPOILT: list[tuple[dict[str, Any], str]] = [
    ({"version": 2}, "版本不能识别"),
    ({"member": "330100"}, "不一致"),
    ({"kind": "other"}, "没有“other”这种文书"),
    ({"entries": None}, "缺少版次或条目"),
    ({"number": "1"}, "缺少版次或条目"),
]


def test_what_is_no_document_of_that_member_is_refused_whole(from_county: dict[str, Any]) -> None:
    for spoil, reason in SPOILT:
        with pytest.raises(DocumentError, match=reason):
            take_document(from_county | spoil, "330106")
    assert not CatalogueSource.objects.exists()


def test_a_stranger_is_not_listened_to(from_county: dict[str, Any]) -> None:
    with pytest.raises(DocumentError, match="不在成员名录"):
        take_document(from_county | {"member": "331000"}, "331000")


def test_the_upper_levels_code_becomes_the_related_one(
    publish: Callable[[], Edition], members: None, settings: Any
) -> None:
    assert publish().entries.get(data_set="marriages").content["related"] == []
    from_province = export_document("catalogue")
    settings.NODE_DIVISION_CODE = "330106"
    take_document(from_province, "330000")
    take_document(json.loads(json.dumps(from_province).replace("330000", "330100")), "330100")
    draft = compile_catalogue(by="王晓", at=timezone.now())
    found = draft.entries.get(data_set="marriages")
    assert (found.code, found.content["related"]) == ("30733033010605/000001", ["30733033010005/000001"])


def test_the_state_of_resources_follows_by_its_time(
    node: Node, publish: Callable[[], Edition], members: None
) -> None:
    publish()
    empty = export_document("resources")
    node.bring("persons", people(person()), source="杭州公安")
    now = export_document("resources", at=timezone.now() + timedelta(minutes=1))
    before, after = (
        json.loads(json.dumps(one, ensure_ascii=False).replace("330000", "330106")) for one in (empty, now)
    )
    assert take_document(before, "330106").new == 5
    assert counts(take_document(after, "330106"))[:3] == (0, 1, 4)
    assert counts(take_document(after, "330106"))[:3] == (0, 0, 5)
    assert take_document(before, "330106").stale
    kept = ReceivedResource.objects.get(data_set="persons")
    assert (kept.mounted, kept.last_on) == (True, timezone.localdate())
    gone = copy.deepcopy(after) | {"as_of": (timezone.now() + timedelta(minutes=2)).isoformat()}
    gone["resources"] = [one for one in gone["resources"] if one["data_set"] != "persons"] + [{"code": "x"}]
    assert counts(take_document(gone, "330106")) == (0, 0, 4, 1, 1)
    assert not ReceivedResource.objects.get(data_set="persons").mounted


def test_nothing_is_said_before_there_is_a_catalogue_and_no_demands_without_a_receiver(node: Any) -> None:
    for kind, reason in (
        ("catalogue", "还没有发布"),
        ("resources", "还没有发布"),
        ("demands", "须指明收方"),
        ("x", "这种文书"),
    ):
        with pytest.raises(DocumentError, match=reason):
            export_document(kind)
