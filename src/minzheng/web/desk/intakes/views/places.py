"""Where sources may be fetched from (允许访问的地址)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from minzheng.exchange.errors import IntakeError
from minzheng.exchange.intake import queries, services
from minzheng.foundation.access.rules import requires
from minzheng.foundation.accounts.terms import Role
from minzheng.web.desk.intakes.terms import MANAGERS
from minzheng.web.desk.intakes.views.listing import is_administrator
from minzheng.web.desk.requests import acting_user, or_404, scope_of


@requires(*MANAGERS)
@require_http_methods(["GET", "HEAD", "POST"])
def places(request: HttpRequest) -> HttpResponse:
    """The hosts, networks and folders an administrator has allowed; one more (允许访问的地址)."""
    problem, place, note = "", request.POST.get("place", ""), request.POST.get("note", "")
    if request.method == "POST":
        try:
            services.allow(place, note=note, by=acting_user(request), at=timezone.now())
        except IntakeError as error:
            problem = f"{error}。"
        else:
            messages.success(request, "已允许访问。")
            return redirect("desk:intakes:places")
    context = {
        "places": queries.allowed_places(scope_of(request)),
        "may_allow": is_administrator(request),
        "problem": problem,
        "place": place,
        "note": note,
    }
    return render(request, "desk/intakes/places.html", context, status=422 if problem else 200)


@requires(Role.ADMINISTRATOR)
@require_POST
def remove(request: HttpRequest, place_id: int) -> HttpResponse:
    """Nothing is fetched from there from now on (不再允许)."""
    found = or_404(queries.allowed_places(scope_of(request)).filter(pk=place_id).first())
    try:
        services.disallow(found, by=acting_user(request), at=timezone.now())
    except IntakeError as error:
        messages.error(request, f"{error}。")
    else:
        messages.success(request, "已移除，不再访问这个地址。")
    return redirect("desk:intakes:places")
