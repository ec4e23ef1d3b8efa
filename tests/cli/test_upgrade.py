"""A new release of the product over a node of an older state: its schema and what it holds are brought along."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.business.registering import FIRST, row_of
from tests.business.registering import HEADINGS as MARRIAGE
from tests.exchange.numbers import csv_text, people, person
from tests.node import Apart, MakeApart

OLDER = Path(__file__).with_name("older.py")
MARRIAGES = [
    row_of("结婚", FIRST, "2020-05-20"),
    row_of("补领结婚证", FIRST, "2021-06-01"),
    row_of("离婚", FIRST, "2022-08-01"),
]
# What the older state knew nothing of.
NEWER = ("registry_handchange", "review_unfinished")


def bring(node: Apart, folder: Path, feed: str, text: str) -> dict[str, int]:
    path = folder / f"{feed}.csv"
    path.write_text(text, encoding="utf-8")
    report: dict[str, int] = node.json("bring-in", feed, path)
    return report


def tables(node: Apart) -> set[str]:
    with node.connect() as connection:
        return {
            name
            for (name,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        }


def make_old(node: Apart) -> None:
    """The schema of then, and in it what the product of then had written."""
    subprocess.run([sys.executable, OLDER], env=node.environment, check=True, timeout=120)
    assert tables(node).isdisjoint(NEWER)
    with node.connect() as connection:
        # All under one number had one key; names were not learnt from what was there; figures said of themselves that they count.
        connection.execute(
            "UPDATE marriage_registration SET key_digest = (SELECT key_digest FROM marriage_registration WHERE kind_code = '11')"
        )
        connection.execute("TRUNCATE lookup_personname, lookup_namecharacter")
        connection.execute("UPDATE quality_measured SET is_in = true")


@pytest.mark.slow
def test_a_node_of_an_older_state_is_brought_along_with_all_it_holds(
    make_apart: MakeApart, tmp_path: Path
) -> None:
    node = make_apart()
    persons, marriages = people(person("王晓", 1), person("李敏", 2)), csv_text(MARRIAGE, *MARRIAGES)
    assert bring(node, tmp_path, "persons", persons)["created"] == 2
    assert bring(node, tmp_path, "marriages", marriages)["created"] == 3
    before = tables(node)
    quality = node.json("quality")
    make_old(node)

    # The first command of the new release, whichever it is.
    assert node.json("quality") == quality, "what was measured then counts still"
    assert tables(node) == before
    with node.connect() as connection:
        open_tables = connection.execute(
            "SELECT relname FROM pg_class WHERE relname = ANY (%s) AND NOT relrowsecurity", [list(NEWER)]
        ).fetchall()
        assert open_tables == [], "every table that is new is under row-level security"
        names = connection.execute("SELECT name_key FROM lookup_personname ORDER BY 1").fetchall()
        assert {name for (name,) in names} == {"王晓", "李敏"}
        taken_up = "SELECT count(*) FROM exchange_batch WHERE followed_at IS NULL"
        assert connection.execute(taken_up).fetchone() == (0,), "what was finished then is not taken up again"
    assert bring(node, tmp_path, "marriages", marriages)["unchanged"] == 3, (
        "known again under the keys of now"
    )
