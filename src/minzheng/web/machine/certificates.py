"""The certificate a caller shows (客户端证书): what it hashes to, from whoever ended TLS (RFC 8705).

The node's own server puts the certificate into the environment as PEM; a proxy names its SHA-256 in a header that settings name.
Other ways of ending TLS fit in here.
"""

import hashlib
import ssl
from collections.abc import Mapping

from django.conf import settings
from django.http import HttpRequest


def fingerprint(request: HttpRequest) -> str:
    """SHA-256 of the caller's certificate, 64 hex digits; empty where it has shown none (证书指纹)."""
    if settings.CLIENT_CERTIFICATE_HEADER:
        return named(request.headers)
    shown = request.META.get("SSL_CLIENT_CERT") or ""
    if not shown:
        return ""
    try:
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(shown)).hexdigest()
    except ValueError:
        return ""


def named(headers: Mapping[str, str]) -> str:
    """As the proxy that ended TLS names it; empty where settings name no header (代理所示指纹)."""
    header = settings.CLIENT_CERTIFICATE_HEADER
    return str(headers.get(header, "")).replace(":", "").lower() if header else ""
