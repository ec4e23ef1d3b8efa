"""A sheet of text as XLSX (写电子表格): every cell a text, so that nothing in it is ever run as a formula."""

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_DOC = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PKG = "http://schemas.openxmlformats.org/package/2006"
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # XML holds none of these
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS = {
    "[Content_Types].xml": f"""<Types xmlns="{_PKG}/content-types"><Default Extension="rels"
 ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>
<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/>
</Types>""",
    "_rels/.rels": f"""<Relationships xmlns="{_PKG}/relationships"><Relationship Id="rId1" Type="{_DOC}/officeDocument"
 Target="xl/workbook.xml"/></Relationships>""",
    "xl/_rels/workbook.xml.rels": f"""<Relationships xmlns="{_PKG}/relationships"><Relationship Id="rId1" Type="{_DOC}/worksheet"
 Target="worksheets/sheet1.xml"/></Relationships>""",
    "xl/workbook.xml": f"""<workbook xmlns="{_MAIN}" xmlns:r="{_DOC}"><sheets><sheet name="查询结果" sheetId="1" r:id="rId1"/>
</sheets></workbook>""",
}


def workbook(rows: Iterable[Sequence[str]], *, widths: Sequence[int], footer: str) -> bytes:
    """The rows as the one sheet of a workbook; ``footer`` is printed under every page (电子表格)."""
    columns = "".join(
        f'<col min="{n}" max="{n}" width="{width}" customWidth="1"/>' for n, width in enumerate(widths, 1)
    )
    body = "".join(f"<row>{''.join(_cell(cell) for cell in row)}</row>" for row in rows)
    printed = _clean(footer.replace("&", "&&"))[:240]
    sheet = (
        f'<worksheet xmlns="{_MAIN}"><cols>{columns}</cols><sheetData>{body}</sheetData>'
        f"<headerFooter><oddFooter>&amp;L{printed}</oddFooter></headerFooter></worksheet>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (*_PARTS.items(), ("xl/worksheets/sheet1.xml", sheet)):
            archive.writestr(name, f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n{text}')
    return out.getvalue()


def _cell(text: str) -> str:
    return f'<c t="inlineStr"><is><t xml:space="preserve">{_clean(text)}</t></is></c>'


def _clean(text: str) -> str:
    return escape(_FORBIDDEN.sub("", text))
