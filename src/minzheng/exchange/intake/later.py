"""Times as another system writes them (对方的时间写法): which of two is later, and one a while before, in the same writing."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from django.utils import timezone

WRITINGS = (
    (re.compile(r"\d{14}"), "%Y%m%d%H%M%S"),
    (re.compile(r"\d{8}"), "%Y%m%d"),
    (re.compile(r"\d{4}-\d\d-\d\d"), "%Y-%m-%d"),
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"), "%Y-%m-%d %H:%M:%S"),
    (re.compile(r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d"), "%Y/%m/%d %H:%M:%S"),
)
MILLISECONDS, SECONDS = re.compile(r"\d{13}"), re.compile(r"\d{10}")
USUAL = "2000-01-01 00:00:00"


def read(text: str) -> datetime | None:
    """A time in one of the usual writings, without a zone the node's own; None for any other (读取)."""
    said = text.strip()
    if MILLISECONDS.fullmatch(said):
        return datetime.fromtimestamp(int(said) / 1000, UTC)
    if SECONDS.fullmatch(said):
        return datetime.fromtimestamp(int(said), UTC)
    try:
        for shape, writing in WRITINGS:
            if shape.fullmatch(said):
                return timezone.make_aware(datetime.strptime(said, writing))  # noqa: DTZ007 - made aware here
        found = datetime.fromisoformat(said)
    except ValueError:
        return None
    return found if found.tzinfo else timezone.make_aware(found)


def write(at: datetime, like: str) -> str:
    """A time as the example is written (按样写出)."""
    said = like.strip()
    if MILLISECONDS.fullmatch(said):
        return str(int(at.timestamp() * 1000))
    if SECONDS.fullmatch(said):
        return str(int(at.timestamp()))
    local = timezone.localtime(at)
    for shape, writing in WRITINGS:
        if shape.fullmatch(said):
            return local.strftime(writing)
    zoned = at.astimezone(UTC) if said.endswith("Z") else local
    text = zoned.isoformat(sep="T" if "T" in said else " ", timespec="auto" if "." in said else "seconds")
    if said.endswith("Z"):
        return text.replace("+00:00", "Z")
    has_zone = bool(re.search(r"[+-]\d\d:?\d\d$", said))
    return text if has_zone else re.sub(r"[+-]\d\d:\d\d$", "", text)


def earlier(text: str, minutes: int) -> str:
    """So many minutes before; what is no time stays as it is (回看)."""
    at = read(text)
    return write(at - timedelta(minutes=minutes), text) if at is not None else text


def latest(one: str, other: str, *, not_after: datetime) -> str:
    """The later of two; one in the future must not hide what follows, and counts for nothing (取较晚)."""
    at = read(other)
    if not other or (at is not None and at > not_after):
        return one
    before = read(one)
    if not one or (at is not None and before is not None and at > before):
        return other
    return one if at is not None and before is not None else max(one, other)


def clock(date_header: str) -> datetime:
    """The other side's clock, from its Date header; ours where it says none (对方时钟)."""
    try:
        found = parsedate_to_datetime(date_header)
    except (TypeError, ValueError):
        return timezone.now()
    return found if found.tzinfo else found.replace(tzinfo=UTC)
