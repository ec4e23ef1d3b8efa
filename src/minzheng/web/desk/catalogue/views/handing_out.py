"""The catalogue for machines (目录服务): DCAT-AP 3 at an open address.

Metadata of government data is public by its nature, and a portal that harvests does not log in. What is left out of it without
a login: resources that are not shared at all. No person is named in it either way.
"""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from minzheng.foundation.access.rules import public
from minzheng.foundation.access.scope import Scope
from minzheng.foundation.accounts.models import User
from minzheng.foundation.members.models import Member
from minzheng.foundation.members.services import own_code
from minzheng.sharing.catalogue.dcat.serving import document
from minzheng.sharing.catalogue.dcat.writing import MEDIA_TYPES
from minzheng.sharing.catalogue.terms import CatalogueError

FRESH_S = 300


@public
@require_safe
def dcat(request: HttpRequest, ending: str) -> HttpResponse:
    """The edition in force as Turtle, RDF/XML or JSON-LD (目录文件); 304 where it is known already."""
    if ending not in MEDIA_TYPES:
        raise Http404
    whole = isinstance(request.user, User)
    own = Member.objects.filter(code=own_code()).first()
    address = (own.address if own else "") or request.build_absolute_uri("/")
    scope = Scope.system(settings.NODE_DIVISION_CODE)
    try:
        edition, content = document(scope, ending, address=address.rstrip("/"), whole=whole)
    except CatalogueError as error:
        return HttpResponse(f"{error}\n", status=404, content_type="text/plain; charset=utf-8")
    mark = f'"{edition.number}-{edition.digest[:16]}-{ending}-{int(whole)}"'
    known = mark in request.headers.get("If-None-Match", "")
    answer = HttpResponse(
        b"" if known else content,
        status=304 if known else 200,
        content_type=f"{MEDIA_TYPES[ending]}; charset=utf-8",
    )
    answer.headers["ETag"] = mark
    if not whole:
        answer.headers["Cache-Control"] = f"public, max-age={FRESH_S}"
    return answer
