"""Files: none too long to read at a sitting, none tied to one machine or one registry; every template parses."""

import re

import pytest
from django.template.loader import get_template
from django.urls import get_resolver
from tests.house.source import PRODUCT, ROOT, SRC, place, tracked_files

LONGEST = 300
# Written so that this file does not hold what it forbids.
REGISTRIES = [
    ".".join(name)
    for name in (
        ("py" "pi", "org"), ("python" "hosted", "org"), ("npm" "js", "org"), ("npm" "js", "com"), ("npm" "mirror", "com"),
        ("yarnpkg", "com"), ("jsdelivr", "net"), ("unpkg", "com"), ("cdnjs", "cloudflare"), ("docker", "io"),
        ("ghcr", "io"), ("crates", "io"), ("proxy", "golang"), ("tuna", "tsinghua"), ("mirrors", "aliyun"),
    )
]  # fmt: skip
MACHINE = re.compile(r"(?<![\w.%}])/(?:root|work|home/\w+|Users/\w+)/|[A-Z]:\\\\?Users")
TEMPLATES = sorted(PRODUCT.rglob("templates/**/*.html"))


def test_no_file_is_longer_than_a_sitting():
    """Code of the product and its tools; migrations are written by a program."""
    folders = (SRC, ROOT / "tools", ROOT / "bench")
    long = {
        place(path): count
        for folder in folders
        for path in sorted(folder.rglob("*.py"))
        if "migrations" not in path.parts
        and (count := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST
    }
    assert not long


def texts() -> list[tuple[str, str]]:
    """Every committed text but the data packs, which name their sources."""
    found = []
    for path in tracked_files():
        name = place(path)
        if name.startswith("packs/"):
            continue
        data = path.read_bytes()
        if b"\0" not in data:
            found.append((name, data.decode("utf-8")))
    return found


def test_no_committed_file_names_a_registry_or_a_machine():
    found = []
    for name, text in texts():
        found += [f"{name}: {host}" for host in REGISTRIES if host in text]
        found += [f"{name}: {match[0]}" for match in MACHINE.finditer(text)]
    assert not found


def test_the_search_finds_what_it_looks_for():
    assert MACHINE.search("see " + "/".join(("", "root", "x"))) and MACHINE.search(
        "'" + "/".join(("", "home", "wang", "x")) + "'"
    )
    assert not MACHINE.search("GET /persons/home/ and /roots/ and /workdays/")


def test_lines_end_as_on_unix_and_files_end_with_one():
    wrong = [
        name
        for name, text in texts()
        if name.endswith((".py", ".html", ".md", ".js", ".toml"))
        and text
        and ("\r" in text or text[-1] != "\n")
    ]
    assert not wrong


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(PRODUCT).as_posix())
def test_a_template_parses_and_its_links_lead_somewhere(path):
    name = path.as_posix().split("/templates/", 1)[1]
    assert get_template(name).origin.name == str(path)
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", text)
    for target in re.findall(r"""\{%\s*url\s+['"]([^'"]+)['"]""", text):
        assert _leads_somewhere(target), f"{name}: {target}"


def _leads_somewhere(view: str) -> bool:
    *namespaces, name = view.split(":")
    resolver = get_resolver()
    for namespace in namespaces:
        if namespace not in resolver.namespace_dict:
            return False
        resolver = resolver.namespace_dict[namespace][1]
    return name in resolver.reverse_dict


def test_templates_are_found():
    assert len(TEMPLATES) > 30
