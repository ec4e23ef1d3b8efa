"""What the pages of the standards read from a request (请求参数)."""

from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest

from minzheng.standards.errors import LintError, StandardsError, UnknownStandardError

SHOWN = 20


def day_of(request: HttpRequest, name: str) -> tuple[date | None, str]:
    """A day from the query and, where it is none, what is wrong with it (日期参数)."""
    text = request.GET.get(name, "").strip()
    if not text:
        return None, ""
    try:
        return date.fromisoformat(text), ""
    except ValueError:
        return None, f"“{text}”不是有效日期"


def last_division(request: HttpRequest) -> str:
    """The deepest division chosen in a cascade (所选区划): the last one not left open."""
    chosen = [code for code in request.GET.getlist("division") if code]
    return chosen[-1] if chosen else ""


def missing(error: UnknownStandardError) -> Http404:
    """What is asked for is not in the standards (标准中没有)."""
    return Http404(str(error))


def tell_refusal(request: HttpRequest, error: StandardsError) -> None:
    """Say why something was refused (说明原因); of many faults the first ones, each with its place."""
    if not isinstance(error, LintError):
        messages.error(request, str(error))
        return
    more = len(error.findings) - SHOWN
    messages.error(
        request, f"检查未通过，共 {len(error.findings)} 处错误" + (f"，列出前 {SHOWN} 处" if more > 0 else "")
    )
    for finding in error.findings[:SHOWN]:
        messages.error(request, str(finding))
