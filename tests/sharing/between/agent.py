"""A node in a process of its own that does what a test tells it, a line of JSON each: the product's own services and door."""

import io
import json
import socket
import sys
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from minzheng.cli.boot import boot

boot(migrate=False)
from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from minzheng.exchange import assigning, services  # noqa: E402
from minzheng.exchange.models import Batch, ReviewItem  # noqa: E402
from minzheng.foundation.access.scope import Scope  # noqa: E402
from minzheng.foundation.access.standing import as_scope  # noqa: E402
from minzheng.foundation.accounts.models import User  # noqa: E402
from minzheng.foundation.accounts.services import authenticate, create_user  # noqa: E402
from minzheng.foundation.crypto.fields import open_text  # noqa: E402
from minzheng.foundation.files.models import Attachment  # noqa: E402
from minzheng.foundation.files.services import attach, content  # noqa: E402
from minzheng.foundation.members.models import Member  # noqa: E402
from minzheng.registry import divisions  # noqa: E402
from minzheng.registry.models import Person  # noqa: E402
from minzheng.sharing.between import (  # noqa: E402
    configuration,
    hosting,
    proving,
    pulling,
    queries,
    receiving,
    routing,
    sending,
)
from minzheng.sharing.between import control as between_control  # noqa: E402
from minzheng.sharing.between.calling import Caller  # noqa: E402
from minzheng.sharing.between.models import Told  # noqa: E402
from minzheng.sharing.catalogue.queries.editions import in_force  # noqa: E402
from minzheng.sharing.catalogue.services.editions import compile_catalogue, publish_catalogue  # noqa: E402
from minzheng.sharing.grants import services as grants  # noqa: E402
from minzheng.sharing.grants.granted.fields import shared  # noqa: E402
from minzheng.sharing.grants.models import Grant  # noqa: E402
from minzheng.sharing.grants.using import grant_for  # noqa: E402
from minzheng.standards import services as standards  # noqa: E402
from minzheng.stewardship.lookup.asked import Asked  # noqa: E402
from minzheng.stewardship.lookup.clauses import persons_left  # noqa: E402

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


def bodies() -> Any:
    return sorted(str(path) for path in sending.folder().iterdir())


def publish(folder: str) -> Any:
    return standards.publish(Path(folder), by="test", at=timezone.now(), note="").as_dict()


def control() -> Any:
    """What the loop does beside the streams: the province's configuration, then standards and catalogues both ways."""
    with Caller(routing.peers().above) as caller:
        pulling.take_configuration(caller)
        between_control.talk(caller, at=timezone.now())
    problems = Told.objects.exclude(problem="").values_list("direction", "kind", "problem")
    return [list(one) for one in problems]


def enact() -> Any:
    return divisions.enact(timezone.now()).rows


def persons_of(division: str) -> Any:
    """Whom a search finds that is narrowed to a division."""
    left = persons_left(Scope.system(settings.NODE_DIVISION_CODE), Asked(division=division))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT name FROM registry_person p WHERE {left.sql} ORDER BY name", left.values)
        return [name for (name,) in cursor.fetchall()]


def undivided() -> Any:
    found = assigning.undivided(Scope.system(settings.NODE_DIVISION_CODE))
    return {one.code: one.persons for one in found}


def assign_by_address(code: str) -> Any:
    return assigning.assign_by_address(code, by="test", at=timezone.now())


def assign(code: str, said: Any) -> Any:
    return assigning.assign(code, [tuple(one) for one in said], by="test", at=timezone.now())


def catalogue() -> Any:
    draft = compile_catalogue(by="test", at=timezone.now())
    return publish_catalogue(edition_id=draft.pk, by="test", at=timezone.now()).number


def allowed(client: str, data_set: str) -> Any:
    """Whether a department's system may look something up here."""
    return grant_for(client, data_set, "one", at=timezone.now()) is not None


def host(code: str, counties: list[str]) -> Any:
    return hosting.host(code, counties, by="test", at=timezone.now())


def hosted() -> Any:
    return dict(Member.objects.filter(kind=Member.NODE).values_list("code", "hosted"))


def move_out(county: str, step: str) -> Any:
    """``begin``, ``abort``, ``cut_over`` or ``progress``."""
    if step == "progress":
        return hosting.progress(county)
    more = {"with_accounts": True} if step == "begin" else {}
    return getattr(hosting, step)(county, by="test", at=timezone.now(), **more) and step


def user(name: str, division: str, roles: list[str]) -> Any:
    return create_user(
        username=name, password=PASSWORD, display_name="王晓", division_code=division, roles=roles, data_level=4,
        must_change_password=False,
    ).pk  # fmt: skip


def login(name: str) -> Any:
    """Whether the account is let in; raises what it is told where it is not."""
    return authenticate(username=name, password=PASSWORD) is not None


def bring_as(name: str, feed: str, text: str) -> Any:
    """As an official brings a file in at his own desk."""
    by = User.objects.get(username=name)
    batch = services.receive(
        feed, io.BytesIO(text.encode()), name="文件.csv", source=None, by=by, at=timezone.now()
    )
    return services.report(services.run(batch))


def desk(name: str) -> Any:
    """What an official sees, held to it by the database: persons, batches, whose catalogue."""
    scope = Scope.of(User.objects.get(username=name))
    with as_scope(scope):
        found = in_force(scope)
        return {
            "persons": sorted(Person.objects.exclude(name=None).values_list("name", flat=True)),
            "batches": Batch.objects.count(), "catalogue": found.division_code if found else "",
        }  # fmt: skip


def catalogue_of(name: str) -> Any:
    """An official compiles and publishes the catalogue of his desk."""
    by = User.objects.get(username=name)
    draft = compile_catalogue(by=by, at=timezone.now())
    return publish_catalogue(edition_id=draft.pk, by=by, at=timezone.now()).division_code


def hang(person: str, text: str) -> Any:
    """A file on a person."""
    return attach(
        io.BytesIO(PDF + text.encode()), name="证明.pdf", title=text, subject_kind="person", subject_id=UUID(person),
        by="王晓", at=timezone.now(),
    ).pk  # fmt: skip


def files() -> Any:
    """Title and content of every file that hangs somewhere."""
    found = Attachment.objects.order_by("title")
    return [[one.title, b"".join(content(one.file_id)).removeprefix(PDF).decode()] for one in found]


def review_rows() -> Any:
    """What waits for a decision, as its source wrote it."""
    return [open_text("row", one.row_cipher) for one in ReviewItem.objects.order_by("row_no")]


def grant(client: str) -> Any:
    """The province grants a department's system the look-up of persons."""
    by = User.objects.get(username="officer")
    system = grants.register_client(
        code=client, name="医保核验系统", office="省医保局", division_code="330000", by=by, at=timezone.now()
    )
    found = shared("persons")
    asked = grants.ask(
        client=system, data_set="persons", purpose="核对参保资格", legal_basis="社会保险法第五十七条",
        fields=list(found.fields), division_code="330000", methods=["one"], per_minute=100, per_day=1000,
        until_on=timezone.localdate() + timedelta(days=90), by=by, at=timezone.now(),
    )  # fmt: skip
    return grants.agree(
        application=asked, fields=asked.fields, masked=[], methods=["one"], until_on=asked.until_on, per_minute=100,
        per_day=1000, answer="同意", by=by, at=timezone.now(),
    ).pk  # fmt: skip


def withdraw(grant_id: int) -> Any:
    by = User.objects.get(username="officer")
    return grants.withdraw(
        grant=Grant.objects.get(pk=grant_id), reason="演练撤回", by=by, at=timezone.now()
    ).pk


def hurry() -> Any:
    """Ask the node above often."""
    between_control.EVERY_S = 0.3
    return loops()


PASSWORD = "Xihu-Longjing-88"
PDF = b"%PDF-1.4\n%%EOF\n"


def main() -> None:
    for line in sys.stdin:
        said = json.loads(line)
        try:
            answer = {"ok": globals()[said.pop("do")](**said)}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        connection.close()
        sys.stdout.write(json.dumps(answer, default=str) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
