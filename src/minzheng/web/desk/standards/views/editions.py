"""The life of a standard: editions, what each would change, the next step (标准生命周期)."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from minzheng.foundation.access.rules import authenticated, requires
from minzheng.foundation.accounts.terms import Role
from minzheng.standards import models, queries, services
from minzheng.standards.diff import LABELS
from minzheng.standards.editions import layers_above, read_edition
from minzheng.standards.errors import StandardsError
from minzheng.standards.lint import lint
from minzheng.standards.packs import KINDS, Finding
from minzheng.standards.terms import NEXT_STAGES, Stage
from minzheng.web.desk.requests import acting_user
from minzheng.web.desk.standards.asked import tell_refusal

PAGE = 100


@authenticated
@require_safe
def editions(request: HttpRequest) -> HttpResponse:
    """Layers, their editions and what befell them (版次与沿革)."""
    context = {"editions": queries.editions(), "events": queries.history()[:PAGE]}
    return render(request, "desk/standards/editions.html", context)


@authenticated
@require_safe
def edition(request: HttpRequest, edition_id: int) -> HttpResponse:
    """One edition: its life, its faults, what it would change, the steps that may follow (版次)."""
    found = _found(edition_id)
    spec = next(e for e in queries.editions(found.pack_id) if e.id == edition_id)
    pending = bool(found.digest) and not spec.is_published and found.stage != Stage.WITHDRAWN
    changes = services.preview(found) if pending else []
    page = Paginator(changes, PAGE).get_page(request.GET.get("page"))
    steps = [s for s in NEXT_STAGES[Stage(found.stage)] if s not in (Stage.DRAFTED, Stage.PROPOSED)]
    context = {
        "edition": spec,
        "events": queries.history(found.pack_id, found.version),
        "findings": _findings(found) if pending else [],
        "pending": pending,
        "page": page,
        "changes": [(change, KINDS[change.kind].label, LABELS[change.action]) for change in page.object_list],
        "steps": sorted(steps, key=list(Stage).index),
        "manages": acting_user(request).has_role(Role.STANDARDS_OFFICER),
    }
    return render(request, "desk/standards/edition.html", context)


def _findings(found: models.Edition) -> list[Finding]:
    pack = read_edition(found)
    try:
        return lint(pack, layers_above(pack.parent))
    except StandardsError as error:
        return [Finding("pack.csv", 0, "parent", str(error))]


@requires(Role.STANDARDS_OFFICER)
@require_POST
def step(request: HttpRequest, edition_id: int) -> HttpResponse:
    """Take the next step: review, approve, publish, maintain, withdraw (办理)."""
    found = _found(edition_id)
    by, at, note = acting_user(request), timezone.now(), request.POST.get("note", "")[:500]
    try:
        stage = Stage(request.POST.get("stage", ""))
    except ValueError:
        raise Http404("没有这样的环节") from None
    try:
        if stage == Stage.PUBLISHED:
            messages.success(request, services.publish_edition(found, by=by, at=at, note=note).message)
        else:
            if stage == Stage.WITHDRAWN:
                services.withdraw(found, by=by, at=at, note=note)
            else:
                services.advance(found, stage, by=by, at=at, note=note)
            messages.success(request, f"{found} 已{stage.label}")
    except StandardsError as error:
        tell_refusal(request, error)
    return redirect("desk:standards:edition", edition_id)


def _found(edition_id: int) -> models.Edition:
    found = models.Edition.objects.select_related("pack").filter(pk=edition_id).first()
    if found is None:
        raise Http404("没有这个版次")
    return found
