"""The credits of the shipped data, read from the packs' own file (数据来源)."""

import re
from dataclasses import dataclass, field
from pathlib import Path

_LINK = re.compile(r"\[([^\]]+)\]\((https?://[^)\s]+)\)|<?(https?://[^\s)>|]+)>?")
_EMPHASIS = re.compile(r"\*\*|`")


@dataclass(slots=True)
class Piece:
    """A run of text, with an address if it is a link (文字)."""

    text: str
    url: str = ""


@dataclass(slots=True)
class Block:
    """``kind``: heading, text, list or table. A table's first row is its heading (段落)."""

    kind: str
    rows: list[list[list[Piece]]] = field(default_factory=list)


def read_credits(path: Path) -> list[Block]:
    """The file's blocks in order; none if the packs carry no such file (读数据来源)."""
    if not path.exists():
        return []
    blocks: list[Block] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        text = line.strip()
        if not text:
            blocks.append(Block("gap"))
        elif text.startswith("#"):
            blocks.append(Block("heading", [[_pieces(text.lstrip("# "))]]))
        elif text.startswith("|"):
            cells = [cell.strip() for cell in text.strip("|").split("|")]
            if not all(set(cell) <= set("-: ") for cell in cells):
                _same(blocks, "table").rows.append([_pieces(cell) for cell in cells])
        elif text.startswith(("- ", "* ")):
            _same(blocks, "list").rows.append([_pieces(text[2:])])
        elif line.startswith(" ") and blocks and blocks[-1].kind == "list":
            blocks[-1].rows[-1][0] += _pieces(" " + text)
        else:
            _same(blocks, "text").rows.append([_pieces(text)])
    return [block for block in blocks if block.kind != "gap"]


def _same(blocks: list[Block], kind: str) -> Block:
    if not blocks or blocks[-1].kind != kind:
        blocks.append(Block(kind))
    return blocks[-1]


def _pieces(text: str) -> list[Piece]:
    pieces, at = [], 0
    for link in _LINK.finditer(text):
        pieces.append(Piece(_EMPHASIS.sub("", text[at : link.start()])))
        pieces.append(Piece(link[1] or link[3], link[2] or link[3]))
        at = link.end()
    pieces.append(Piece(_EMPHASIS.sub("", text[at:])))
    return [piece for piece in pieces if piece.text]
