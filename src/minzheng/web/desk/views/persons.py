"""Looking people up (人员查询): search, a person's whole record, revealing an identifier with a purpose."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from minzheng.foundation.access.rules import requires
from minzheng.foundation.accounts.terms import Role

READERS = (Role.CLERK, Role.REVIEWER, Role.DATA_OFFICER)


@requires(*READERS)
@require_http_methods(["GET", "POST"])
def persons(request: HttpRequest) -> HttpResponse:
    """Search by name, number or certificate. By POST, so that no number stands in an address or a log (人员查询)."""
    return render(request, "desk/persons.html", {})
