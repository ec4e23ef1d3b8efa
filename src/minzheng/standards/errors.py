"""What the standards refuse, said in Chinese (标准规范的错误)."""

from minzheng.standards.packs import Finding


class StandardsError(Exception):
    """Something the standards refuse (标准规范错误). The message is one an official can act on."""


class LintError(StandardsError):
    """A pack with faults, all of them (检查未通过)."""

    def __init__(self, findings: list[Finding]) -> None:
        self.findings = findings
        first = f": {findings[0]}" if findings else ""
        super().__init__(f"标准包检查未通过, 共 {len(findings)} 处错误{first}")


class TransitionError(StandardsError):
    """A step that may not follow the one before (不允许的流转)."""


class UnknownStandardError(StandardsError, LookupError):
    """Asked for something that no published standard has (标准中没有)."""

    def __str__(self) -> str:
        return str(self.args[0])
