"""How often tokens may be asked for (取令牌限次): by one system from one address, and by one address for all of them.

Looking at a secret costs a hundred milliseconds of a core on purpose; whoever asks for more is told when to come again before
that is spent. Counted in the database, for all processes together. By system *and* address: who guesses elsewhere
locks nobody out.
"""

from datetime import datetime

from django.db import connection

from minzheng.foundation.access.standing import as_node
from minzheng.sharing.interfaces.models import TokenWindow
from minzheng.sharing.interfaces.problems import ProblemError

OF_A_SYSTEM, OF_AN_ADDRESS = 20, 120  # a minute; a token is good for ten
COUNT = """
INSERT INTO interfaces_tokenwindow AS w (key, window_at, count) SELECT unnest(%s::text[]), %s, 1
ON CONFLICT (key, window_at) DO UPDATE SET count = w.count + 1 RETURNING key, count
"""


def take_token_turn(client: str, address: str | None, *, at: datetime) -> None:
    """Count one asking (计一次). Raises ``ProblemError`` with ``Retry-After`` where it is one too many."""
    place = address or "-"
    most = {f"system {client[:40]} {place}": OF_A_SYSTEM, f"address {place}": OF_AN_ADDRESS}
    with as_node(), connection.cursor() as cursor:
        cursor.execute(COUNT, [sorted(most), at.replace(second=0, microsecond=0)])
        over = [key for key, count in cursor.fetchall() if count > most[key]]
    if over:
        again = 60 - at.second
        raise ProblemError(
            "too-many-requests", f"取令牌过于频繁, {again} 秒后再试; 令牌在有效期内可以重复使用",
            headers={"Retry-After": str(again)},
        )  # fmt: skip


def forget_windows(*, before: datetime) -> None:
    """Minutes that are over (清理)."""
    TokenWindow.objects.filter(window_at__lt=before).delete()
