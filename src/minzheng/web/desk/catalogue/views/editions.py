"""Editions of the catalogue (目录版次): the draft, its differences, publishing, those before."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from minzheng.foundation.access.rules import authenticated, requires
from minzheng.foundation.accounts.terms import Role
from minzheng.sharing.catalogue.models import Edition
from minzheng.sharing.catalogue.queries import editions as queries
from minzheng.sharing.catalogue.services import editions as services
from minzheng.sharing.catalogue.terms import CHANGE_LABELS, CatalogueError, ChangeKind
from minzheng.web.desk.catalogue.shown import differing
from minzheng.web.desk.catalogue.views.own import may_write
from minzheng.web.desk.requests import acting_user, or_404, scope_of

TONES = {
    ChangeKind.NEW: "ok",
    ChangeKind.CHANGED: "info",
    ChangeKind.RETURNED: "info",
    ChangeKind.WITHDRAWN: "bad",
}


@authenticated
@require_safe
def editions(request: HttpRequest) -> HttpResponse:
    """Every edition that was published (历次目录)."""
    return render(request, "desk/catalogue/editions.html", {"editions": queries.editions(scope_of(request))})


@authenticated
@require_safe
def edition(request: HttpRequest, number: int) -> HttpResponse:
    """One edition: what it was compiled from, what changed against the one before (一版目录)."""
    published = queries.editions(scope_of(request))
    found = or_404(next((one for one in published if one.number == number), None))
    before = next((one for one in published if one.number < number), None)
    context = {"edition": found, "before": before, "changes": _changes(before, found)}
    return render(request, "desk/catalogue/edition.html", context)


@requires(Role.DATA_OFFICER)
@require_safe
def draft(request: HttpRequest) -> HttpResponse:
    """The draft against the edition in force, to be published or compiled anew (待发布目录)."""
    scope = scope_of(request)
    found, before = queries.draft(scope), queries.in_force(scope)
    context = {
        "edition": found, "before": before, "may_write": may_write(request),
        "changes": _changes(before, found) if found else [],
    }  # fmt: skip
    return render(request, "desk/catalogue/draft.html", context)


@requires(Role.DATA_OFFICER)
@require_POST
def compile_(request: HttpRequest) -> HttpResponse:
    """Compile from the standard as it is now (编制)."""
    try:
        made = services.compile_catalogue(by=acting_user(request), at=timezone.now())
    except services.NothingNewError as error:
        messages.info(request, f"{error}。")
        return redirect("desk:catalogue:home")
    except CatalogueError as error:
        messages.error(request, f"{error}。")
        return redirect("desk:catalogue:home")
    messages.success(request, f"{made}已编制，请核对差异后发布。")
    return redirect("desk:catalogue:draft")


@requires(Role.DATA_OFFICER)
@require_POST
def publish(request: HttpRequest) -> HttpResponse:
    """Put the draft that was looked at in force (发布)."""
    number = request.POST.get("edition", "")
    try:
        made = services.publish_catalogue(
            edition_id=int(number) if number.isdecimal() else 0, note=request.POST.get("note", "").strip(),
            by=acting_user(request), at=timezone.now(),
        )  # fmt: skip
    except CatalogueError as error:
        messages.error(request, f"{error}。")
        return redirect("desk:catalogue:draft")
    messages.success(request, f"目录{made}已发布。")
    return redirect("desk:catalogue:home")


def _changes(before: Edition | None, after: Edition) -> list[dict[str, object]]:
    return [
        {"change": one, "label": CHANGE_LABELS[one.kind], "tone": TONES[one.kind], "differences": differing(one.differences)}
        for one in queries.changes_between(before, after)
    ]  # fmt: skip
