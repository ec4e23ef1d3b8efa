"""Which division a layer or a rule holds for (适用区划). The empty code is the whole nation."""

from minzheng.kernel import division


def holds_for(upper: str, lower: str) -> bool:
    """Whether what is set for ``upper`` holds in ``lower`` (是否适用)."""
    return not upper or bool(lower and division.covers(upper, lower))


def depth(code: str) -> int:
    """How deep a code stands, for "the most specific wins": nation 0, province 2, city 4 … (层级深度)."""
    return len(division.prefix(code)) if code else 0
