"""The code of an information resource (信息资源代码): pure.

政务信息资源目录编制指南（试行）(2017) 6: a classifying part, 类 1 digit, 项 2, 目 3 and 细目 of any length, then a running number
of any length; the ``/`` between them as on the national platform. What 细目 holds is left to who compiles: here the division
(GB/T 2260, 6 digits) and the business domain (2).
"""

import re
from dataclasses import dataclass
from typing import Self

_SHAPE = re.compile(r"([1-9])([0-9]{2})([0-9]{3})([0-9]*)/([0-9]+)", re.ASCII)
NUMBER_DIGITS = 6


@dataclass(frozen=True, slots=True)
class ResourceCode:
    """A resource's code in its parts (信息资源代码)."""

    kind: str  # 类
    item: str  # 项
    heading: str  # 目
    detail: str  # 细目
    number: int  # 顺序码

    @property
    def category(self) -> str:
        """The classifying part (分类码)."""
        return f"{self.kind}{self.item}{self.heading}{self.detail}"

    @property
    def levels(self) -> tuple[str, ...]:
        """The classifying part from 类 down, each with what stands above it (各级分类码)."""
        steps = (self.kind, self.item, self.heading, self.detail)
        return tuple("".join(steps[: n + 1]) for n in range(4) if steps[n])

    def __str__(self) -> str:
        return f"{self.category}/{self.number:0{NUMBER_DIGITS}d}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read one (解析). Raises ``ValueError`` for what is none."""
        match = _SHAPE.fullmatch(text)
        if match is None:
            raise ValueError(f"“{text[:40]}”不是信息资源代码")
        kind, item, heading, detail, number = match.groups()
        return cls(kind, item, heading, detail, int(number))

    @classmethod
    def of(cls, category: str, detail: str, number: int) -> Self:
        """From the 6 digits of 类项目, the 细目 and a running number (组成)."""
        return cls.parse(f"{category}{detail}/{number}")
