"""The demo's other two levels (演示的市、县节点): nodes of their own beside the province's, joined as an operator joins them.

Each is a process with its own home, database, keys, address and login. It writes its card and waits for the members' list,
which the province hands it once all cards are entered.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import psycopg
from django.conf import settings

from minzheng.cli.boot import boot, publish_newer_standards
from minzheng.cli.serving import Child, Children, free_port, serve

NAMES = {"330000": "浙江省民政厅", "330100": "杭州市民政局", "330106": "西湖区民政局"}
CARD, MEMBERS = "card.json", "members.json"
WAIT_S = 240.0


@dataclass(frozen=True, slots=True)
class Level:
    """A node below the province's (下级节点)."""

    code: str
    name: str
    upper: str
    port: int
    door: int

    @property
    def home(self) -> Path:
        """Where its state lies: within the province's home, so that one folder is the whole demo."""
        return Path(settings.HOME) / "nodes" / self.code


class Levels:
    """City and county, with the roads between (三级节点)."""

    def __init__(self, host: str, first_port: int, door: int) -> None:
        self._host, self._door = host, door
        ports = iter(range(first_port + 1, first_port + 200, 10))
        self.nodes = [
            Level(code, NAMES[code], upper, free_port(host, next(ports)), free_port(host, next(ports)))
            for code, upper in (("330100", "330000"), ("330106", "330100"))
        ]

    def children(self) -> list[Child]:
        """Their processes; what an earlier demo handed them is taken away first, for addresses change."""
        for node in self.nodes:
            node.home.mkdir(parents=True, exist_ok=True, mode=0o700)
            for name in (CARD, MEMBERS):
                (node.home / name).unlink(missing_ok=True)
        return [
            Child(
                node.name,
                ["node", self._host, str(node.port), str(node.door), node.upper],
                environment=_environment(node),
            )
            for node in self.nodes
        ]

    def join(self, children: Children) -> None:
        """Enter the province and both nodes in the members' list and hand it to them (登记成员)."""
        from django.utils import timezone

        from minzheng.sharing.between import configuration

        cards = [
            configuration.card(
                name=NAMES["330000"], address=f"https://{self._host}:{self._door}", upper_code=""
            )
        ]
        cards += [self._card(node, children) for node in self.nodes]
        for card in cards:
            if not configuration.is_known(card):
                configuration.enrol(card, by="demo", at=timezone.now())
        found = configuration.current()
        if found is None:
            raise click.ClickException("成员名录没有发布")
        text = json.dumps(
            {"document": found.document, "signature": found.signature, "root_key": configuration.root_key()}
        )
        for node in self.nodes:
            _write(node.home / MEMBERS, text)

    def _card(self, node: Level, children: Children) -> dict[str, Any]:
        return _read_when_there(node.home / CARD, children.check)

    def tell(self) -> None:
        """Print what has arrived below, then enter a person at the county and see it arrive above (演示上下交换)."""
        county = self.nodes[-1]
        for node in self.nodes:
            click.echo(
                f"{node.name}节点  http://{self._host}:{node.port}/  登录见 {node.home / 'demo-logins.txt'}"
            )
        started = time.monotonic()
        expected = _count(_own_url(), county.code)
        while (
            arrived := _count(_url(county), county.code)
        ) < expected and time.monotonic() - started < WAIT_S:
            time.sleep(0.5)
        click.echo(f"省 → 市 → 县: 属于{county.name}的 {arrived:,} 人已到达 (省级 {expected:,} 人)")
        click.echo(self._upward(county))

    def _upward(self, county: Level) -> str:
        """Enter someone at the county; what became of it, timed from the county's commit to the province's."""
        where = f"县 → 市 → 省: 在{county.name}节点登记的一人"
        with _line(_own_url()) as above, _line(_url(county)) as below:
            if _has(above):
                return f"{where}, 先前已到达省级节点"
            with subprocess.Popen(
                self._entering(county), env=_environment(county), stdout=subprocess.DEVNULL
            ) as entering:
                committed = _when(lambda: _has(below) or entering.poll() is not None)
                arrived = None if entering.poll() else _when(lambda: _has(above))
        if entering.returncode:
            return f"{where}, 没有入库"
        if committed is None or arrived is None:
            return f"{where}, 在 {WAIT_S:.0f} 秒内没有到达省级节点, 请看“交换监控”页面"
        return f"{where}, 入库后 {max(arrived - committed, 0.0):.1f} 秒到达省级节点"

    def _entering(self, county: Level) -> list[str]:
        path = county.home / "demo-entry.csv"
        path.write_text(ENTRY, encoding="utf-8")
        return [
            sys.executable,
            "-c",
            "from minzheng.cli import main; main()",
            "bring-in",
            "persons",
            str(path),
        ]


# Someone of no one's number: address code 330199 was never assigned.
ENTRY = "姓名,公民身份号码,性别,出生日期,户籍区划\n余上行,330199199003079944,女,1990-03-07,330106\n"
NAME = "余上行"


def stand(host: str, port: int, door: int, upper: str) -> None:
    """The process of one of them: set up, give its card, wait for the list, then serve like any node (下级节点进程)."""
    boot()
    publish_newer_standards()
    from django.utils import timezone

    from minzheng.cli.demo.accounts import PARTS, make_logins
    from minzheng.sharing.between import configuration

    home = Path(settings.HOME)
    make_logins([part for part in PARTS if part.division_code == settings.NODE_DIVISION_CODE])
    name = NAMES.get(settings.NODE_DIVISION_CODE, settings.NODE_DIVISION_CODE)
    card = configuration.card(name=name, address=f"https://{host}:{door}", upper_code=upper)
    _write(home / CARD, json.dumps(card, ensure_ascii=False))
    given = _read_when_there(home / MEMBERS)
    configuration.trust(given["root_key"])
    configuration.take(given["document"], given["signature"], at=timezone.now())
    serve(host, port, 4, (host, door))


def _environment(node: Level) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DATABASE_URL", "MINZHENG_MASTER_KEY")
    }
    return kept | {"MINZHENG_HOME": str(node.home), "MINZHENG_DIVISION": node.code}


def _read_when_there(path: Path, meanwhile: Callable[[], None] = lambda: None) -> dict[str, Any]:
    started = time.monotonic()
    while not path.exists():
        if time.monotonic() - started > WAIT_S:
            raise click.ClickException(f"等不到 {path.name}")
        meanwhile()
        time.sleep(0.2)
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _write(path: Path, text: str) -> None:
    half = path.with_suffix(".part")
    half.write_text(text, encoding="utf-8")
    half.replace(path)


def _url(node: Level) -> str:
    from minzheng.foundation.database import embedded

    return embedded.start(node.home)


def _own_url() -> str:
    from django.db import connections

    from minzheng.foundation.database.url import libpq_uri

    return libpq_uri(connections["default"].settings_dict)


def _count(url: str, code: str) -> int:
    query = "SELECT count(*) FROM registry_person WHERE superseded_by IS NULL AND hukou_division_code LIKE %s"
    with psycopg.connect(url) as line:
        ((count,),) = line.execute(query, [f"{code}%"]).fetchall()
    return int(count)


def _line(url: str) -> psycopg.Connection[Any]:
    return psycopg.connect(url, autocommit=True)


def _has(line: psycopg.Connection[Any]) -> bool:
    return bool(line.execute("SELECT 1 FROM registry_person WHERE name = %s LIMIT 1", [NAME]).fetchall())


def _when(true: Callable[[], bool]) -> float | None:
    """The moment at which something has become true; None where it does not in time."""
    started = time.monotonic()
    while time.monotonic() - started < WAIT_S:
        if true():
            return time.monotonic()
        time.sleep(0.02)
    return None
