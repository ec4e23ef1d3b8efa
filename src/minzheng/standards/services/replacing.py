"""One kind's CSV handed in as a new draft (CSV 导入): the rest of the layer stays as published."""

import csv
import io
from collections.abc import Mapping
from datetime import datetime

from minzheng.standards import models
from minzheng.standards.errors import LintError, StandardsError
from minzheng.standards.packs import KINDS, Finding, read_files, unpack_archive
from minzheng.standards.packs.finding import errors_of
from minzheng.standards.services.lifecycle import draft


def replace_file(
    *,
    pack_id: str,
    kind: str,
    content: bytes,
    version: str,
    by: str,
    at: datetime,
    note: str,
    file_of: Mapping[str, str] | None = None,
) -> models.Edition:
    """Hand in one kind's CSV as a draft edition ``version`` of a layer (导入一类内容, 起草新版).

    ``file_of`` names the code table and version where the kind's file name carries them.
    LintError where the file cannot be read; the draft is checked as a whole at review.
    """
    if kind not in KINDS or kind == "header":
        raise StandardsError(
            f"没有“{kind}”这一类, 可用: {'、'.join(name for name in KINDS if name != 'header')}"
        )
    try:
        path = KINDS[kind].path.format(**(file_of or {}))
    except KeyError as missing:
        raise StandardsError(f"导入{KINDS[kind].label}须指明 {missing.args[0]}") from None
    base = _base(pack_id, version)
    files = unpack_archive(bytes(base.content))
    files |= {path: content, "pack.csv": _with_version(files["pack.csv"], version)}
    pack = read_files(files, source=f"{pack_id}@{version}")
    faults = [finding for finding in errors_of(pack.findings) if finding.file == path]
    if not faults and not any(row.file == path for row in pack.rows[kind]):
        faults = [Finding(path, 1, "", "文件没有内容行")]
    if faults:
        raise LintError(faults)
    return draft(pack, by=by, at=at, note=note or f"导入{KINDS[kind].label}")


def _base(pack_id: str, version: str) -> models.Edition:
    """The draft of that version where there is one, else what is published."""
    edition = models.Edition.objects.filter(pack_id=pack_id, version=version).exclude(digest="").first()
    if edition is None:
        layer = models.Pack.objects.filter(pk=pack_id).select_related("published").first()
        edition = layer.published if layer else None
    if edition is None:
        raise StandardsError(f"标准包“{pack_id}”尚未发布, 不能导入单个文件")
    return edition


def _with_version(pack_csv: bytes, version: str) -> bytes:
    rows = list(csv.reader(io.StringIO(pack_csv.decode("utf-8-sig"))))
    said = [[row[0], version] if row and row[0] == "version" else row for row in rows]
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(said)
    return buffer.getvalue().encode()
