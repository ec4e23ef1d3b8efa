"""Two nodes of processes, each with its own database, keys and master key; between them nothing but files."""

import datetime
import secrets
from dataclasses import dataclass
from pathlib import Path

from tests.exchange.numbers import csv_text, number
from tests.node import Apart, make_apart
from tests.stewardship.signals.files import HEADINGS, who

from minzheng.foundation.crypto import sm2

__all__ = ["make_apart"]
COUPLES = [
    ("结婚", "J330106-2020-000001", "330106", "2020-05-20", *who(1), *who(2)),
    ("结婚", "J330203-2020-000002", "330203", "2020-05-20", *who(3), *who(4)),
]


@dataclass
class Station(Apart):
    """A node of a division."""

    division: str = ""

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | {"MINZHENG_DIVISION": self.division}

    def people(self) -> list[tuple[str, ...]]:
        with self.connect() as database:
            return database.execute("SELECT name FROM registry_person ORDER BY 1").fetchall()


def introduce(stations: list[Station]) -> None:
    """Keys for each, and every one known to all."""
    day = datetime.timedelta(days=1)
    now = datetime.datetime.now(datetime.UTC)
    rows = []
    for one in stations:
        (one.home / "keys").mkdir(exist_ok=True)
        pairs = {purpose: sm2.new_pair() for purpose in (sm2.SIGN, sm2.SEAL)}
        for purpose, pair in pairs.items():
            (one.home / "keys" / f"{purpose}.sm2").write_text(f"{pair.public.hex()} {pair.private.hex()}")
        keys = (pairs[sm2.SIGN].public.hex(), pairs[sm2.SEAL].public.hex())
        rows.append(
            (
                one.division,
                f"节点{one.division}",
                "node",
                one.division,
                "",
                "[]",
                "",
                *keys,
                "",
                "[]",
                now - day,
                now + day,
            )
        )
    for one in stations:
        with one.connect() as database:
            for row in rows:
                database.execute(
                    "INSERT INTO foundation_member (code, name, kind, division_code, upper_code, hosted, address, sign_key,"
                    " seal_key, certificate, former_keys, valid_from, valid_to)"
                    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
                    row,
                )


def test_a_disk_goes_to_the_county_and_comes_back(make_apart, tmp_path: Path) -> None:
    province, county = (
        Station(one.home, one.url, secrets.token_hex(32), division)
        for one, division in ((make_apart(), "330000"), (make_apart(), "330106"))
    )
    introduce([province, county])
    disk = tmp_path / "disk"
    disk.mkdir()
    (tmp_path / "m.csv").write_text(csv_text(HEADINGS["marriages"], *COUPLES))
    province.json("bring-in", "marriages", tmp_path / "m.csv")

    made = province.json(
        "parcel", "make", "marriages", "--to", "330106", "--purpose", "核对婚姻", "--out", disk
    )
    content = Path(made["out"]).read_bytes()
    assert number(1).encode() not in content and who(1)[0].encode() not in content
    taken = county.json("parcel", "open", made["out"])
    assert (taken["state"], taken["accepted"], taken["created"], taken["again"]) == ("taken", 1, 1, False)
    assert county.people() == [(who(1)[0],), (who(2)[0],)], "only the county's couple"
    answer = county.json("parcel", "receipt", made["out"], "--out", disk)
    assert answer["again"] is True
    assert province.json("parcel", "open", answer["out"])["state"] == "answered"
    (sent,) = province.json("parcel", "list", "--sent")
    assert (sent["state"], sent["created"], sent["overdue"]) == ("answered", 1, False)
