"""The control plane (控制面): standards and catalogues between a node and its upper, beside the streams.

One question of the lower node does it both ways: it says what it has and hands up what is new of its own; the answer names the
layers of the standard above it and brings the documents that are new there. A layer is fetched where its digest is not known;
one of the province must be named in the province's signed configuration. What cannot be taken is kept with its reason and tried
again; everything else goes on meanwhile.
"""

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings

from minzheng.foundation.members.models import Member
from minzheng.sharing.between import arriving, configuration, hosting
from minzheng.sharing.between.calling import Caller
from minzheng.sharing.between.models import Move, Told
from minzheng.sharing.between.terms import Direction
from minzheng.sharing.catalogue.documents import digest_of, export_document, take_document
from minzheng.sharing.catalogue.terms import CatalogueError, DocumentKind
from minzheng.standards.errors import StandardsError
from minzheng.standards.services import from_above

STANDARDS = "standards"
PASSED = "passed"
EVERY_S = 15.0  # a lower node asks again after so long


def talk(caller: Caller, *, at: datetime) -> None:
    """Ask the upper node once, both ways (控制面往来). Raises ``CallError`` where it does not answer."""
    peer = caller.peer
    new = _news(peer, at)
    said = {
        "have": _digests(Direction.IN, peer), "passed": _passed_digest(),
        "documents": {kind: one for kind, (one, _) in new.items()},
        "moved_out": list(Move.objects.filter(state=Move.DONE).values_list("county_code", flat=True)),
    }  # fmt: skip
    answer = caller.ask("POST", "/control", said) or {}
    _configuration(caller, int(answer.get("configuration", 0)), at)
    refused = dict(answer.get("refused", {}))
    for kind, (_, digest) in new.items():
        _keep(Direction.OUT, peer, kind, digest, at, str(refused.get(kind, "")))
    for kind, document in dict(answer.get("documents", {})).items():
        _take(peer, str(kind), document, at)
    if answer.get("passed"):
        _take_passed(answer["passed"], at)
    _standards(caller, list(answer.get(STANDARDS, [])), at)
    if answer.get("move") == "ready":
        arriving.arrive(caller, with_accounts=bool(answer.get("with_accounts")), at=at)


def answered(member: Member, said: Mapping[str, Any], *, at: datetime) -> dict[str, Any]:
    """What is told a lower node that asks, once its own documents are taken (应答控制面)."""
    hosting.moved_out(member, list(said.get("moved_out", [])), at=at)
    found = configuration.up_to_date(at=at)
    move = Move.objects.filter(county_code=member.division_code).first()
    refused = {}
    for kind, document in dict(said.get("documents", {})).items():
        if problem := _take(member, str(kind), document, at):
            refused[kind] = problem
    have = dict(said.get("have", {}))
    new = {kind: one for kind, (one, digest) in _documents(member, at).items() if have.get(kind) != digest}
    passed = _passed()
    return {
        "configuration": found.version if found else 0, STANDARDS: from_above.told(within=member.division_code),
        "documents": new, "refused": refused, "move": hosting.standing(member.division_code),
        "with_accounts": move is not None and move.with_accounts,
        "passed": passed.document if passed and passed.digest != said.get("passed") else None,
    }  # fmt: skip


def _configuration(caller: Caller, version: int, at: datetime) -> None:
    have = configuration.current()
    if version > (have.version if have else 0):
        answer = caller.ask("GET", f"/configuration?have={have.version if have else 0}")
        if answer is not None:
            configuration.take(answer["document"], answer["signature"], at=at)


def _passed() -> Told | None:
    """The province's catalogue as it came, to be passed on (省级目录)."""
    root = configuration.root_code()
    return Told.objects.filter(direction=Direction.IN, peer_code=root, kind=DocumentKind.CATALOGUE).first()


def _passed_digest() -> str:
    found = _passed()
    return found.digest if found else ""


def _take_passed(document: Any, at: datetime) -> None:
    """Believed by the digest that the province has signed, whoever passed it on."""
    root = Member.objects.filter(code=configuration.root_code()).first()
    found = configuration.current()
    if root is None or found is None:
        return
    if digest_of(document) != found.document.get("catalogue"):
        _keep(Direction.IN, root, PASSED, "", at, "转来的省级目录与签名配置中的摘要不符")
        return
    _take(root, str(DocumentKind.CATALOGUE), document, at)


def edition(pack: str, version: str) -> dict[str, Any]:
    """A layer's content, as it travels (标准包随行). Raises ``StandardsError``."""
    return {"content": base64.b64encode(from_above.content_of(pack, version)).decode()}


def _standards(caller: Caller, told: list[dict[str, str]], at: datetime) -> None:
    """From the top down: a layer stands on the one above it."""
    problem = ""
    for one in from_above.wanted(told, own=str(settings.NODE_DIVISION_CODE)):
        try:
            _vouched(one)
            answer = caller.ask("GET", f"/standards?pack={one['pack']}&version={one['version']}") or {}
            from_above.take(one, base64.b64decode(answer["content"]), by=str(caller.peer)[:64], at=at)
        except (StandardsError, KeyError, ValueError) as error:
            problem = f"上级发布的 {one.get('pack')}@{one.get('version')} 没有启用: {error}"
            break
    _keep(Direction.IN, caller.peer, STANDARDS, digest_of(told), at, problem)


def _vouched(one: Mapping[str, str]) -> None:
    """The province's own layers and the nation's are those its signed configuration names."""
    if one["division"] and one["division"][2:] != "0000":
        return
    found = configuration.current()
    named = found.document.get(STANDARDS, []) if found else []
    if not any((two["pack"], two["digest"]) == (one["pack"], one["digest"]) for two in named):
        raise StandardsError("省级签名配置中没有这一版")


def _news(peer: Member, at: datetime) -> dict[str, tuple[dict[str, Any], str]]:
    sent = _digests(Direction.OUT, peer)
    return {kind: found for kind, found in _documents(peer, at).items() if sent.get(kind) != found[1]}


def _documents(peer: Member, at: datetime) -> dict[str, tuple[dict[str, Any], str]]:
    """Kind → (document, digest) of what there is to say; nothing of the catalogue before it is published."""
    found = {}
    for kind in map(str, DocumentKind):
        try:
            document = export_document(kind, for_member=peer.code, at=at)
        except CatalogueError:
            continue
        found[kind] = (document, digest_of(document))
    return found


def _take(peer: Member, kind: str, document: Any, at: datetime) -> str:
    """Returns what hindered it."""
    try:
        taken = take_document(document, peer.code, at=at)
    except CatalogueError as error:
        _keep(Direction.IN, peer, kind[:40], "", at, str(error))
        return str(error)
    problem = f"{len(taken.refused)} 条没有接收: {taken.refused[0].reason}" if taken.refused else ""
    _keep(Direction.IN, peer, kind, digest_of(document), at, problem)
    if kind == DocumentKind.CATALOGUE and peer.code == configuration.root_code():
        Told.objects.filter(direction=Direction.IN, peer_code=peer.code, kind=kind).update(document=document)
    return problem


def _digests(direction: Direction, peer: Member) -> dict[str, str]:
    found = Told.objects.filter(direction=direction, peer_code=peer.code)
    return dict(found.values_list("kind", "digest"))


def _keep(direction: Direction, peer: Member, kind: str, digest: str, at: datetime, problem: str) -> None:
    Told.objects.update_or_create(
        direction=direction, peer_code=peer.code, kind=kind,
        defaults={"digest": digest, "at": at, "problem": problem[:300]},
    )  # fmt: skip
