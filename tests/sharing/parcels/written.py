"""Parcels written by someone without our software, rightly or wrongly: every part can be said otherwise."""

import datetime
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO, cast
from uuid import uuid4

import pyarrow as pa
from django.utils import timezone
from tests.sharing.parcels.partners import Role

from minzheng.foundation.crypto import sm2
from minzheng.foundation.members.models import Member
from minzheng.foundation.members.services import Signed
from minzheng.sharing.parcels.form.envelope import Sealing
from minzheng.sharing.parcels.form.manifest import DATA, Manifest
from minzheng.sharing.parcels.form.package import Packing
from minzheng.sharing.parcels.form.schema import SchemaColumn
from minzheng.standards import queries as standards

Rows = Sequence[Sequence[str | None]]


def columns_of(headings: Sequence[str], data_set: str) -> list[SchemaColumn]:
    """The columns of a data set as its standard says them."""
    spec = {field.heading: field for field in standards.data_set(data_set).fields}
    return [
        SchemaColumn(h, f"c{n}", standards.element(spec[h].element), spec[h].required)
        for n, h in enumerate(headings)
    ]


def batch(headings: Sequence[str], rows: Rows) -> pa.RecordBatch:
    """Rows as the writer takes them."""
    cells = [pa.array([row[n] for row in rows], pa.string()) for n in range(len(headings))]
    return pa.RecordBatch.from_arrays(cells, names=list(headings))


def write(
    sender: Role, to: str, table: str, headings: Sequence[str], rows: Rows, folder: Path, *, form: str = "csv",
    at: datetime.datetime | None = None, inner: Any = None, number: str = "", **said: Any,
) -> Path:  # fmt: skip
    """A parcel of these rows; ``said`` alters the manifest, ``inner`` is put in place of the whole zip."""
    now, number = at or timezone.now(), number or str(uuid4())
    path = folder / f"{uuid4()}.parcel"
    pair = sm2.KeyPair(*(bytes.fromhex(part) for part in (sender.keys / "sign.sm2").read_text().split()))
    seal_key = bytes.fromhex(Member.objects.get(code=to).seal_key)
    with path.open("wb") as target:
        sealing = Sealing(target, parcel_id=number, sender=sender.code, receiver=to, seal_key=seal_key)
        if inner is not None:
            sealing.write(inner)
            sealing.close()
            return path
        with Packing(cast("BinaryIO", sealing), now) as packing:
            columns = columns_of(headings, table)
            count = packing.rows(columns, form, [batch(headings, rows)])
            values: dict[str, Any] = {
                "id": number, "kind": DATA, "sender": sender.code, "sender_name": "外部门", "receiver": to, "data_set": table,
                "division": "330106", "made_at": now, "rows": count, "members": packing.members, "fields": tuple(headings),
                "purpose": "核对",
            }  # fmt: skip
            packing.describe(columns, form, Manifest(**values), "数据")
            packing.seal_off(
                Manifest(**(values | said)), lambda digest: Signed(sender.code, sm2.sign(pair, digest).hex())
            )
        sealing.close()
    return path


def zipped(**members: bytes) -> bytes:
    """A zip of these members; ``__`` in a name stands for a dot."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "."), content)
    return out.getvalue()
