"""Divorces, revocations and papers get keys of their own (业务键): until now all under one number were one record."""

import hashlib
from typing import Any
from uuid import UUID

import pyarrow as pa
from django.db import migrations

from minzheng.foundation.crypto.digests import digest_column

PAPERS = ("31", "32", "51")
SEPARATOR = chr(31)
AT_ONCE = 10_000


def _key(number: str, kind: str, on: Any) -> bytes:
    """As cleaning makes it: the number, the kind, and of a paper its day."""
    parts = [number, kind, *([on.isoformat()] if kind in PAPERS and on else [])]
    return hashlib.md5(SEPARATOR.join(parts).encode(), usedforsecurity=False).digest()


def apart(_apps: Any, schema_editor: Any) -> None:
    """Versions of one record keep one key; files that hang on a standing record stay with it.

    Piece by piece along the identities: a province has millions.
    """
    last = UUID(int=0)
    with schema_editor.connection.cursor() as cursor:
        while rows := _piece(cursor, last):
            last = rows[-1][0]
            hashes = pa.array([_key(*row[1:]) for row in rows], pa.binary())
            keys = [bytes(key).hex() for key in digest_column(hashes, "key").to_pylist()]
            given = [[row[0] for row in rows], keys]
            cursor.execute(
                "UPDATE foundation_attachment a SET subject_id = n.key FROM unnest(%s::uuid[], %s::uuid[]) n (id, key)"
                " JOIN marriage_registration r ON r.id = n.id AND r.recorded_to IS NULL"
                " WHERE a.subject_kind = 'marriages' AND a.subject_id = r.key_digest",
                given,
            )
            cursor.execute(
                "UPDATE marriage_registration r SET key_digest = n.key FROM unnest(%s::uuid[], %s::uuid[]) n (id, key)"
                " WHERE r.id = n.id",
                given,
            )


def _piece(cursor: Any, last: UUID) -> list[tuple[Any, ...]]:
    cursor.execute(
        "SELECT id, certificate_no, kind_code, happened_on FROM marriage_registration"
        " WHERE kind_code NOT IN ('11', '12', '13') AND id > %s ORDER BY id LIMIT %s",
        [last, AT_ONCE],
    )
    found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


class Migration(migrations.Migration):
    dependencies = [("marriage", "0003_revocations"), ("foundation", "0003_attachment_withdrawal")]

    operations = [migrations.RunPython(apart, migrations.RunPython.noop)]
