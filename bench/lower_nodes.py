"""A hundred lower nodes pulling from one at once (百个下级节点同时拉取): how long any waits, and what a change costs.

The upper node is real: its processes, its door, its database. The lower ones are simulated so that the door cannot tell: each
has its own keys and certificate, is enrolled, holds its question open, checks signature and root of what comes, and acknowledges;
only its register is missing.
"""

import asyncio
import json
import os
import random
import statistics
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from bench.between import Node, free_port, up
from bench.node import bring_in, inside, sample
from bench.pulling import Lower, pulling
from bench.reporting import Figure, tell

SEED, PROVINCE, NODES, FEW = 53, "330000", 100, 10
SINGLE, PACE_S, LONGEST_S = 300, 0.1, 5.0  # single changes, the time between two, what none may wait
BURST = 1_000  # changes of one burst


def run(rows: int) -> None:
    """``rows`` of the large runs; a fiftieth of them are the persons here."""
    with tempfile.TemporaryDirectory(prefix="minzheng-bench-") as place:
        folder = Path(place)
        folder.chmod(0o755)
        province = Node(PROVINCE, "", folder / PROVINCE, free_port(), free_port())
        lower = _joined(province, folder, max(rows // 50, 2_000))
        with up(province):
            asyncio.run(_Measuring(province, lower).all())


def _joined(province: Node, folder: Path, persons: int) -> list[Lower]:
    """The lower nodes, enrolled; a hundred, the counties first. What is brought in afterwards waits for them."""
    province.home.mkdir(mode=0o755)
    os.environ["MINZHENG_DIVISION"] = PROVINCE
    province.run("setup")
    keys = folder / "keys"
    keys.mkdir()
    inside(province.home, "bench.lower_nodes", str(keys), f"https://127.0.0.1:{province.door}")
    bring_in(province.home, "persons", sample(folder / "sample", persons, SEED) / "persons.csv")
    with province.connect() as line:
        found = {
            path.stem: [
                row[0]
                for row in line.execute(
                    "SELECT id FROM registry_person WHERE hukou_division_code LIKE %s AND superseded_by IS NULL",
                    [path.stem.removesuffix("00") + "%"],
                )
            ]
            for path in sorted(keys.glob("*.pem"))
        }
        ((key,),) = line.execute(
            "SELECT sign_key FROM foundation_member WHERE code = %s", [PROVINCE]
        ).fetchall()
    return [Lower.read(keys, code, subjects, bytes.fromhex(key)) for code, subjects in found.items()]


@dataclass
class _Measuring:
    province: Node
    lower: list[Lower]
    line: Any = None
    drawn: random.Random = field(default_factory=lambda: random.Random(SEED))

    async def all(self) -> None:
        """Few nodes first, then all of them, with the same burst."""
        counties = [one for one in self.lower if not one.code.endswith("00") and len(one.subjects) >= 2]
        few = sorted(counties, key=lambda one: -len(one.subjects))[:FEW]
        with self.province.connect() as self.line:
            async with AsyncExitStack() as stack:
                for one in few:
                    await stack.enter_async_context(pulling(one, self.province.door))
                await self._settled(few)
                alone = await self._burst(few, BURST)
                herd = time.monotonic()
                for one in self.lower:
                    if one not in few:
                        await stack.enter_async_context(pulling(one, self.province.door))
                await self._settled(self.lower)
                print(
                    f"  {len(self.lower)} nodes at once fetch all that is theirs: {time.monotonic() - herd:.1f} s"
                )
                beside = await self._burst(few, BURST)
                twice = await self._burst(few, 2 * BURST)
                waits = await self._one_by_one(counties)
        self._told(alone, beside, twice, waits)

    def _told(self, alone: float, beside: float, twice: float, waits: list[float]) -> None:
        at = f"{len(self.lower)} nodes pulling"
        tell(Figure("a change's wait, the longest", f"{at}, {len(waits)} changes, {1 / PACE_S:.0f} a second", max(waits), "s",
                    "", None, "≤ 5 s", max(waits) <= LONGEST_S))  # fmt: skip
        print(
            f"  p50 {statistics.median(waits) * 1000:.0f} ms, p99 {sorted(waits)[int(len(waits) * 0.99)] * 1000:.0f} ms"
        )
        tell(Figure(f"processor of {BURST:,} changes for {FEW} nodes", f"with {len(self.lower) - FEW} more nodes waiting", beside,
                    "s", f"with those {FEW} alone", alone, "≤ 1.5×", beside <= 1.5 * alone))  # fmt: skip
        tell(Figure(f"processor of {2 * BURST:,} changes", at, twice, "s", f"of {BURST:,}", beside, "≤ 2.5×",
                    twice <= 2.5 * beside))  # fmt: skip

    async def _burst(self, nodes: list[Lower], changes: int) -> float:
        """Seconds of the upper node's processor from the commit of changes to these nodes until all have theirs."""
        await asyncio.sleep(2)
        before = self._processor()
        chosen = {one.code: self._drawn(one, changes // len(nodes)) for one in nodes}
        with self.line.transaction():
            for code, subjects in chosen.items():
                self._changed(code, subjects)
        started = time.monotonic()
        for one in nodes:
            await one.has(chosen[one.code], since=started)
        print(
            f"  {changes:,} changes to {len(nodes)} nodes: {time.monotonic() - started:.2f} s until the last has them"
        )
        await asyncio.sleep(1)
        return self._processor() - before

    def _drawn(self, one: Lower, many: int) -> list[Any]:
        return self.drawn.sample(one.subjects, min(many, len(one.subjects)))

    async def _one_by_one(self, counties: list[Lower]) -> list[float]:
        """How long each of single changes takes, spread over all counties, whoever else is just being served."""
        sent = []
        for _ in range(SINGLE):
            one = self.drawn.choice(counties)
            subject = self.drawn.choice(one.subjects)
            with self.line.transaction():
                self._changed(one.code, [subject])
            sent.append((one, subject, time.monotonic()))
            await asyncio.sleep(PACE_S)
        for one, subject, at in sent:
            await one.has([subject], since=at)
        return [one.first(subject, since=at) - at for one, subject, at in sent]

    async def _settled(self, nodes: list[Lower]) -> None:
        """Until nothing is waiting for these."""
        codes = [one.code for one in nodes]
        query = "SELECT count(*) FROM between_dispatch WHERE peer_code = ANY(%s)"
        unrouted = "SELECT count(*) FROM foundation_outboxentry WHERE NOT routed"
        while self.line.execute(unrouted).fetchone()[0] or self.line.execute(query, [codes]).fetchone()[0]:
            await asyncio.sleep(0.1)

    def _changed(self, code: str, subjects: list[Any]) -> None:
        self.line.execute(
            "INSERT INTO foundation_outboxentry (at, data_set, division_code, operation, subject_ids) "
            "VALUES (now(), 'persons', %s, 'updated', %s::uuid[])",
            [code, subjects],
        )

    def _processor(self) -> float:
        """Seconds of processor that the node's processes and its database's have taken."""
        server = int((self.province.home / "postgres" / "postmaster.pid").read_text().split()[0])
        found = [psutil.Process(server), *psutil.Process(server).children(recursive=True)]
        for one in psutil.Process().children(recursive=True):
            if one not in found:
                found.append(one)
        spent = 0.0
        for one in found:
            try:
                times = one.cpu_times()
            except psutil.NoSuchProcess:
                continue
            spent += times.user + times.system
        return spent


def enrol(keys: Path, address: str) -> None:
    """Inside the node: itself, every county and as many cities as make a hundred; their keys into files."""
    from minzheng.cli.boot import boot

    boot()
    from django.utils import timezone

    from minzheng.sharing.between import configuration
    from minzheng.standards.queries import division_tree

    now = timezone.now()
    configuration.enrol(configuration.card(name="省", address=address, upper_code=""), by="压测", at=now)
    today = timezone.localdate()
    tree = division_tree()
    cities = [one.code for one in tree.children(PROVINCE, on=today)]
    counties = [one.code for city in cities for one in tree.children(city, on=today)]
    for code in [*counties, *cities][:NODES]:
        configuration.enrol(Lower.made(keys, code, PROVINCE), by="压测", at=now)


if __name__ == "__main__":
    enrol(Path(sys.argv[1]), sys.argv[2])
    print(json.dumps(True))
