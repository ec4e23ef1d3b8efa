"""What is wrong, and where (检查结果)."""

from dataclasses import asdict, dataclass
from typing import Any

ERROR, WARNING = "error", "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of a pack at file, line and column (一条检查结果). ``line`` counts from 1, the header is line
    1; 0 where the whole file is meant. An ``error`` stops publication, a ``warning`` does not."""

    file: str
    line: int
    column: str
    message: str
    severity: str = ERROR

    def __str__(self) -> str:
        place = (
            self.file + (f":{self.line}" if self.line else "") + (f" [{self.column}]" if self.column else "")
        )
        return f"{place} {'' if self.severity == ERROR else '(提示) '}{self.message}"

    def as_dict(self) -> dict[str, Any]:
        """The finding as plain data, for ``--json`` (输出)."""
        return asdict(self)


def errors_of(findings: list[Finding]) -> list[Finding]:
    """Those that stop publication (阻止发布的错误)."""
    return [finding for finding in findings if finding.severity == ERROR]
