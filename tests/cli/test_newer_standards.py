"""A new release of the product with newer standards: what a person at the terminal sees."""

from pathlib import Path

import pytest
from tests.cli.released import with_newer_city


@pytest.mark.slow
def test_check_names_the_command_that_publishes_what_is_newer(make_apart, tmp_path: Path) -> None:
    node = with_newer_city(make_apart(), tmp_path)
    done = node.run("check")
    assert done.returncode == 0 and "完整一致" in done.stdout
    (line,) = done.stderr.splitlines()
    assert "hangzhou 1.1 (现行 1.0)" in line and line.endswith("minzheng setup --newer")
    assert [pack["version"] for pack in node.json("setup", "--newer")["packs"]] == ["1.1"]
    done = node.run("check")
    assert (done.returncode, done.stderr) == (0, "")
