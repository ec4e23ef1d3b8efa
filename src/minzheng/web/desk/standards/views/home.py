"""The first page of the standards, and search (标准首页、检索)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from minzheng.foundation.access.rules import authenticated
from minzheng.standards import queries
from minzheng.standards.terms import SEARCH_KINDS


@authenticated
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Layers in force, how much each kind holds, and where to go (标准首页)."""
    rules = queries.rulebook()
    shown = [
        ("代码表", len(queries.code_book().tables()), "tables"),
        ("数据元", len(queries.elements()), "elements"),
        ("数据集", len(queries.data_sets()), "data_sets"),
        ("行政区划", len(queries.divisions()), "divisions"),
        ("参数", len(rules.parameters()), "parameters"),
        ("时限", len(rules.time_limits()), "time_limits"),
    ]
    figures = [(name, count, reverse(f"desk:standards:{view}")) for name, count, view in shown]
    context = {"layers": queries.layers(), "figures": figures, "kinds": SEARCH_KINDS}
    return render(request, "desk/standards/home.html", context)


@authenticated
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Found by Chinese, code, pinyin or initials (检索)."""
    text, kind = request.GET.get("q", "").strip()[:100], request.GET.get("kind", "")
    hits = queries.search(text, kind if kind in SEARCH_KINDS else None)
    found = [(hit, _place(hit)) for hit in hits]
    context = {"q": text, "kind": kind, "kinds": SEARCH_KINDS, "found": found}
    return render(request, "desk/standards/search.html", context)


def _place(hit: queries.SearchHit) -> str:
    if hit.kind in ("element", "data_set", "division"):
        return reverse(f"desk:standards:{hit.kind}", args=[hit.key])
    if hit.kind in ("code_table", "code"):
        return reverse("desk:standards:table", args=[hit.key.split(":", 1)[0]])
    if hit.kind in ("parameter", "time_limit"):
        return f"{reverse(f'desk:standards:{hit.kind}s')}?{urlencode({'q': hit.key})}"
    return ""
