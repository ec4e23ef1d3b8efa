"""Files laid in a folder: each once, none half written, put away when taken."""

import hashlib
import os
from pathlib import Path

import pytest
from tests.exchange.intakes.entering import allow, checked, entered, failed, names, run
from tests.exchange.numbers import people, person
from tests.node import Node

from minzheng.exchange import flow, services
from minzheng.exchange.models import Batch, Intake, IntakeFile

AS_ROOT = os.geteuid() == 0


@pytest.fixture
def drop(node: Node, tmp_path: Path) -> Path:
    folder = tmp_path / "drop"
    folder.mkdir()
    allow(str(folder))
    return folder


def source(drop: Path, **said: object) -> Intake:
    return entered("folder", {"folder": str(drop), "settle": 0} | said)


def test_a_file_is_taken_once_and_put_away(drop: Path) -> None:
    intake = source(drop)
    (drop / "一.csv").write_text(people(person("王晓", 1)))
    (drop / "说明.txt").write_text("不取")
    assert checked(intake) == f"连接正常: {drop}, 有 1 个待取文件"
    (batch,) = run(intake)
    assert (batch.stage, batch.source_name, batch.received_by) == ("finished", "市公安局", "自动取数")
    assert names() == {"王晓"} and intake.state == "working" and intake.problem is None
    assert sorted(p.name for p in drop.iterdir()) == ["done", "说明.txt"]
    assert run(intake) == []
    (drop / "一.csv").write_text(people(person("王晓", 1)))  # laid there again, the same
    assert run(intake) == [] and not (drop / "一.csv").exists()
    (drop / "一.csv").write_text(people(person("李芳", 2)))  # the same name, another content
    assert len(run(intake)) == 1 and names() == {"王晓", "李芳"}
    assert len(list((drop / "done").iterdir())) == 3, "nothing that was put away is written over"


def test_what_is_half_written_waits(drop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    intake = source(drop, settle=1)
    for name in ("一.csv.tmp", "二.csv.filepart", ".三.csv"):
        (drop / name).write_text(people(person()))
    growing = drop / "四.csv"
    growing.write_text(people(person("王晓", 1)))

    def write_on(_: float) -> None:
        with growing.open("a") as file:
            file.write(people(person("李芳", 2)).split("\n", 1)[1])

    with monkeypatch.context() as patch:
        patch.setattr("minzheng.exchange.intake.shelf.time.sleep", write_on)
        assert run(intake) == []
    (batch,) = run(intake)
    assert batch.counts["read"] == 2 and names() == {"王晓", "李芳"}


def test_a_marker_says_that_a_file_is_whole(drop: Path) -> None:
    intake = source(drop, marker="md5")
    file = drop / "一.csv"
    file.write_text(people(person("王晓", 1)))
    assert checked(intake) == f"连接正常: {drop}, 有 0 个待取文件, 另有 1 个等待完整标记"
    assert run(intake) == []
    marker = drop / "一.csv.md5"
    marker.write_text("0" * 32 + "  一.csv")
    assert "与标记中的 MD5 不符" in failed(intake) and file.exists() and not Batch.objects.exists()
    marker.write_text(hashlib.md5(file.read_bytes()).hexdigest().upper() + "  一.csv\n")  # noqa: S324
    assert len(run(intake)) == 1 and [p.name for p in drop.iterdir()] == ["done"]


@pytest.mark.parametrize("after", ["keep", "move"])
def test_a_folder_that_is_read_only_is_remembered(
    drop: Path, after: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    intake = source(drop, after=after)
    (drop / "一.csv").write_text(people(person()))
    if after == "move":
        if AS_ROOT:  # root may write anywhere: the refusal is the file system's own word

            def refused(*_: object, **__: object) -> None:
                raise PermissionError(13, "read-only")

            monkeypatch.setattr("minzheng.exchange.adapters.folder.Path.mkdir", _only_outside(drop, refused))
        else:
            drop.chmod(0o500)
    assert len(run(intake)) == 1 and (drop / "一.csv").exists()
    assert run(intake) == []
    os.utime(drop / "一.csv", (1, 1))  # touched, not changed
    assert run(intake) == [] and IntakeFile.objects.get().modified == 10**9
    drop.chmod(0o700)


def _only_outside(drop: Path, refused):
    make = Path.mkdir

    def mkdir(self: Path, *args: object, **more: object) -> None:
        refused() if self.parent == drop else make(self, *args, **more)

    return mkdir


def test_a_file_given_back_is_put_aside_and_said(drop: Path) -> None:
    intake = source(drop)
    (drop / "错.csv").write_text("甲,乙\n1,2\n")
    (drop / "好.csv").write_text(people(person("王晓", 1)))
    assert failed(intake).startswith("错.csv 被退回: 找不到表头")
    assert names() == {"王晓"}, "one bad file does not stop the others"
    assert (drop / "refused" / "错.csv").exists() and (drop / "done" / "好.csv").exists()
    assert run(intake) == [] and intake.state == "working" and intake.failures == 0


def test_a_run_that_dies_after_a_file_was_kept_is_gone_on_with(
    drop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    intake = source(drop)
    (drop / "一.csv").write_text(people(person("王晓", 1), person("王芳", 2, 性别="某")))

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(flow, "load", killed)
        with pytest.raises(KeyboardInterrupt):
            run(intake)
    assert services.unfinished() and (drop / "一.csv").exists()
    (batch,) = run(intake)
    assert (batch.counts["accepted"], batch.counts["quarantined"]) == (1, 1), "rows refused are kept"
    assert not services.unfinished() and [p.name for p in drop.iterdir()] == ["done"]
    assert Batch.objects.count() == 1 and names() == {"王晓"}


def test_what_is_too_large_or_too_much_is_bounded(
    drop: Path, settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    intake = source(drop, after="keep")
    huge = drop / "大.csv"
    with huge.open("wb") as file:
        file.truncate(3 * 2**30)
    assert "大.csv 超过上限 2,048 MB" in failed(intake)
    huge.unlink()
    for n in range(3):
        (drop / f"{n}.csv").write_text(people(person("王晓", n)))
    monkeypatch.setattr("minzheng.exchange.intake.running.Work", _at_most(2))
    assert len(run(intake)) == 2 and len(run(intake)) == 1


def _at_most(files: int):
    from functools import partial

    from minzheng.exchange.intake.declare import Work

    return partial(Work, most_files=files)


def test_only_allowed_folders_are_read(node: Node, tmp_path: Path, drop: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    assert "不在允许访问的地址之内" in checked(entered("folder", {"folder": str(outside)}))
    Intake.objects.all().delete()
    (drop / "link").symlink_to(outside)
    assert "不在允许访问的地址之内" in checked(entered("folder", {"folder": str(drop / "link")}))
    Intake.objects.all().delete()
    allow(str(tmp_path))
    assert "自己的数据目录" in checked(entered("folder", {"folder": str(node.home / "files")}))
    Intake.objects.all().delete()
    (outside / "secret.csv").write_text(people(person()))
    (drop / "secret.csv").symlink_to(outside / "secret.csv")
    assert "有 0 个待取文件" in checked(source(drop)), "links are not followed"
    Intake.objects.all().delete()
    assert "不存在" in checked(entered("folder", {"folder": str(drop / "none")}))
