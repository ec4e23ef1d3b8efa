"""One kind's CSV handed in as a new draft (CSV 导入): the rest of the layer stays as published."""

import csv
import io
from datetime import datetime

from minzheng.standards import models
from minzheng.standards.errors import LintError, StandardsError
from minzheng.standards.packs import Finding, read_files, unpack_archive
from minzheng.standards.packs.finding import errors_of
from minzheng.standards.services.actors import Actor
from minzheng.standards.services.lifecycle import draft


def replace_file(
    *, pack_id: str, path: str, content: bytes, version: str, by: Actor, at: datetime, note: str
) -> models.Edition:
    """Hand in one file of a layer as a draft edition ``version`` (导入一个文件, 起草新版).

    ``path`` as ``exporting.file_path`` names it. LintError where the file cannot be read; the draft is
    checked as a whole at review. StandardsError where the layer is not published.
    """
    base = _base(pack_id, version)
    files = unpack_archive(bytes(base.content))
    files |= {path: content, "pack.csv": _with_version(files["pack.csv"], version)}
    pack = read_files(files, source=f"{pack_id}@{version}")
    faults = [finding for finding in errors_of(pack.findings) if finding.file == path]
    if not faults and not any(row.file == path for rows in pack.rows.values() for row in rows):
        faults = [Finding(path, 1, "", "文件没有内容行")]
    if faults:
        raise LintError(faults)
    return draft(pack, by=by, at=at, note=note or f"导入 {path}")


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
