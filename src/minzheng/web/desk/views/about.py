"""What this is, whose data it carries, how it is used (关于与帮助)."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from minzheng.foundation.access.rules import public
from minzheng.web.desk.credits import read_credits


@public
def about(request: HttpRequest) -> HttpResponse:
    """The product, its parts and the credits of the data it ships (关于与数据来源)."""
    blocks = read_credits(settings.PACKS_DIR / "SOURCES.md")
    return render(request, "desk/about.html", {"blocks": blocks})


@public
def help_page(request: HttpRequest) -> HttpResponse:
    """How the desk is used (帮助)."""
    return render(request, "desk/help.html")
