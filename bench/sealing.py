"""Inside a process of its own: one step of a parcel of N invented rows, its seconds and the most memory it took.

``python -m bench.sealing make|zip|open ROWS FOLDER``: make a parcel, zip the same rows without sealing (the baseline),
verify and unpack the parcel. No database: what a parcel itself costs.
"""

import datetime
import json
import os
import resource
import sys
import time
import uuid
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pyarrow as pa

PIECE = 20_000
HEADINGS = [
    "登记类型",
    "登记证字号",
    "登记机关区划",
    "登记日期",
    "男方姓名",
    "男方公民身份号码",
    "女方姓名",
    "女方公民身份号码",
]


def pieces(rows: int) -> Iterator[pa.RecordBatch]:
    """Rows as the register gives them out, piece by piece."""
    for first in range(0, rows, PIECE):
        numbers = range(first, min(rows, first + PIECE))
        cells = (
            ["11" for _ in numbers], [f"J330106-2020-{n:07d}" for n in numbers], ["330106" for _ in numbers],
            ["2020-05-20" for _ in numbers], [f"王{chr(0x4E00 + n % 9000)}" for n in numbers],
            [f"3301991990{n * 7919 % 10**8:08d}" for n in numbers], [f"李{chr(0x4E00 + n % 8999)}" for n in numbers],
            [f"3301991991{n * 6733 % 10**8:08d}" for n in numbers],
        )  # fmt: skip
        yield pa.RecordBatch.from_arrays([pa.array(c, pa.string()) for c in cells], names=HEADINGS)


def main(step: str, rows: int, folder: Path) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "minzheng.settings")
    import django

    django.setup()
    started = time.perf_counter()
    {"make": _make, "zip": _zip, "open": _open}[step](rows, folder)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "peak_mb": peak}))


def _make(rows: int, folder: Path) -> None:
    from minzheng.foundation.crypto import sm2
    from minzheng.foundation.members.services import sign
    from minzheng.sharing.parcels.form.envelope import Sealing
    from minzheng.sharing.parcels.form.manifest import DATA, Manifest
    from minzheng.sharing.parcels.form.package import Packing
    from minzheng.sharing.parcels.form.schema import SchemaColumn
    from minzheng.standards.queries import ElementSpec

    text = ElementSpec("x", "列", "C", "a..50", 50, None, None, None, False, "L3")
    columns = [SchemaColumn(heading, f"c{n}", text, True) for n, heading in enumerate(HEADINGS)]
    number, now = str(uuid.uuid4()), datetime.datetime.now(datetime.UTC)
    with (folder / "parcel").open("wb") as target:
        sealing = Sealing(
            target,
            parcel_id=number,
            sender="330000",
            receiver="330106",
            seal_key=sm2.own_pair(sm2.SEAL).public,
        )
        with Packing(cast("Any", sealing), now) as packing:
            count = packing.rows(columns, "csv", pieces(rows))
            manifest = Manifest(
                id=number, kind=DATA, sender="330000", sender_name="省", receiver="330106", data_set="marriages",
                division="330106", made_at=now, rows=count, members=packing.members, fields=tuple(HEADINGS),
            )  # fmt: skip
            packing.describe(columns, "csv", manifest, "婚姻登记")
            packing.seal_off(manifest, sign)
        sealing.close()


def _zip(rows: int, folder: Path) -> None:
    import pyarrow.csv as pc

    schema = pa.schema([(heading, pa.string()) for heading in HEADINGS])
    with (
        zipfile.ZipFile(folder / "zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("data.csv", "w", force_zip64=True) as member,
        pc.CSVWriter(pa.PythonFile(member, "w"), schema) as table,
    ):
        for piece in pieces(rows):
            table.write(piece)


def _open(rows: int, folder: Path) -> None:  # noqa: ARG001 - as many as were made
    from minzheng.foundation.crypto import sm2
    from minzheng.sharing.parcels.form.envelope import opened
    from minzheng.sharing.parcels.form.package import check_digests, read_package

    with (folder / "inside").open("wb") as target:
        for piece in opened(folder / "parcel", sm2.own_pair(sm2.SEAL)):
            target.write(piece)
    package = read_package(folder / "inside")
    digest = bytes.fromhex(package.manifest_sm3)
    own = sm2.own_pair(sm2.SIGN).public
    if not sm2.verified(own, digest, bytes.fromhex(package.signed.signature)):
        raise RuntimeError("the signature does not hold")
    check_digests(package)
    with (folder / "data.csv").open("wb") as out:
        for piece in package.pieces(package.data_name):
            out.write(piece)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
