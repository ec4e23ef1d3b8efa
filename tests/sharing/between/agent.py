"""A node in a process of its own that does what a test tells it, a line of JSON each: the product's own services and door."""

import io
import json
import socket
import sys
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

from minzheng.cli.boot import boot

boot(migrate=False)
from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402
from tests.sharing.between import acting  # noqa: E402

from minzheng.exchange import services  # noqa: E402
from minzheng.foundation.members.models import Member  # noqa: E402
from minzheng.sharing.between import (  # noqa: E402
    completeness,
    configuration,
    control,
    keeping,
    proving,
    pulling,
    queries,
    receiving,
    routing,
    sending,
)
from minzheng.sharing.between.calling import Caller  # noqa: E402

_stopping = threading.Event()


def card(address: str, upper: str) -> Any:
    return configuration.card(name=f"节点{settings.NODE_DIVISION_CODE}", address=address, upper_code=upper)


def enrol(card: Any) -> Any:
    return configuration.enrol(card, by="test", at=timezone.now()).version


def revoke(code: str) -> Any:
    return configuration.revoke(code, by="test", at=timezone.now(), reason="演练").version


def members() -> Any:
    found = configuration.current()
    return {"document": found.document, "signature": found.signature, "root_key": configuration.root_key()}


def trust(given: Any) -> Any:
    configuration.trust(given["root_key"])
    return configuration.take(given["document"], given["signature"], at=timezone.now())


def serve(port: int) -> Any:
    """The door in a thread, as the product serves it in a process."""
    from minzheng.web.between.serving import serve

    listener = socket.create_server(("127.0.0.1", port), backlog=64)
    threading.Thread(target=serve, args=(listener.detach(),), daemon=True).start()
    return port


def loops() -> Any:
    threading.Thread(target=pulling.run, args=(_stopping,), daemon=True).start()
    return True


def everything(code: str) -> Any:
    return routing.everything(Member.objects.get(code=code))


def fetch() -> Any:
    """Everything that waits above for this node; how many batches."""
    return _all(lambda caller: pulling.fetch(caller, wait=0))


def hand_up() -> Any:
    return _all(pulling.hand_up)


def align() -> Any:
    with Caller(routing.peers().above) as caller:
        return pulling.align(caller)


def complete() -> Any:
    with Caller(routing.peers().above) as caller:
        return pulling.complete(caller)


def fetch_unacknowledged() -> Any:
    """One batch taken, and the line cut before its sender hears of it."""
    with Caller(routing.peers().above) as caller:
        after, _ = receiving.last_taken(caller.peer)
        with caller.next_batch(after, wait=0) as found:
            if found is None:
                return None
            return receiving.take(caller.peer, *found, above=True, at=timezone.now()).seq


def _all(step: Any) -> int:
    with Caller(routing.peers().above) as caller:
        done = 0
        while step(caller):
            done += 1
        return done


def bring(feed: str, text: str) -> Any:
    batch = services.receive(
        feed, io.BytesIO(text.encode()), name="文件.csv", source=None, by=None, at=timezone.now()
    )
    return services.report(services.run(batch)) | {"id": str(batch.id)}


def bring_file(feed: str, path: str) -> Any:
    with Path(path).open("rb") as file:
        batch = services.receive(feed, file, name=f"{feed}.csv", source=None, by=None, at=timezone.now())
    return services.report(services.run(batch))["stage"]


def find(number: str) -> Any:
    """Who bears a number here, as a clerk's search finds them."""
    from minzheng.foundation.crypto.fields import blind
    from minzheng.registry.models import Person

    found = Person.objects.filter(id_number_blind=blind("id_number", number), superseded_by=None)
    return [str(one.id) for one in found]


def sql(query: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return [list(row) for row in cursor.fetchall()] if cursor.description else cursor.rowcount


def status() -> Any:
    return queries.roads(at=timezone.now())


def verify(record: str | None = None) -> Any:
    return proving.prove(record) if record else proving.verify_all()


def check() -> Any:
    """How complete this node is: data set → [expected, held, missing, extra]."""
    with Caller(routing.peers().above) as caller:
        found = completeness.check(caller, by=None, at=timezone.now())
    return {
        f"{one.data_set} {one.division_code}": [one.expected, one.held, one.missing, one.extra]
        for one in found
    }


def make_good() -> Any:
    with Caller(routing.peers().above) as caller:
        return completeness.make_good(caller, by=None, at=timezone.now())


def _officer() -> Any:
    from minzheng.foundation.accounts.models import User

    code = settings.NODE_DIVISION_CODE
    return User.objects.get_or_create(
        username="officer",
        defaults={"display_name": "数据员", "roles": ["data_officer"], "division_code": code},
    )[0]


def dispute(name: str, heading: str, proposed: str) -> Any:
    """Someone at this node says that a value is wrong."""
    from minzheng.foundation.access.scope import Scope
    from minzheng.registry.models import Person
    from minzheng.stewardship.quality.disputable import disputable
    from minzheng.stewardship.quality.disputing import raise_dispute

    scope = Scope.system(settings.NODE_DIVISION_CODE)
    person = Person.objects.get(name=name, superseded_by=None)
    key = next(one.key for one in disputable(scope, person.id) if one.heading == heading)
    made = raise_dispute(
        scope,
        person.id,
        key,
        proposed=proposed,
        reason="本人来电说明",
        evidence="来电登记",
        by=_officer(),
        at=timezone.now(),
    )
    return str(made.id)


def answer_dispute(dispute: str, value: str) -> Any:
    """Accepted with a value, refused without; returns why it was not possible."""
    from minzheng.stewardship.quality import disputing
    from minzheng.stewardship.quality.models import Dispute
    from minzheng.stewardship.quality.services import TicketError

    found = Dispute.objects.get(pk=dispute)
    try:
        if value:
            disputing.accept(found, value=value, text="", by=_officer(), at=timezone.now())
        else:
            disputing.refuse(found, text="来源无误", by=_officer(), at=timezone.now())
    except TicketError as error:
        return str(error)
    return ""


def phone(name: str) -> Any:
    from minzheng.foundation.crypto.fields import open_text
    from minzheng.registry.models import Person

    return open_text("phone", Person.objects.get(name=name, superseded_by=None).phone_cipher)


def remove_bodies() -> Any:
    """As the nightly job does, more than a year from now."""
    return keeping.remove_bodies(at=timezone.now() + timedelta(days=400))


def bodies() -> Any:
    return sorted(str(path) for path in sending.folder().iterdir())


def hurry() -> Any:
    """Ask the node above often."""
    control.EVERY_S = 0.3
    return loops()


def main() -> None:
    for line in sys.stdin:
        said = json.loads(line)
        try:
            what = said.pop("do")
            answer = {"ok": (getattr(acting, what, None) or globals()[what])(**said)}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        connection.close()
        sys.stdout.write(json.dumps(answer, default=str) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
