"""Which role opens which page (权限一览)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from minzheng.foundation.access.rules import requires
from minzheng.foundation.accounts.terms import Role
from minzheng.web.desk.access_matrix import pages


@requires(Role.ADMINISTRATOR, Role.SECURITY, Role.AUDITOR)
@require_safe
def access(request: HttpRequest) -> HttpResponse:
    """Every address with the roles it opens to, as the addresses themselves say (权限一览)."""
    rows = [{"page": page, "cells": [page.admits(role) for role in Role.values]} for page in pages()]
    return render(request, "desk/accounts/matrix.html", {"rows": rows, "roles": Role.labels})
