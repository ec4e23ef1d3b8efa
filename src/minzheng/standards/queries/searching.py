"""Finding a standard by Chinese, code or pinyin (标准检索)."""

from dataclasses import dataclass

from django.db import connection

from minzheng.kernel.text import half_width, squeeze
from minzheng.standards.terms import SEARCH_KINDS

_SQL = """
SELECT kind, key, title, detail FROM (
    SELECT DISTINCT ON (kind, key, title) kind, key, title, detail, position,
        CASE WHEN key = %(text)s OR title = %(text)s OR split_part(key, ':', 2) = %(text)s THEN 0
             WHEN title LIKE %(prefix)s OR pinyin = %(latin)s OR initials = %(latin)s THEN 1
             WHEN kind <> 'code' AND key ILIKE %(prefix)s OR split_part(key, ':', 2) LIKE %(prefix)s THEN 2
             WHEN pinyin LIKE %(latin_prefix)s OR initials LIKE %(latin_prefix)s THEN 3
             ELSE 4 END AS rank
    FROM standards_searchentry
    WHERE (%(kind)s::text IS NULL OR kind = %(kind)s)
      AND (title ILIKE %(within)s OR key ILIKE %(prefix)s OR split_part(key, ':', 2) LIKE %(prefix)s
           OR detail ILIKE %(prefix)s OR detail || title LIKE %(within)s
           OR (%(latin)s <> '' AND (pinyin LIKE %(latin_prefix)s OR initials LIKE %(latin_prefix)s
               OR length(%(latin)s) >= 4 AND (pinyin LIKE %(latin_within)s OR initials LIKE
               %(latin_within)s))))
) found
ORDER BY rank, length(title), length(key), kind, key
LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One thing found (检索结果). ``key`` names it within its kind; a code's is ``table:code``."""

    kind: str
    kind_label: str
    key: str
    title: str
    detail: str


def search(text: str, kind: str | None = None, *, limit: int = 50) -> list[SearchHit]:
    """Standards whose name, code, pinyin or initials fit, best first (检索). An empty text finds nothing."""
    wanted = squeeze(half_width(text))
    if not wanted:
        return []
    escaped = wanted.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    latin = wanted.lower().replace("'", "") if wanted.isascii() and wanted.replace("'", "").isalpha() else ""
    values = {
        "text": wanted,
        "prefix": f"{escaped}%",
        "within": f"%{escaped}%",
        "latin": latin,
        "latin_prefix": f"{latin}%",
        "latin_within": f"%{latin}%",
        "kind": kind,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SQL, values)
        return [SearchHit(row[0], SEARCH_KINDS[row[0]], *row[1:]) for row in cursor.fetchall()]
