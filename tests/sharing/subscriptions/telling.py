"""For tests of subscriptions: a granted system, changes made in the register, the process that tells of them."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone
from tests.node import Node, _url
from tests.sharing.making import granted, officer, system

from minzheng.sharing.grants.models import Grant
from minzheng.sharing.subscriptions import services
from minzheng.sharing.subscriptions.models import Subscription


def person_of(node: Node, name: str) -> UUID:
    found: UUID = node.value("SELECT id FROM registry_person WHERE name = %s AND superseded_by IS NULL", name)
    return found


def changed(node: Node, name: str, operation: str = "updated", *, former: str = "", **columns: Any) -> UUID:
    """The register and the outbox as one transaction of the product leaves them."""
    who = person_of(node, name)
    sets = ", ".join(f"{column} = %s" for column in columns)
    if sets:
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE registry_person SET {sets} WHERE id = %s", [*columns.values(), who])
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO foundation_outboxentry (at, data_set, division_code, former_code, operation, subject_ids)
            SELECT now(), 'persons', left(hukou_division_code, 6), %s, %s, ARRAY[id] FROM registry_person WHERE id = %s""",
            [former, operation, who],
        )  # fmt: skip
    return who


def system_with_grant(code: str = "yibao", **more: Any) -> Grant:
    by = officer(f"of-{code}")
    return granted(system(by, code), by, **more)


def subscribed(grant: Grant, **more: Any) -> Subscription:
    said: dict[str, Any] = {
        "client": grant.client_id,
        "data_set": grant.data_set,
        "at": timezone.now(),
        "begin": "now",
    }
    return services.subscribe(**(said | more)).subscription


def until(condition: Callable[[], Any], seconds: float = 15.0) -> Any:
    """What the condition gives once it is true."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("it never came")


class Telling:
    """The node's own process for subscribers, on the test's database."""

    def __init__(self, node: Node) -> None:
        settings = connection.settings_dict
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.set_inheritable(True)
        self.address = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self._environment = os.environ | {
            "DATABASE_URL": _url(settings, settings["NAME"]), "MINZHENG_HOME": str(node.home), "MINZHENG_LOG": "WARNING",
        }  # fmt: skip
        self.start()

    def start(self) -> None:
        command = [
            sys.executable,
            "-m",
            "minzheng.cli.children",
            "subscriptions",
            str(self.listener.fileno()),
        ]
        self.process = subprocess.Popen(
            command, env=self._environment, stdin=subprocess.PIPE, pass_fds=[self.listener.fileno()]
        )

    def kill(self) -> None:
        """As a power cut would."""
        self.process.kill()
        with self.process:
            pass


@contextmanager
def telling(node: Node) -> Iterator[Telling]:
    made = Telling(node)
    try:
        yield made
    finally:
        made.kill()
        made.listener.close()
