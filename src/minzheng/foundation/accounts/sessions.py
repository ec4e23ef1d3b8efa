"""Sessions in the database: read by one statement, renewed by one message that does not wait for the disk (会话).

A page that keeps something in its session would otherwise wait for a commit of its own. What a crash of the database's machine
may lose are the renewals of its last fraction of a second; logging in and out wait as ever.
"""

from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError
from django.db import connection
from django.utils import timezone

READ = "SELECT session_data FROM django_session WHERE session_key = %s AND expire_date > %s"
# The setting holds for the message's own transaction.
RENEW = (
    "SET LOCAL synchronous_commit = off; "
    "UPDATE django_session SET session_data = %s, expire_date = %s WHERE session_key = %s"
)


class SessionStore(db.SessionStore):
    """As Django's, but for how one that exists is read and written (会话存储)."""

    def load(self) -> dict[str, Any]:
        """What it holds; nothing, and no key any more, where there is none or it has expired (读取)."""
        with connection.cursor() as cursor:
            cursor.execute(READ, [self.session_key, timezone.now()])
            row = cursor.fetchone()
        if row is None:
            self._session_key = None
            return {}
        held: dict[str, Any] = self.decode(row[0])
        return held

    def save(self, must_create: bool = False) -> None:
        """Write it (保存). Raises ``UpdateError`` where it has been ended meanwhile, ``CreateError`` as Django does."""
        if must_create or self.session_key is None or connection.in_atomic_block:
            super().save(must_create)
            return
        row = self.create_model_instance(dict(self.items()))
        with connection.cursor() as cursor:
            cursor.execute(RENEW, [row.session_data, row.expire_date, row.session_key])
            while cursor.nextset():
                pass
            if cursor.rowcount == 0:
                raise UpdateError
