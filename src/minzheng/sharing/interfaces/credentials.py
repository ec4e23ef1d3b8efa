"""Secrets and tokens of departments' systems (接入凭据): a secret is shown once and kept as a digest; so are tokens."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.db import transaction
from oauth2_provider.models import AccessToken, Application, set_token_value

from minzheng.foundation.access.standing import as_node
from minzheng.foundation.accounts.models import User
from minzheng.foundation.audit.services import record
from minzheng.sharing.grants.models import Client
from minzheng.sharing.grants.using import granted_sets

TRIAL_FOR = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Known:
    """Who shows a token (令牌持有者)."""

    client: str
    data_sets: frozenset[str]
    certificate_sha256: str


def issue_secret(*, client: Client, by: User, at: datetime) -> str:
    """A new secret for a system; the former one and its tokens end at once (签发密钥)."""
    secret = secrets.token_urlsafe(32)
    with transaction.atomic(), as_node():
        app = _application(client)
        app.client_secret = make_password(secret)
        app.save()
        AccessToken.objects.filter(application=app).delete()
        record(by=by, action="grants.client_secret", object_kind="client", object_id=client.code, at=at)
    return secret


def trial_token(*, client: Client, by: User, at: datetime) -> str:
    """A token for who tries the calls on a page; only for a test system, which is answered from the sample (试用令牌).

    Raises ``ValueError`` for any other.
    """
    if not client.is_test:
        raise ValueError("只有测试系统可以试用")
    raw = secrets.token_urlsafe(32)
    with transaction.atomic(), as_node():
        token = AccessToken(
            application=_application(client),
            expires=at + TRIAL_FOR,
            scope=" ".join(granted_sets(client.code, at=at)),
        )
        set_token_value(token, raw)
        token.save()
        record(by=by, action="interface.trial", object_kind="client", object_id=client.code, at=at)
    return raw


def who_shows(token: str, *, at: datetime) -> Known | None:
    """The system that a token was given to, as long as both are good (认令牌)."""
    digest = hashlib.sha256(token.encode()).hexdigest()
    with as_node():
        found = (
            AccessToken.objects.filter(token_checksum=digest, expires__gt=at)
            .values_list("application__client_id", "scope")
            .first()
        )
        if found is None:
            return None
        client = (
            Client.objects.filter(pk=found[0], disabled_at__isnull=True)
            .only("code", "certificate_sha256")
            .first()
        )
    return Known(client.code, frozenset(found[1].split()), client.certificate_sha256) if client else None


def drop_expired(*, at: datetime) -> None:
    """Tokens past their time are deleted (清理令牌)."""
    AccessToken.objects.filter(expires__lt=at).delete()


def _application(client: Client) -> Application:
    app, _ = Application.objects.get_or_create(
        client_id=client.code,
        defaults={
            "name": client.name, "client_type": Application.CLIENT_CONFIDENTIAL,
            "authorization_grant_type": Application.GRANT_CLIENT_CREDENTIALS,
            "client_secret": make_password(secrets.token_urlsafe(32)),
        },
    )  # fmt: skip
    return app
