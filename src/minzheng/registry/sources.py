"""The sources of the register, as a process last saw them (来源簿).

There are some dozens, every page names a few, and they change when a feed is first received or a release ranks it anew:
they are asked of the database once in ``STANDARDS_FRESH_S`` seconds, and whenever one is not known yet.
"""

import time
from collections.abc import Set

from django.conf import settings

from minzheng.registry.models import Source


class _Seen:
    sources: dict[int, Source] = {}
    at = float("-inf")


def sources_of(ids: Set[int]) -> dict[int, Source]:
    """The sources of these numbers, by number (来源)."""
    if not ids <= _Seen.sources.keys() or time.monotonic() - _Seen.at >= settings.STANDARDS_FRESH_S:
        _Seen.sources, _Seen.at = Source.objects.in_bulk(), time.monotonic()
    return {number: _Seen.sources[number] for number in ids}


def forget_sources() -> None:
    """Ask anew at the next question: a source was ranked anew in this process (忘记已见来源)."""
    _Seen.at = float("-inf")
