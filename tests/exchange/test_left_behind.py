"""What a process killed while it took a file in has left behind."""

import os
import time

from tests.exchange.numbers import people, person
from tests.node import Node

DAY_S = 24 * 3600


def test_half_written_files_are_swept_when_the_next_file_comes(node: Node) -> None:
    files = node.home / "files"
    files.mkdir()
    for name, age_s in (("dead", 2 * DAY_S), ("slow", 600)):  # kill -9 leaves no one to clear up
        path = files / f".incoming-{name}"
        path.write_bytes(b"half")
        os.utime(path, (time.time() - age_s,) * 2)
    brought = node.bring("persons", people(person()))
    assert brought.report["created"] == 1
    assert [path.name for path in files.glob(".incoming-*")] == [".incoming-slow"]
    assert len([path for path in files.rglob("*") if path.is_file()]) == 2
