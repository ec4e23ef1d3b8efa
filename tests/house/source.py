"""The product's own source as the house tests read it: files, modules, syntax trees."""

import ast
import importlib
import inspect
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src"
PRODUCT = SRC / "minzheng"
SKIPPED = {".git", ".venv", "var", "node_modules", "dist", "__pycache__", "build"}


def python_files(*, migrations: bool = False) -> list[Path]:
    """Every Python file of the product, in one order."""
    return sorted(path for path in PRODUCT.rglob("*.py") if migrations or "migrations" not in path.parts)


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def place(path: Path) -> str:
    """A file as messages name it."""
    return path.relative_to(ROOT).as_posix()


def module_name(path: Path) -> str:
    parts = path.relative_to(SRC).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def module_of(path: Path) -> ModuleType:
    return importlib.import_module(module_name(path))


@cache
def tracked_files() -> tuple[Path, ...]:
    """Every file that is committed; in a copy without git, every file that is not built or installed."""
    if shutil.which("git") and (ROOT / ".git").exists():
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False
        ).stdout.decode()
        found = [ROOT / name for name in listed.split("\0") if name]
        if found:
            return tuple(path for path in found if path.is_file())
    return tuple(
        path
        for path in sorted(ROOT.rglob("*"))
        if path.is_file() and not SKIPPED.intersection(path.relative_to(ROOT).parts)
    )


def public_definitions(
    path: Path,
) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]]:
    """(dotted name, definition) of what a file offers: functions, classes, their methods."""

    def walk(body: list[ast.stmt], before: str) -> Iterator[tuple[str, ast.FunctionDef | ast.ClassDef]]:
        for node in body:
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                continue
            if node.name.startswith("_"):
                continue
            yield before + node.name, node
            if isinstance(node, ast.ClassDef):
                yield from walk(node.body, f"{before}{node.name}.")

    yield from walk(tree(path).body, "")


def said_above(path: Path, dotted: str) -> bool:
    """Whether a method takes its docstring from the base class that declares it."""
    found: object = module_of(path)
    for name in dotted.split("."):
        found = inspect.getattr_static(found, name)
    owner_name, _, name = dotted.rpartition(".")
    owner = getattr(module_of(path), owner_name, None)
    if not isinstance(owner, type):
        return False
    return any(inspect.getdoc(vars(base)[name]) for base in owner.__mro__[1:] if name in vars(base))
