"""The secret that signs sessions: made once a home, whole or not at all."""

import os
import stat
import threading

import pytest

from minzheng import settings as loaded


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.setattr(loaded, "HOME", tmp_path)
    return tmp_path / "keys" / "web-secret"


def test_it_is_made_once_and_for_its_owner_only(path):
    made = loaded._secret_key()
    assert len(made) > 60 and loaded._secret_key() == made == path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_nobody_reads_it_before_it_is_whole(path, monkeypatch):
    """A second process of the node that starts at the same moment once read an empty secret."""
    seen = []
    sync = os.fsync

    def written(descriptor: int) -> None:
        seen.append(path.exists())
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", written)
    loaded._secret_key()
    assert seen == [False]


def test_a_machine_that_dies_while_making_it_leaves_none_half_made(path, monkeypatch):
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            loaded._secret_key()
    assert not path.exists()
    assert loaded._secret_key()


def test_many_at_once_make_one(path):
    start, found = threading.Barrier(8), []

    def first() -> None:
        start.wait()
        found.append(loaded._secret_key())

    threads = [threading.Thread(target=first) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8 and len(set(found)) == 1 and "" not in found
