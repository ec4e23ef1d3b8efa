"""This level's catalogue (本级目录): by category, and one entry."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from minzheng.foundation.access.rules import authenticated
from minzheng.foundation.accounts.terms import Role
from minzheng.sharing.catalogue.compiling import compiled_from
from minzheng.sharing.catalogue.queries import editions as queries
from minzheng.sharing.catalogue.queries.received import elsewhere
from minzheng.sharing.catalogue.terms import METHODS, EditionState
from minzheng.stewardship.resources.queries.catalogue import resource
from minzheng.web.desk.catalogue.shown import coded, differing, lines, share
from minzheng.web.desk.requests import acting_user, or_404, scope_of


def may_write(request: HttpRequest) -> bool:
    """Whether the user compiles, publishes and answers here (是否可办理)."""
    return acting_user(request).has_role(Role.DATA_OFFICER) and scope_of(request).covers(
        settings.NODE_DIVISION_CODE
    )


@authenticated
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The catalogue in force: 类, 项, 目, 细目 with counts, and the entries of the one chosen (本级目录)."""
    scope = scope_of(request)
    category, text = (request.GET.get(name, "").strip()[:100] for name in ("category", "q"))
    edition = queries.in_force(scope)
    shown = queries.entries(scope, edition, category=category, text=text) if edition else []
    everything = queries.entries(scope, edition) if edition else []
    context = {
        "edition": edition,
        "entries": [_row(one) for one in shown],
        "tree": queries.tree(scope, everything),
        "total": len(everything),
        "category": category,
        "category_name": queries.category_name(category) if category.isdigit() else "",
        "q": text,
        "draft": queries.draft(scope) if may_write(request) else None,
        "may_write": may_write(request),
        "outdated": edition is not None
        and may_write(request)
        and edition.standard != compiled_from(edition.division_code),
    }
    return render(request, "desk/catalogue/home.html", context)


def _row(one: Any) -> dict[str, Any]:
    label, tone = share(one.share_type)
    content = one.content
    return {
        "entry": one, "share": label, "tone": tone, "cycle": coded("UPDATE_CYCLE", content["cycle"]),
        "opened": coded("OPEN_TYPE", content["open_type"]), "methods": [METHODS[m] for m in content["methods"] if m in METHODS],
        "to_check": content.get("confidence") == "to_check",
    }  # fmt: skip


@authenticated
@require_safe
def entry(request: HttpRequest, key: str) -> HttpResponse:
    """One entry: core metadata, items, ways to have it, legal basis, its editions and what changed (目录条目)."""
    scope = scope_of(request)
    found = or_404(queries.entry(scope, key))
    label, tone = share(found.share_type)
    code = queries.code_of(found)
    context = {
        "entry": found,
        "gone": found.edition.state != EditionState.PUBLISHED,
        "share": label,
        "tone": tone,
        "lines": lines(found.content),
        "levels": [(name, part, queries.category_name(whole)) for name, part, whole in zip(
            ("类", "项", "目", "细目"), (code.kind, code.item, code.heading, code.detail), code.levels, strict=False
        )],
        "items": found.content["items"],
        "versions": [(one, differing(said)) for one, said in queries.versions(scope, key)],
        "elsewhere": elsewhere(scope, key),
        "has_resource": resource(scope, key, at=found.edition.compiled_at) is not None,
    }  # fmt: skip
    return render(request, "desk/catalogue/entry.html", context)
