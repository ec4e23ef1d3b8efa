"""Full disks: of the node's files (a small file system, or a limit on files where none may be mounted) and of the database."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.faults.between.conftest import counted
from tests.faults.between.land import Land, Node, until

pytestmark = pytest.mark.slow


@contextmanager
def full(node: Node, folder: str) -> Iterator[bool]:
    """One of a node's folders on a file system of 1 MB that is full; False where none may be mounted."""
    place = node.home / folder
    place.mkdir(exist_ok=True)
    kept = node.home / f"{folder}.kept"
    shutil.copytree(place, kept)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m,mode=700", "tmpfs", str(place)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        shutil.rmtree(kept)
        yield False
        return
    try:
        _fill(place / "ballast")
        yield True
    finally:
        written = [path for path in place.iterdir() if path.name != "ballast"]
        for path in written:
            shutil.move(path, kept / path.name)
        subprocess.run(["umount", "-l", str(place)], check=True)
        for path in kept.iterdir():
            if not (place / path.name).exists():
                shutil.move(path, place / path.name)
        shutil.rmtree(kept)


def _fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        for size in (1 << 16, 1 << 10):
            while True:
                try:
                    file.write(os.urandom(size))
                except OSError:
                    break


@pytest.mark.parametrize("folder", ["between", "spool"])
@pytest.mark.parametrize(
    ("code", "role", "origin"), [("330100", "puller", "330000"), ("330100", "door", "330106")]
)
def test_full(land: Land, code: str, role: str, origin: str, folder: str) -> None:
    """Said in one sentence, on the page of who waits; as soon as there is room it goes on."""
    what = "sealed bodies" if folder == "between" else "working folder"
    with counted(land, f"full disk: {what}, {code}'s {role}") as fault:
        land.calm()
        node = land[code]
        with full(node, folder) as mounted:
            if not mounted:  # no right to mount: a limit on the size of files fails just so
                node.again(role, file_limit=0)
            fault.history.write(origin)
            who = land[code] if role == "puller" else land["330106"]
            said = "SELECT coalesce(max(problem), '') FROM between_road"
            wanted = "磁盘空间不足" if mounted else "文件超过系统限制"
            until(lambda: wanted in who.value(said), "the reason is said", 60, land.told)
            fault.times += 1
        node.again(role)
        land.calm()
        assert not [path for path in (node.home / "between").iterdir() if path.suffix == ".half"]


def test_the_database_s_disk_is_full(land: Land) -> None:
    """The server can't write while a batch is entered: nothing of it stands, and it is entered once there is room."""
    with counted(land, "full disk: the database, while a batch is entered") as fault:
        for code, role, origin in (("330106", "puller", "330000"), ("330100", "door", "330106")):
            node = land[code]
            with node.server.connect() as connection:
                connection.execute(
                    """CREATE OR REPLACE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                    RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$;
                    CREATE TRIGGER no_room BEFORE INSERT ON between_batch FOR EACH ROW WHEN (NEW.direction = 'in')
                    EXECUTE FUNCTION no_room()"""
                )
                fault.history.write(origin)
                seen = node.log.read_text(errors="replace").count("No space left")
                until(
                    lambda: node.log.read_text(errors="replace").count("No space left") > seen + 1,  # noqa: B023
                    "the database said so", 60, land.told,
                )  # fmt: skip
                fault.times += 1
                connection.execute("DROP TRIGGER no_room ON between_batch")
            assert role in node.running
            land.calm()
