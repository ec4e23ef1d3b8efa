"""The last question of a session (最近一次查询): sealed, for what was asked may be an identifier."""

import base64
import binascii

from django.http import HttpRequest

from minzheng.foundation.accounts.terms import Role
from minzheng.stewardship.lookup.asked import Asked

READERS = (Role.CLERK, Role.REVIEWER, Role.DATA_OFFICER)
_KEY = "search"


def keep(request: HttpRequest, asked: Asked) -> None:
    """Make this the session's question (记住)."""
    request.session[_KEY] = base64.b64encode(asked.sealed()).decode()


def last(request: HttpRequest) -> Asked:
    """The session's question; an empty one where there is none (取回)."""
    try:
        return Asked.opened(base64.b64decode(request.session.get(_KEY, "")) or None)
    except (binascii.Error, ValueError):
        return Asked()
