"""What is held against the rules (读数): the quantities of this moment, each of one subject."""

import datetime
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from minzheng.foundation.members.models import Member
from minzheng.foundation.members.services import own_code
from minzheng.sharing.between import sending, tls
from minzheng.sharing.between.models import Road
from minzheng.sharing.between.routing import peers
from minzheng.sharing.watching.models import Sample, Stream
from minzheng.sharing.watching.terms import Way

EVER = datetime.timedelta(minutes=3)  # a sample older than this says nothing of now


@dataclass(frozen=True, slots=True)
class Reading:
    """One quantity of one subject (读数): ``rule`` by its key, ``subject`` what makes it the same tomorrow."""

    rule: str
    subject: str
    title: str
    division_code: str
    value: float


def readings(*, at: datetime.datetime) -> list[Reading]:
    """All of them (全部读数)."""
    return [*_streams(at), *_roads(at), *_certificates(at), *_machine()]


def _streams(at: datetime.datetime) -> Iterator[Reading]:
    whole = Stream.objects.filter(way=Way.NODE, data_set="")
    for one in whole:
        said = f"{one.get_direction_display()} {one.peer_name}"
        place = one.division_code
        yield Reading("lag", f"node-{one.direction}-{one.peer_code}", said, place, one.lag_s)
        yield Reading("backlog", f"node-{one.direction}-{one.peer_code}", said, place, one.backlog)
        yield Reading("stopped", f"node-{one.direction}-{one.peer_code}", said, place, float(one.stopped))
    for one in Stream.objects.filter(way=Way.INTAKE):
        yield Reading(
            "stopped",
            f"intake-{one.peer_code}",
            f"来源 {one.peer_name}",
            one.division_code,
            float(one.stopped),
        )
    yield from _refusals(at)


def _refusals(at: datetime.datetime) -> Iterator[Reading]:
    """Of every system, over the last minutes: one that is idle reads 0, so that what was raised can end in its time."""
    lately = Sample.objects.filter(minutes=1, at__gte=at - EVER, at__lte=at, stream__way=Way.INTERFACE)
    refused: Counter[tuple[str, str]] = Counter()
    for code, place, number in lately.values_list("stream__peer_code", "stream__division_code", "refused"):
        refused[code, place] += number
    systems = Stream.objects.filter(way=Way.INTERFACE).order_by()
    for code, name, place in systems.values_list("peer_code", "peer_name", "division_code").distinct():
        rate = refused[code, place] * 60 / EVER.total_seconds()
        yield Reading("refusals", f"interface-{code}-{place}", f"系统 {name}", place, rate)


def _roads(at: datetime.datetime) -> Iterator[Reading]:
    around = peers()
    places = {one.code: one.division_code for one in around.below}
    members = {one.code: one for one in (*around.below, *([around.above] if around.above else []))}
    for road in Road.objects.filter(peer_code__in=list(members)):
        member, place = members[road.peer_code], places.get(road.peer_code, own_code())
        if road.reached_at is not None:
            silent = max(0.0, (at - road.reached_at).total_seconds())
            yield Reading("silence", f"road-{member.code}", str(member), place, silent)
        if road.clock_ahead_ms is not None:
            apart = abs(road.clock_ahead_ms) / 1000
            yield Reading("clock", f"road-{member.code}", str(member), place, apart)


def _certificates(at: datetime.datetime) -> Iterator[Reading]:
    around = peers()
    near = (
        {one.code for one in around.below} | {own_code()} | ({around.above.code} if around.above else set())
    )
    for member in Member.objects.filter(revoked_at=None, kind=Member.NODE, code__in=near):
        place = member.division_code if member in around.below else own_code()
        for what, end in (("登记", member.valid_to), ("TLS 证书", tls.ends_on(member.certificate))):
            if end is not None:
                left = (end - at) / datetime.timedelta(days=1)
                subject = f"{'registration' if what == '登记' else 'tls'}-{member.code}"
                yield Reading("certificate", subject, f"{member} 的{what}", place, left)


def _machine() -> Iterator[Reading]:
    disk = shutil.disk_usage(settings.HOME)
    yield Reading("disk", "home", "数据目录所在磁盘", own_code(), 100 * disk.free / disk.total)
    size = sum(_sizes(sending.folder()))
    yield Reading("store", "between", "批体存放目录", own_code(), size / 2**20)


def _sizes(folder: Path) -> Iterator[int]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_file(follow_symlinks=False):
                yield entry.stat(follow_symlinks=False).st_size
