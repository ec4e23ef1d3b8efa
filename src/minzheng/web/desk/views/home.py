"""The first page after login (首页)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from minzheng.foundation.access.rules import authenticated


@authenticated
def home(request: HttpRequest) -> HttpResponse:
    """Counts of batches, the latest ones, search, quick links (首页)."""
    return render(request, "desk/home.html")
