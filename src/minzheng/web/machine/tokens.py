"""How a token is had (取令牌): OAuth 2 client credentials; scopes are data sets, and only those one has a grant of."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from oauth2_provider.models import Application
from oauth2_provider.oauth2_validators import OAuth2Validator
from oauth2_provider.scopes import BaseScopes

from minzheng.sharing.grants.granted.fields import shared_sets
from minzheng.sharing.grants.using import granted_sets


class DataSets(BaseScopes):  # type: ignore[misc]
    """Data sets as scopes (令牌范围)."""

    def get_all_scopes(self) -> dict[str, str]:
        """Every data set that can be shared (全部范围)."""
        return {found.spec.key: found.spec.name for found in shared_sets()}

    def get_available_scopes(self, application: Application | None = None, *_: Any, **__: Any) -> list[str]:
        """Those a system has a grant of now (可用范围)."""
        return granted_sets(application.client_id, at=timezone.now()) if application else []

    def get_default_scopes(
        self, application: Application | None = None, request: HttpRequest | None = None, *_: Any, **__: Any
    ) -> list[str]:
        """All of them, where none is named (默认范围)."""
        return self.get_available_scopes(application, request)


class Validator(OAuth2Validator):  # type: ignore[misc]
    """Client credentials and nothing else (令牌校验)."""

    def validate_grant_type(
        self, _client_id: str, grant_type: str, client: Application, *_: Any, **__: Any
    ) -> bool:
        """No codes, no passwords, no refreshing: a system has its secret (授权类型)."""
        return grant_type == "client_credentials" and client is not None
