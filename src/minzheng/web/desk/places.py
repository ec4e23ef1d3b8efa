"""The names of divisions as pages show them (区划名称)."""

from functools import lru_cache

from minzheng.standards.models import Division


def division_name(code: str | None) -> str:
    """The division's own name, or its code where the standard does not know it (区划名称)."""
    return (_name(code) or code) if code else ""


def division_path(code: str | None) -> str:
    """Names from the city down: 杭州市西湖区 (区划全称), for places that stand alone on a page."""
    if not code:
        return ""
    names = [_name(code)] if len(code) <= 6 and code.endswith("0000") else [_name(c) for c in _upward(code)]
    return "".join(name for name in names if name) or code


def _upward(code: str) -> list[str]:
    steps = [code[:4] + "00", code[:6], code[:9], code[:12]]
    return list(dict.fromkeys(step for step in steps if len(step) <= len(code)))


@lru_cache(maxsize=50_000)
def _known(code: str) -> str:
    """Raises ``LookupError`` if there is none, so that "not published yet" is never remembered."""
    rows = Division.objects.filter(code=code).order_by("effective_to", "-effective_from")
    name = rows.values_list("name", flat=True).last()
    if not name:
        raise LookupError(code)
    return str(name)


def _name(code: str) -> str:
    try:
        return _known(code)
    except LookupError:
        return ""
