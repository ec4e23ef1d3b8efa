"""For whom a connection asks (数据库身份): the scope of a request, no one, or the node itself.

``set_config('role', …)`` is ``SET ROLE`` as a function, so that role and limits go in one statement. The limits mean nothing
to the node's own role; neither restricted role can take itself back out of the policies by any of them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from django.conf import settings
from django.db import connection

from minzheng.foundation.access.row_security import province_prefix
from minzheng.foundation.access.scope import Scope
from minzheng.foundation.database.backend.base import NODE, DatabaseWrapper, Standing
from minzheng.kernel.division import prefix

SCOPED, WHOLE = "minzheng_scoped", "minzheng_whole"
LIMITS = ("division_from", "division_to", "level", "businesses", "user")
STATEMENT = "SELECT set_config('role', %s, false), " + ", ".join(
    f"set_config('minzheng.{name}', %s, false)" for name in LIMITS
)
NOBODY = Standing("nobody", STATEMENT, (SCOPED, "", "", "", "", ""))


def of(scope: Scope) -> Standing:
    """A scope as the database knows it (范围对应的身份).

    By its division's code alone: what a query may get wrong has no part in it.
    """
    if settings.WITHOUT_ROW_SECURITY:
        return NODE
    first = prefix(scope.division_code)
    businesses = "*" if scope.businesses is None else ",".join(sorted(scope.businesses)) or "-"
    role = WHOLE if is_whole(scope) else SCOPED
    user = str(scope.user_id or "")
    return Standing(
        f"{role} {first}", STATEMENT, (role, first, f"{first}:", str(scope.data_level), businesses, user)
    )


def is_whole(scope: Scope) -> bool:
    """Whether a scope takes in the node and, being a province's, persons of unknown registration too (是否全节点).

    The same rule as ``registry.queries.persons_in``: what is not known is the province's.
    """
    return prefix(scope.division_code) == province_prefix()


@contextmanager
def standing(wanted: Standing) -> Iterator[None]:
    """Ask as ``wanted`` within the block; what stood before is put back however it ends (临时身份)."""
    wrapper = _wrapper()
    former = wrapper.stand(wanted)
    try:
        yield
    finally:
        wrapper.stand(former)


@contextmanager
def as_scope(scope: Scope) -> Iterator[None]:
    """Ask within a scope and no further, as a page does (按范围)."""
    with standing(of(scope)):
        yield


@contextmanager
def as_node() -> Iterator[None]:
    """Ask as the node itself (按节点): for what a service must know beyond the user's scope, and says why there."""
    with standing(NODE):
        yield


def stand(wanted: Standing) -> Standing:
    """From now on this thread's connection asks as ``wanted``; gives back what stood before (换身份)."""
    return _wrapper().stand(wanted)


def nobody() -> Standing:
    """Who sees nothing (无权身份): no page has said yet whose it is."""
    return NODE if settings.WITHOUT_ROW_SECURITY else NOBODY


def closed_at_first() -> None:
    """Fresh connections of this process ask as no one (默认无权): the pages' threads, and whatever these start."""
    DatabaseWrapper.at_first = nobody()


def _wrapper() -> DatabaseWrapper:
    return cast("DatabaseWrapper", connection)
