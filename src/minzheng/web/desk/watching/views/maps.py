"""Every node and road on the map of the province, and in a table that says the same (全省态势)."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from minzheng.foundation.access.rules import requires
from minzheng.sharing.watching.queries import maps as queries
from minzheng.web.desk.requests import scope_of
from minzheng.web.desk.watching.views.streams import READERS


@requires(*READERS)
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The map and its table (全省态势)."""
    now = timezone.now()
    context = {
        "nodes": queries.nodes(scope_of(request), at=now), "shapes": reverse("desk:watching:shapes"),
        "tiles": settings.MAP_TILES, "now": now,
    }  # fmt: skip
    return render(request, "desk/watching/map.html", context)


@requires(*READERS)
@require_safe
def shapes(request: HttpRequest) -> HttpResponse:
    """Areas, roads and nodes in the colour of their state (态势图数据)."""
    found = queries.shapes(scope_of(request), at=timezone.now())
    return JsonResponse(found, json_dumps_params={"ensure_ascii": False})
