"""What an agent does of hosting, divisions, standards, catalogues and grants; imported once the node is set up."""

import io
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils import timezone

from minzheng.exchange import assigning, services
from minzheng.exchange.models import Batch, ReviewItem
from minzheng.foundation.access.scope import Scope
from minzheng.foundation.access.standing import as_scope
from minzheng.foundation.accounts.models import User
from minzheng.foundation.accounts.services import authenticate, create_user
from minzheng.foundation.crypto.fields import open_text
from minzheng.foundation.files.models import Attachment
from minzheng.foundation.files.services import attach, content
from minzheng.foundation.members.models import Member
from minzheng.registry import divisions
from minzheng.registry.models import Person
from minzheng.sharing.between import control as between_control
from minzheng.sharing.between import hosting, pulling, routing
from minzheng.sharing.between.calling import Caller
from minzheng.sharing.between.models import Told
from minzheng.sharing.catalogue.queries.editions import in_force
from minzheng.sharing.catalogue.services.editions import compile_catalogue, publish_catalogue
from minzheng.sharing.grants import services as grants
from minzheng.sharing.grants.granted.fields import shared
from minzheng.sharing.grants.models import Grant
from minzheng.sharing.grants.using import grant_for
from minzheng.standards import services as standards
from minzheng.stewardship.lookup.asked import Asked
from minzheng.stewardship.lookup.clauses import persons_left

PASSWORD = "Xihu-Longjing-88"
PDF = b"%PDF-1.4\n%%EOF\n"


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
