"""Published standards as CSV in the pack format (CSV 导出): what comes out can be handed in again."""

import csv
import io

from minzheng.standards import models
from minzheng.standards.diff import write
from minzheng.standards.errors import StandardsError
from minzheng.standards.packs import KINDS, unpack_archive


def file_path(kind: str, *, table_id: str = "", version: str = "", to_version: str = "") -> str:
    """The path of a kind's file within a pack (文件路径).

    StandardsError where something to name it is missing.
    """
    if kind not in KINDS or kind == "header":
        known = "、".join(name for name in KINDS if name != "header")
        raise StandardsError(f"没有“{kind}”这一类, 可用: {known}")
    parts = {"table_id": table_id, "version": version, "from_version": version, "to_version": to_version}
    for column in KINDS[kind].columns:
        if column.from_path and not parts[column.name]:
            raise StandardsError(f"{KINDS[kind].label}须指明{column.label}")
    return KINDS[kind].path.format(**parts)


def export_csv(pack_id: str, path: str) -> bytes:
    """One file of a layer's published edition, UTF-8 (导出); only a header where it has no such file."""
    layer = models.Pack.objects.filter(pk=pack_id).select_related("published").first()
    if layer is None or layer.published is None:
        raise StandardsError(f"标准包“{pack_id}”尚未发布")
    content = unpack_archive(bytes(layer.published.content)).get(path)
    if content is not None:
        return content.removeprefix(b"\xef\xbb\xbf")
    return _rows(header_of(path), [])


def files_of(pack_id: str) -> list[str]:
    """The files a layer's published edition has (文件清单)."""
    layer = models.Pack.objects.filter(pk=pack_id).select_related("published").first()
    if layer is None or layer.published is None:
        return []
    return sorted(unpack_archive(bytes(layer.published.content)))


def header_of(path: str) -> list[str]:
    """The columns of the kind of file at ``path`` (表头)."""
    for kind in KINDS.values():
        if kind.path.split("{", 1)[0] == path or (
            "{" in kind.path and path.startswith(kind.path.split("{", 1)[0])
        ):
            return [column.name for column in kind.in_file]
    raise StandardsError(f"标准包中没有“{path}”这种文件")


def export_workdays() -> bytes:
    """The administrator's workdays as ``workdays.csv`` (导出工作日调整)."""
    rows = models.Workday.objects.filter(pack=None).order_by("date")
    names = [column.name for column in KINDS["workdays"].in_file]
    return _rows(names, [[write(getattr(row, name)) for name in names] for row in rows])


def _rows(header: list[str], rows: list[list[str]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows([header, *rows])
    return buffer.getvalue().encode()
