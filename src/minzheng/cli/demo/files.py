"""The sample's files handed in and followed (交来文件): received like an upload, run by the worker."""

import sys
import time
from dataclasses import dataclass
from pathlib import Path

import click
from cryptography.hazmat.primitives.hashes import SM3, Hash
from django.utils import timezone

from minzheng.exchange import jobs, services
from minzheng.exchange.declare import feeds
from minzheng.exchange.models import Batch

BAR = 24


@dataclass(frozen=True, slots=True)
class Handed:
    """A file and the feed it belongs to (文件)."""

    feed: str
    path: Path


class Delivery:
    """All files of a sample folder: each handed in once, then watched until it is over (交接)."""

    def __init__(self, folder: Path) -> None:
        self._files = [Handed(key, path) for key in feeds() for path in sorted((folder / key).glob("*"))]
        self._batches: dict[str, str] = {}
        self._told: set[str] = set()
        self._began = time.monotonic()
        self._live = sys.stderr.isatty()

    def hand_in(self) -> None:
        """Queue what has not come before; a file that came and is not over is gone on with by the worker."""
        before = 0
        for file in self._files:
            found = _came_before(file)
            if found is None:
                found = _receive(file)
                jobs.run_later(found)
            elif found.over:
                before += 1
                continue
            self._batches[str(found.id)] = file.path.name
        if before:
            click.echo(f"      {before} 个文件以前已接收, 不再重复")

    def under_way(self) -> bool:
        """Whether anything is still to be done; shows how far it is. Raises if the worker gave a batch up."""
        done = {str(b.id): b for b in Batch.objects.filter(pk__in=self._batches) if b.over}
        for key, batch in done.items():
            if key not in self._told:
                self._told.add(key)
                self._tell(batch)
        self._show(len(done))
        if len(done) == len(self._batches):
            return False
        self._complain(done)
        return True

    def close(self) -> None:
        """Say what it came to (小结)."""
        self._wipe()
        if self._batches:
            reports = [services.report(b) for b in Batch.objects.filter(pk__in=self._batches)]
            rows = sum(int(str(report["read"])) for report in reports)
            seconds = time.monotonic() - self._began
            click.echo(f"      {len(reports)} 个文件, {rows:,} 行, 用时 {seconds:.0f} 秒")

    def _tell(self, batch: Batch) -> None:
        report = services.report(batch)
        what = f"      {self._batches[str(batch.id)]}: "
        if batch.stage == Batch.Stage.FINISHED:
            what += f"读取 {report['read']:,} 接收 {report['accepted']:,} 隔离 {report['quarantined']:,}"
        else:
            what += f"退回, {batch.problem}"
        self._wipe()
        click.echo(what)

    def _show(self, done: int) -> None:
        if self._live and self._batches:
            filled = BAR * done // len(self._batches)
            bar = "█" * filled + "·" * (BAR - filled)
            click.echo(f"\r      [{bar}] {done}/{len(self._batches)} ", nl=False, err=True)

    def _wipe(self) -> None:
        if self._live:
            click.echo("\r" + " " * (BAR + 24) + "\r", nl=False, err=True)

    def _complain(self, done: dict[str, Batch]) -> None:
        for key, name in self._batches.items():
            if key not in done and jobs.is_given_up(key):
                raise click.ClickException(f"“{name}”没有处理完, 原因见上面的输出 (批次 {key})")


def _came_before(file: Handed) -> Batch | None:
    came = Batch.objects.filter(feed=file.feed, file_name=file.path.name, file_sm3=_sm3(file.path))
    return came.exclude(stage=Batch.Stage.CANCELLED).order_by("received_at").first()


def _receive(file: Handed) -> Batch:
    with file.path.open("rb") as content:
        return services.receive(
            file.feed, content, name=file.path.name, source=None, by=None, at=timezone.now()
        )


def _sm3(path: Path) -> str:
    digest = Hash(SM3())
    digest.update(path.read_bytes())
    return digest.finalize().hex()
