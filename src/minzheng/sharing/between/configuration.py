"""The province's word on the exchange (全域配置): members, standards in force and grants, signed; nodes go by the one they have.

``card``: what a node says of itself, signed, to be carried to the province once. The province enters it and publishes the next
version; every node takes it from the node above it, unaltered, and believes it by the province's key, which it was given once.
"""

import datetime
import json
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from minzheng.foundation.accounts.models import User
from minzheng.foundation.audit.services import record
from minzheng.foundation.crypto import sm2
from minzheng.foundation.members.models import Member
from minzheng.foundation.members.services import own_code, sign
from minzheng.sharing.between import tls
from minzheng.sharing.between.models import Configuration
from minzheng.sharing.catalogue.documents import digest_of, export_document
from minzheng.sharing.catalogue.terms import CatalogueError, DocumentKind
from minzheng.sharing.grants.services.from_above import export_grants, take_grants
from minzheng.standards.services import from_above

FIELDS = (
    "code", "name", "kind", "division_code", "upper_code", "hosted", "address", "sign_key", "seal_key", "certificate",
    "former_keys",
)  # fmt: skip
TIMES = ("valid_from", "valid_to", "revoked_at")
VALID = datetime.timedelta(days=730)
LIST_LOCK = 7025  # one list at a time
PUBLISH_LOCK = 7024


class ConfigurationError(ValueError):
    """A configuration or card that is not believed, and why (配置不可信)."""


def card(*, name: str, address: str, upper_code: str) -> dict[str, Any]:
    """What this node says of itself, signed by its own key (节点名片)."""
    said = {
        "code": own_code(), "name": name, "kind": Member.NODE, "division_code": own_code(), "upper_code": upper_code,
        "address": address, "sign_key": sm2.own_pair(sm2.SIGN).public.hex(), "seal_key": sm2.own_pair(sm2.SEAL).public.hex(),
        "certificate": tls.own_certificate(),
    }  # fmt: skip
    return {"card": said, "signature": sign(text_of(said)).signature}


def enrol(given: dict[str, Any], *, by: User | str | None, at: datetime.datetime) -> Configuration:
    """The province enters a member from its card and publishes (登记成员). Raises ``ConfigurationError``.

    A card with another key replaces the former one, which goes on proving what it signed.
    """
    _is_root()
    said, signature = _card(given)
    if not sm2.verified(bytes.fromhex(said["sign_key"]), text_of(said), bytes.fromhex(signature)):
        raise ConfigurationError("名片的签名与其中的公钥不符")
    with transaction.atomic():
        former = Member.objects.filter(code=said["code"]).first()
        old = list(former.former_keys) if former is not None else []
        if former is not None and former.sign_key != said["sign_key"]:
            old.append({"sign_key": former.sign_key, "until": at.isoformat()})
        values = {name: said[name] for name in FIELDS if name in said and name != "code"}
        values |= {"former_keys": old, "valid_from": at - datetime.timedelta(days=2), "valid_to": at + VALID}
        values["revoked_at"] = None
        Member.objects.update_or_create(code=said["code"], defaults=values)
        record(by=by, action="enrol_member", object_kind="member", object_id=said["code"], at=at)
        return publish(by=by, at=at)


def is_known(given: dict[str, Any]) -> bool:
    """Whether a member stands in the list just as its card says (名片是否已登记)."""
    said, _ = _card(given)
    member = Member.objects.filter(code=said["code"], revoked_at=None).first()
    return member is not None and all(getattr(member, name) == value for name, value in said.items())


def revoke(code: str, *, by: User | str | None, at: datetime.datetime, reason: str) -> Configuration:
    """Believe a member no more from now on (吊销成员)."""
    _is_root()
    with transaction.atomic():
        if not Member.objects.filter(code=code).update(revoked_at=at):
            raise ConfigurationError(f"成员 {code} 不在名录中")
        record(by=by, action="revoke_member", object_kind="member", object_id=code, purpose=reason, at=at)
        return publish(by=by, at=at)


def publish(*, by: User | str | None, at: datetime.datetime) -> Configuration:
    """The next version of the configuration, signed by the province (发布配置)."""
    _is_root()
    last = current()
    version = (last.version if last else 0) + 1
    document = {"version": version, "issued_at": at.isoformat(), "root": own_code()} | _content(at)
    made = Configuration.objects.create(
        version=version,
        document=document,
        signature=sign(text_of(document)).signature,
        taken_at=at,
    )
    record(by=by, action="publish_configuration", object_kind="configuration", object_id=made.version, at=at)
    return made


def _content(at: datetime.datetime) -> dict[str, Any]:
    return {
        "members": [_written(one) for one in Member.objects.order_by("code")],
        "standards": from_above.told(within=own_code()), "grants": export_grants(at=at),
        "catalogue": _catalogue(at),
    }  # fmt: skip


def _catalogue(at: datetime.datetime) -> str:
    """The digest of the province's catalogue, by which it is believed whoever passes it on."""
    try:
        return digest_of(export_document(DocumentKind.CATALOGUE, at=at))
    except CatalogueError:
        return ""


def root_code() -> str:
    """The code of the node that signs the configuration (省级节点代码)."""
    found = current()
    return str(found.document.get("root", "")) if found else ""


def up_to_date(*, at: datetime.datetime) -> Configuration | None:
    """The version to give out (供取配置): at the province a new one, where a standard or a grant has changed since."""
    found = current()
    if found is None or not is_root():
        return found
    now = _content(at)
    if all(found.document.get(name) == said for name, said in now.items()):
        return found
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [PUBLISH_LOCK])
        found = current()
        if found is not None and all(found.document.get(name) == said for name, said in now.items()):
            return found
        return publish(by=None, at=at)


def current() -> Configuration | None:
    """The version this node goes by (现行配置)."""
    return Configuration.objects.order_by("-version").first()


def trust(root_key: str) -> None:
    """Believe the province by this key from now on; said once, by hand (信任省级公钥)."""
    path = _root_path()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if path.exists() and path.read_text().strip() != root_key:
        raise ConfigurationError("本节点已信任另一个省级公钥; 更换须先由管理员删除 keys/root.pub")
    path.write_text(root_key)


def take(document: dict[str, Any], signature: str, *, at: datetime.datetime) -> bool:
    """Go by a configuration that came (接受配置); False for one that is not newer. Raises ``ConfigurationError``."""
    try:
        version, members = int(document["version"]), list(document["members"])
        believed = sm2.verified(bytes.fromhex(root_key()), text_of(document), bytes.fromhex(signature))
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigurationError("配置格式不对") from error
    if not believed:
        raise ConfigurationError("配置的签名不是所信任的省级节点签的")
    with transaction.atomic():
        with connection.cursor() as cursor:  # it may come from above and from below at once
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LIST_LOCK])
        last = current()
        if last is not None and version <= last.version:
            return False
        for one in members:
            times = {name: _moment(one.get(name)) for name in TIMES}
            Member.objects.update_or_create(
                code=one["code"], defaults={name: one[name] for name in FIELDS if name != "code"} | times
            )
        Member.objects.exclude(code__in=[one["code"] for one in members]).delete()
        try:
            take_grants(document.get("grants", []), origin=str(document.get("root", "")), at=at)
        except (KeyError, TypeError, ValueError) as error:
            raise ConfigurationError("配置中的授权格式不对") from error
        Configuration.objects.create(version=version, document=document, signature=signature, taken_at=at)
    return True


def root_key() -> str:
    """The province's key as this node was given it; the province's own at the province. Raises ``ConfigurationError``."""
    if is_root():
        return sm2.own_pair(sm2.SIGN).public.hex()
    if not _root_path().exists():
        raise ConfigurationError("还没有信任省级公钥: minzheng between trust")
    return str(_root_path().read_text()).strip()


def is_root() -> bool:
    """Whether this node publishes the list (是否省级节点)."""
    return own_code()[2:] == "0000"


def text_of(said: object) -> bytes:
    """What is signed: JSON with sorted keys and no spaces."""
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _is_root() -> None:
    if not is_root():
        raise ConfigurationError("只有省级节点发布成员名录")


def _root_path() -> Any:
    return settings.HOME / "keys" / "root.pub"


def _card(given: dict[str, Any]) -> tuple[dict[str, Any], str]:
    try:
        said, signature = dict(given["card"]), str(given["signature"])
        bytes.fromhex(said["sign_key"]), bytes.fromhex(signature), said["code"], said["name"], said["address"]
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigurationError("名片格式不对") from error
    return said, signature


def _written(member: Member) -> dict[str, Any]:
    times = {name: value.isoformat() if (value := getattr(member, name)) else None for name in TIMES}
    return {name: getattr(member, name) for name in FIELDS} | times


def _moment(text: str | None) -> datetime.datetime | None:
    return datetime.datetime.fromisoformat(text) if text else None


def told_soon(*, at: datetime.datetime | None = None, days: int = 30, within: str = "") -> list[str]:
    """What ends within some days, in sentences: keys and certificates of members ``within`` a division's prefix (临期提醒)."""
    at = at or timezone.now()
    soon, said = at + datetime.timedelta(days=days), []
    near = Member.objects.filter(revoked_at=None, division_code__startswith=within)
    for member in near.order_by("code"):
        for what, end in (("登记", member.valid_to), ("TLS 证书", tls.ends_on(member.certificate))):
            if end is not None and end <= soon:
                left = (end - at).days
                said.append(f"{member} 的{what}" + (f"还有 {left} 天到期" if left >= 0 else "已到期"))
    return said
