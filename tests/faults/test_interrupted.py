"""Killed, cut off, out of disk: ``minzheng resume`` ends with exactly what an uninterrupted run gives."""

import os
import signal
import time
import zipfile
from contextlib import suppress
from datetime import date
from pathlib import Path

import psycopg
import pytest
from tests.faults.breaking import POINTS, Point, finish, held_at, start
from tests.faults.contents import Told, differences, told
from tests.node import KEY, Apart, MakeApart

from minzheng.foundation.database import embedded
from minzheng_sample.command import find_pack
from minzheng_sample.divisions import read_divisions
from minzheng_sample.sample import make_sample

PERSONS, CHUNK = 4_000, 700
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One tidy file a feed."""
    out = tmp_path_factory.mktemp("sample")
    make_sample(
        read_divisions(find_pack()),
        out,
        persons=PERSONS,
        seed=5,
        today=date(2026, 6, 30),
        months=2,
        single=True,
    )
    feeds = ("persons", "marriages", "allowances", "cremations", "societies")
    return {feed: out / f"{feed}.csv" for feed in feeds}


def held(apart: Apart) -> Told:
    with apart.connect() as connection:
        return told(connection)


def kill_at(point: Point, apart: Apart, *arguments: object) -> None:
    """Run a command up to the point and kill it there, as a power cut would."""
    with held_at(point, apart.connect) as there:
        process = start(apart, CHUNK, *arguments)
        try:
            there(process)
        finally:
            os.killpg(process.pid, signal.SIGKILL)
        assert finish(process)[0] == -signal.SIGKILL, point.name


def whole(apart: Apart, feed: str, path: Path) -> Told:
    """What an uninterrupted run leaves."""
    code, _, err = finish(start(apart, CHUNK, "bring-in", feed, path))
    assert code == 0, err
    return held(apart)


def resumed(apart: Apart) -> Told:
    """What is there once the interrupted batch has been resumed to its end."""
    code, out, err = finish(start(apart, CHUNK, "resume"))
    assert code == 0, err
    assert "读取" in out
    assert not list((apart.home / "spool").rglob("*.*"))  # no working file of a batch is left
    return held(apart)


def test_killed_at_every_stage_in_turn(make_apart: MakeApart, sample: dict[str, Path]) -> None:
    expected, broken = whole(make_apart(), "persons", sample["persons"]), make_apart()
    assert len(expected["chunks"]) >= 7 and expected["quarantine"] and expected["outbox"]
    assert expected["registry_person"].total() > 0.9 * PERSONS
    kill_at(POINTS[0], broken, "bring-in", "persons", sample["persons"])
    for point in POINTS[1:]:
        kill_at(point, broken, "resume")
        assert {row[0] for row in held(broken)["batch"]}.isdisjoint({"finished", "refused"}), point.name
    assert differences(expected, resumed(broken)) == {}


def test_a_record_feed_killed_or_cut_off_in_a_chunk(make_apart: MakeApart, sample: dict[str, Path]) -> None:
    """Killed with a chunk uncommitted; then the connection is lost: one line says so, and it can be resumed."""
    expected, broken = whole(make_apart(), "allowances", sample["allowances"]), make_apart()
    assert expected["relief_allowancepayment"].total() > 50
    kill_at(
        Point("uncommitted chunk", "foundation_outboxentry"),
        broken,
        "bring-in",
        "allowances",
        sample["allowances"],
    )
    half = held(broken)
    assert not half["relief_allowancepayment"] and not half["registry_person"] and not half["outbox"]
    with held_at(
        Point("chunk's mark", "exchange_loadedchunk", "NEW.name <> 'households'"), broken.connect
    ) as there:
        process = start(broken, CHUNK, "resume")
        backend = there(process)
        with broken.connect() as connection:
            connection.execute("SELECT pg_terminate_backend(%s)", [backend])
        code, out, err = finish(process)
    assert code == 1 and out == ""
    assert err.startswith("错误: ") and len(err.strip().splitlines()) == 1, err
    assert differences(expected, resumed(broken)) == {}


def test_a_full_disk(make_apart: MakeApart, sample: dict[str, Path]) -> None:
    """Too little room to open the file, then to clean it: never taken for a fault of the file, and resumed in the end."""
    packed = sample["persons"].with_name("满.zip")
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(sample["persons"], "人口底册.csv")
    expected, broken = whole(make_apart(), "persons", packed), make_apart()
    size = sample["persons"].stat().st_size
    arguments = ["bring-in", "persons", packed]
    for room in (size // 2, size + size // 4):
        code, out, err = finish(start(broken, CHUNK, *arguments, file_limit=room))
        assert code == 1 and out == "", err
        assert err.startswith("错误: ") and len(err.strip().splitlines()) == 1, err
        ((stage, *_),) = held(broken)["batch"]
        assert stage in ("received", "extracted")
        arguments = ["resume"]
    assert differences(expected, resumed(broken)) == {}


def test_the_server_is_killed_and_stopped_at_once(
    tmp_path: Path, make_apart: MakeApart, sample: dict[str, Path]
) -> None:
    """kill -9 of a backend takes the whole server through recovery; then an immediate stop, as a power cut."""
    expected = whole(make_apart(), "persons", sample["persons"])
    own = Apart(tmp_path / "own", None, KEY)
    own.home.mkdir()
    assert own.run("setup").returncode == 0
    own.url = embedded.start(own.home)  # keeps the server up between the commands
    third = Point("third chunk", "exchange_loadedchunk", "(SELECT count(*) FROM exchange_loadedchunk) >= 3")
    with suppress(psycopg.OperationalError), held_at(third, own.connect) as there:
        process = start(own, CHUNK, "bring-in", "persons", sample["persons"])
        os.kill(there(process), signal.SIGKILL)
        code, _, err = finish(process)
        assert code == 1 and err.startswith("错误: "), err
    unhold(own, third)
    last = Point("last chunk", "exchange_loadedchunk", "NEW.name LIKE 'p%'")
    with suppress(psycopg.OperationalError), held_at(last, own.connect) as there:
        process = start(own, CHUNK, "resume")
        there(process)
        stop_at_once(own.home)
        code, _, err = finish(process)
        assert code == 1 and err.startswith("错误: "), err
    embedded.start(own.home)
    unhold(own, last)
    assert differences(expected, resumed(own)) == {}
    stop_at_once(own.home)


def unhold(apart: Apart, point: Point) -> None:
    """Take the trigger off a server that has come up again."""
    deadline = time.monotonic() + 180
    while True:
        try:
            with apart.connect() as connection:
                connection.execute(f"DROP TRIGGER IF EXISTS held ON {point.table}")
            return
        except psycopg.OperationalError as error:
            log = apart.home / "postgres" / "log"
            assert time.monotonic() < deadline, f"{error}\n{log.read_text(errors='replace')[-3000:]}"
            time.sleep(0.2)


def stop_at_once(home: Path) -> None:
    """Stop the server without a checkpoint, as a power cut would."""
    data = home / "postgres"
    os.kill(int((data / "postmaster.pid").read_text().split()[0]), signal.SIGQUIT)
    deadline = time.monotonic() + 30
    while (data / "postmaster.pid").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
