"""One's own account (我的账号)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from minzheng.foundation.access.rules import authenticated
from minzheng.foundation.audit.queries import entries
from minzheng.web.desk.accounts.views.listing import shown
from minzheng.web.desk.audit.shown import shown_entries
from minzheng.web.desk.requests import acting_user, scope_of

RECENT = 20


@authenticated
@require_safe
def own(request: HttpRequest) -> HttpResponse:
    """What one may see and do, and what one did last (我的账号)."""
    user = acting_user(request)
    done = entries(scope_of(request), user_id=user.pk)[:RECENT]
    return render(request, "desk/accounts/own.html", {"account": shown(user), "entries": shown_entries(done)})
