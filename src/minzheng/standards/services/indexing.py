"""What of a pack can be searched for, with its pinyin (检索条目)."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from pypinyin import Style, lazy_pinyin

from minzheng.standards.packs import Pack


@dataclass(frozen=True, slots=True)
class Entries:
    """Entries as rows: kind, key, title, detail, pinyin, initials (检索条目集)."""

    found: list[tuple[str, str, str, str]]
    columns = ("kind", "key", "title", "detail", "pinyin", "initials")

    def rows(self, pack_id: str) -> Iterator[tuple[str, int, str, str, str, str, str, str]]:
        """For COPY (写入行)."""
        for place, (kind, key, title, detail) in enumerate(self.found):
            syllables = read_aloud(title)
            initials = "".join(syllable[0] for syllable in syllables if syllable)
            yield pack_id, place, kind, key, title, detail, "".join(syllables)[:1000], initials[:300]


@cache
def _syllables(title: str) -> tuple[str, ...]:
    return tuple(lazy_pinyin(title, style=Style.NORMAL, errors="ignore"))


def read_aloud(title: str) -> tuple[str, ...]:
    """The toneless syllables of a title; what is not Chinese is left out (拼音)."""
    return _syllables(title)


def search_entries(pack: Pack) -> Entries:
    """What of a pack can be found, one entry for each name a thing has (检索条目)."""
    found: dict[tuple[str, str, str], str] = {}
    names = {row["table_id"]: row["name"] for row in pack.rows["code_tables"]}
    for row in pack.rows["code_tables"]:
        found.setdefault(("code_table", row["table_id"], row["name"]), row["standard_no"])
    for row in pack.rows["codes"]:
        detail = names.get(row["table_id"], row["table_id"])
        found.setdefault(("code", f"{row['table_id']}:{row['code']}", row["name"]), detail)
    for kind, one in (("elements", "element"), ("data_sets", "data_set")):
        for row in pack.rows[kind]:
            if row["name"]:
                found.setdefault((one, row["key"], row["name"]), row["id"] if one == "element" else "")
    for row in pack.rows["parameters"]:
        found.setdefault(("parameter", row["key"], row["name"]), row["legal_basis"])
    for row in pack.rows["time_limits"]:
        found.setdefault(("time_limit", row["step"], row["step"]), row["legal_basis"])
    for row in pack.rows["vocabulary"]:
        found.setdefault(("term", row["old_term"], row["old_term"]), f"现称{row['new_term']}")
    found |= _division_entries(pack)
    return Entries([(kind, key, title[:300], detail[:300]) for (kind, key, title), detail in found.items()])


def _division_entries(pack: Pack) -> dict[tuple[str, str, str], str]:
    names = {row["code"]: row["name"] for row in pack.rows["divisions"]}
    above = {row["code"]: row["parent_code"] for row in pack.rows["divisions"]}
    found = {}
    for row in pack.rows["divisions"]:
        path: list[str] = []
        code = row["parent_code"]
        while code in names and len(path) < 6:
            path.insert(0, names[code])
            code = above[code]
        found["division", row["code"], row["name"]] = "".join(path)
    return found
