"""Publication: all or nothing, within the layers above, and never the same version with other content."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction

from minzheng.standards import models, queries, services
from minzheng.standards.errors import LintError, StandardsError, TransitionError
from minzheng.standards.exporting import export_csv, file_path
from minzheng.standards.terms import Stage

from .conftest import AT, NATION, PROVINCE

MakePack = Callable[..., Path]
pytestmark = pytest.mark.django_db


def publish(folder: Path, note: str = "") -> services.Publication:
    return services.publish(folder, by="张三", at=AT, note=note)


def with_version(base: dict[str, str], version: str) -> dict[str, str]:
    return {"pack.csv": base["pack.csv"].replace("version,1", f"version,{version}")}


def test_publishes_and_records(published: None) -> None:
    assert [layer.pack for layer in queries.layers()] == ["nation", "province"]
    assert queries.element("sex_code").value_domain == "SEX"
    event = queries.history("nation")[0]
    assert (event.stage_label, event.by_name, event.at) == ("发布", "张三", AT)
    assert event.content_digest == queries.layers()[0].digest


def test_the_same_content_again_changes_nothing_and_says_so(published: None, make_pack: MakePack) -> None:
    events = models.StandardEvent.objects.count()
    again = publish(make_pack(NATION))
    assert not again.changed
    assert "未作改动" in again.message
    assert models.StandardEvent.objects.count() == events


def test_other_content_needs_another_version(published: None, make_pack: MakePack) -> None:
    codes = {"codes/SEX@2003.csv": NATION["codes/SEX@2003.csv"] + "0,未知,,,,,\n"}
    with pytest.raises(StandardsError, match="新的版本号"):
        publish(make_pack(NATION, codes))
    done = publish(make_pack(NATION, codes | with_version(NATION, "2")))
    assert done.changes == {"added": 1, "removed": 0, "changed": 1}
    assert queries.label("SEX", "0") == "未知"
    old = models.Edition.objects.get(pack_id="nation", version="1")
    assert old.stage == Stage.WITHDRAWN
    assert "由 nation@2 代替" in queries.history("nation", "1")[0].note


def test_faults_are_all_told_and_nothing_is_changed(published: None, make_pack: MakePack) -> None:
    broken = {
        "elements.csv": NATION["elements.csv"].replace("id_number,,1", "nothing,,1"),
        "codes/SEX@2003.csv": NATION["codes/SEX@2003.csv"] + "1,男性,,,,,\n",
    }
    before = models.Edition.objects.count()
    with pytest.raises(LintError) as refused:
        publish(make_pack(NATION, broken | with_version(NATION, "2")))
    assert {(f.file, f.line) for f in refused.value.findings} == {
        ("elements.csv", 3),
        ("codes/SEX@2003.csv", 5),
    }
    assert queries.layers()[0].version == "1"
    assert models.Edition.objects.count() == before


def test_a_layer_above_may_not_break_the_layers_below(published: None, make_pack: MakePack) -> None:
    narrowing = {"elements.csv": NATION["elements.csv"].splitlines()[0] + "\n,score,,,,,,,,,10..90,,,,,,,\n"}
    publish(make_pack(PROVINCE, narrowing | with_version(PROVINCE, "2")))
    tighter = {"elements.csv": NATION["elements.csv"].replace("0..100", "20..80")}
    with pytest.raises(LintError, match="下级标准将不合规"):
        publish(make_pack(NATION, tighter | with_version(NATION, "2")))


def test_a_layer_without_its_parent_is_refused(make_pack: MakePack, db: None) -> None:
    orphan = {"pack.csv": PROVINCE["pack.csv"].replace("parent,nation", "parent,nobody")}
    with pytest.raises(LintError, match="“nobody”尚未发布"):
        publish(make_pack(PROVINCE, orphan))


def test_life_of_an_edition(published: None, make_pack: MakePack) -> None:
    services.propose(pack_id="nation", version="2", by="甲", at=AT, note="增加代码")
    content = (NATION["codes/SEX@2003.csv"] + "0,未知,,,,,\n").encode()
    path = file_path("codes", table_id="SEX", version="2003")
    edition = services.replace_file(
        pack_id="nation", path=path, content=content, version="2", by="甲", at=AT, note=""
    )
    changes = services.preview(edition)
    assert [(c.kind, c.key, c.action) for c in changes] == [
        ("header", "version", "changed"),
        ("codes", "SEX / 2003 / 0", "added"),
    ]
    with pytest.raises(TransitionError, match="可办"):
        services.publish_edition(edition, by="甲", at=AT, note="")
    with pytest.raises(TransitionError, match="须由他人办理"):
        services.advance(edition, Stage.REVIEWED, by="甲", at=AT, note="")
    services.advance(edition, Stage.REVIEWED, by="乙", at=AT, note="")
    edition = services.advance(edition, Stage.APPROVED, by="丙", at=AT, note="")
    assert services.publish_edition(edition, by="丁", at=AT, note="").changed
    edition.refresh_from_db()
    edition = services.advance(edition, Stage.MAINTAINED, by="丁", at=AT, note="年度复核")
    assert [e.stage_label for e in reversed(queries.history("nation", "2"))] == [
        "提出", "起草", "审查", "批准", "发布", "维护",
    ]  # fmt: skip
    assert queries.label("SEX", "0") == "未知"


def test_a_draft_with_faults_stops_at_review(published: None) -> None:
    content = (NATION["codes/SEX@2003.csv"] + "3,其他,9999,,,,\n").encode()
    edition = services.replace_file(
        pack_id="nation", path="codes/SEX@2003.csv", content=content, version="2", by="甲", at=AT, note=""
    )
    with pytest.raises(LintError, match="上级代码“9999”不存在"):
        services.advance(edition, Stage.REVIEWED, by="乙", at=AT, note="")


def test_a_published_layer_with_layers_below_is_not_withdrawn(published: None) -> None:
    nation = models.Edition.objects.get(pack_id="nation")
    with pytest.raises(StandardsError, match="测试省标准包"):
        services.withdraw(nation, by="甲", at=AT, note="")
    services.withdraw(models.Edition.objects.get(pack_id="province"), by="甲", at=AT, note="")
    services.withdraw(nation, by="甲", at=AT, note="")
    assert queries.layers() == []
    assert not models.Code.objects.filter(pack_id="nation").exists()


def test_events_are_only_added(published: None) -> None:
    event = models.StandardEvent.objects.filter(edition__pack_id="nation").latest("id")
    with pytest.raises(TypeError, match="不能修改"):
        event.save()
    with pytest.raises(DatabaseError, match="只增不改"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE standards_standardevent SET note = 'x'")


def test_export_can_be_handed_in_again(published: None) -> None:
    path = file_path("code_mappings", table_id="EDU", version="1984", to_version="2006")
    content = export_csv("nation", path)
    assert content.decode() == NATION[path]
    edition = services.replace_file(
        pack_id="nation", path=path, content=content, version="2", by="甲", at=AT, note=""
    )
    assert [change.kind for change in services.preview(edition)] == ["header"]
    assert export_csv("nation", file_path("workdays")) == b"date,is_workday,name,source\n"
    with pytest.raises(StandardsError, match="须指明代码表标识"):
        file_path("codes")


def test_an_import_that_cannot_be_read_changes_nothing(published: None) -> None:
    before = models.Edition.objects.count()
    with pytest.raises(LintError, match=r"elements\.csv"):
        services.replace_file(
            pack_id="nation", path="elements.csv", content=b"a,b\n", version="2", by="甲", at=AT, note=""
        )
    assert models.Edition.objects.count() == before


def test_shipped_packs_are_published_once_and_from_the_top(
    make_pack: MakePack, tmp_path: Path, settings
) -> None:
    (tmp_path / "packs" / "a-province").mkdir(parents=True)
    for name, base in (("a-province", PROVINCE), ("b-nation", NATION)):
        make_pack(base).rename(tmp_path / "packs" / name)
    settings.PACKS_DIR = tmp_path / "packs"
    models.Pack.objects.update(published=None)
    done = services.publish_shipped_packs()
    assert [publication.pack for publication in done] == ["nation", "province"]
    assert services.publish_shipped_packs() == []
