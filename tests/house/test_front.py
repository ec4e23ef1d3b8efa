"""The front end: locked without addresses, built to run without any network."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
DIST = ROOT / "src" / "minzheng" / "web" / "static" / "dist"


def test_the_lock_names_hashes_and_no_registry():
    lock = json.loads((ROOT / "front" / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert packages
    assert not [name for name, entry in packages.items() if "resolved" in entry]
    assert not [name for name, entry in packages.items() if not entry.get("integrity")]


def test_what_was_built_fetches_nothing_from_elsewhere():
    style = (DIST / "app.css").read_text(encoding="utf-8")
    addresses = re.findall(r"url\(\s*['\"]?([a-z]*:?)", style)
    assert set(addresses) == {"data:"}
    assert "@import" not in style and "@font-face" not in style


def test_templates_load_only_their_own_files():
    templates = list((ROOT / "src" / "minzheng").rglob("templates/**/*.html"))
    assert templates
    for path in templates:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"(?:src|href)=[\"'](?:https?:)?//", text), path
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", text), path
