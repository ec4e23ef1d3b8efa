"""What a call was refused with (不予应答)."""

from collections.abc import Mapping
from typing import Any


class RefusedError(RuntimeError):
    """A call that was not answered (未获应答); ``code`` stays the same whatever the words."""

    def __init__(self, problem: Mapping[str, Any], retry_after_s: float | None = None) -> None:
        self.code = str(problem.get("code", ""))
        self.status = int(problem.get("status", 0))
        self.problem = dict(problem)
        self.retry_after_s = retry_after_s
        super().__init__(
            ": ".join(str(problem[n]) for n in ("title", "detail") if problem.get(n)) or self.code
        )
