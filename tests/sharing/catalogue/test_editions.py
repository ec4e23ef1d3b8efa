"""The catalogue compiled from the standard: what it says, that codes stay, what changed, who may publish."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from minzheng.foundation.access.scope import Scope
from minzheng.foundation.accounts.models import User
from minzheng.foundation.audit.models import AuditEntry
from minzheng.sharing.catalogue import compiling
from minzheng.sharing.catalogue.models import CatalogueEntry, Edition
from minzheng.sharing.catalogue.queries import editions as queries
from minzheng.sharing.catalogue.services.editions import (
    NothingNewError,
    compile_catalogue,
    publish_catalogue,
)
from minzheng.sharing.catalogue.terms import CatalogueError, ChangeKind
from minzheng.standards.queries import data_set, data_sets
from minzheng.stewardship.resources.services import set_resource

PROVINCE = Scope("330000", 4)
Publish = Callable[[], Edition]


@pytest.fixture
def set_office(make_user: Callable[..., User]) -> Callable[[str, str], None]:
    administrator = make_user("administrator")

    def done(key: str, office: str) -> None:
        set_resource(key=key, values={"owner_office": office}, by=administrator, at=timezone.now())

    return done


def test_every_data_set_of_the_standard_stands_in_it_with_its_core_metadata(publish: Publish) -> None:
    edition = publish()
    found = {one.data_set: one for one in CatalogueEntry.objects.filter(edition=edition)}
    assert set(found) == {spec.key for spec in data_sets()}
    spec, entry = data_set("marriages"), found["marriages"]
    assert entry.code == "30733033000005/000001"
    assert entry.categories == ["3", "307", "307330", "30733033000005"]
    said = entry.content
    assert (said["name"], said["share_type"], said["share_condition"]) == (
        spec.name,
        "2",
        spec.share_condition,
    )
    assert "个人信息保护法第34条" in said["share_basis"] and said["legal_basis"] == spec.legal_basis
    assert said["methods"] == ["realtime", "message", "directory", "interface"]
    assert found["persons"].content["methods"] == ["realtime", "message", "directory"]
    assert [item["name"] for item in said["items"]] == [field.heading for field in spec.fields]
    assert {
        "data_level": "L3",
        "cycle": "2",
        "open_type": "3",
        "confidence": "to_check",
    }.items() <= said.items()
    assert {one["pack"] for one in edition.standard} >= {"national", "zhejiang"}


def test_the_tree_counts_its_entries_and_names_its_branches(publish: Publish) -> None:
    edition = publish()
    entries = queries.entries(PROVINCE, edition)
    (top,) = queries.tree(PROVINCE, entries)
    assert (top.code, top.name, top.count) == ("3", "部门信息资源", len(entries))
    item = top.below[0]
    assert "省（自治区、直辖市）" in item.name and item.below[0].name == "浙江省各级政务部门"
    assert {leaf.name: leaf.count for leaf in item.below[0].below}["浙江省 婚姻"] == 1
    assert [one.data_set for one in queries.entries(PROVINCE, edition, category="30733033000005")] == [
        "marriages"
    ]
    assert [one.data_set for one in queries.entries(PROVINCE, edition, text="火化日期")] == ["cremations"]


def test_what_says_the_same_is_not_published_again(publish: Publish, officer: User) -> None:
    publish()
    with pytest.raises(NothingNewError, match="没有差别"):
        compile_catalogue(by=officer, at=timezone.now())
    assert Edition.objects.count() == 1


def test_a_change_makes_an_edition_that_says_what_changed_and_keeps_the_code(
    publish: Publish, set_office: Callable[[str, str], None]
) -> None:
    first = publish()
    set_office("marriages", "婚姻登记管理处")
    second = publish()
    assert (second.number, second.added, second.changed, second.withdrawn) == (2, 0, 1, 0)
    (change,) = queries.changes_between(first, second)
    (difference,) = change.differences
    assert (difference.label, difference.after) == ("信息资源提供方", "婚姻登记管理处")
    assert difference.before == data_set("marriages").provider
    codes = dict(CatalogueEntry.objects.filter(data_set="marriages").values_list("edition__number", "code"))
    assert codes[1] == codes[2]
    (latest, changed), (earliest, nothing) = queries.versions(PROVINCE, "marriages")
    assert (latest.edition.number, len(changed), earliest.edition.number, nothing) == (2, 1, 1, [])
    assert len(queries.versions(PROVINCE, "persons")) == 1
    first.refresh_from_db()
    assert (
        first.state == "superseded" and first.entries.get(data_set="marriages").provider != "婚姻登记管理处"
    )


def test_a_resource_that_goes_is_withdrawn_and_its_number_is_never_given_again(
    publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = publish()
    whole = compiling.resources
    monkeypatch.setattr(
        compiling, "resources", lambda *a, **k: [r for r in whole(*a, **k) if r.spec.key != "cremations"]
    )
    second = publish()
    (gone,) = queries.changes_between(first, second)
    assert (gone.kind, gone.data_set) == (ChangeKind.WITHDRAWN, "cremations")
    assert queries.entry(PROVINCE, "cremations").edition == first
    assert compiling._number("30733033000007", "ashes", timezone.now()) == 2
    monkeypatch.setattr(compiling, "resources", whole)
    assert publish().entries.get(data_set="cremations").code == first.entries.get(data_set="cremations").code


def test_a_draft_older_than_the_standard_is_not_published(
    node: Any, officer: User, set_office: Callable[[str, str], None]
) -> None:
    draft = compile_catalogue(by=officer, at=timezone.now())
    set_office("persons", "公安厅人口处")
    with pytest.raises(CatalogueError, match="重新编制"):
        publish_catalogue(edition_id=draft.pk, by=officer, at=timezone.now())
    assert queries.in_force(PROVINCE) is None
    anew = compile_catalogue(by=officer, at=timezone.now())
    assert list(Edition.objects.values_list("pk", "number")) == [(anew.pk, 1)]
    with pytest.raises(CatalogueError, match="已被新的编制结果取代"):
        publish_catalogue(edition_id=draft.pk, by=officer, at=timezone.now())


def test_only_the_nodes_own_data_officer_writes_and_it_is_in_the_trail(
    publish: Publish, make_user: Callable[..., User]
) -> None:
    for other in (make_user("clerk"), make_user("data_officer", division="330100")):
        with pytest.raises(CatalogueError, match="数据管理员"):
            compile_catalogue(by=other, at=timezone.now())
    edition = publish()
    acts = AuditEntry.objects.filter(object_kind="catalogue_edition", object_id=str(edition.pk))
    assert {entry.action for entry in acts} == {"catalogue.compile", "catalogue.publish"}
    assert acts.get(action="catalogue.publish").detail["digest"] == edition.digest


def test_without_a_category_in_the_packs_nothing_is_compiled(
    node: Any, officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiling, "CATEGORY_PARAMETER", "catalogue.none")
    with pytest.raises(CatalogueError, match="没有给区划 330000 规定参数"):
        compile_catalogue(by=officer, at=timezone.now())
    assert not Edition.objects.exists()
