"""The connection's own keys (连接证书): each node shows a certificate it made, and believes exactly those the members list names.

Python's TLS knows no SM ciphers, so the connection is held by ECDSA P-256 and TLS 1.3; what is said inside is signed by SM2.
"""

import datetime
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.conf import settings

from minzheng.foundation.crypto.making import make_once

VALID = datetime.timedelta(days=825)
EARLIER = datetime.timedelta(days=2)  # a peer whose clock is a day behind believes it too


def own_certificate() -> str:
    """The certificate this node shows, PEM; made with its key at first use (本节点证书)."""
    _make()
    return _path("tls.crt").read_text()


def _path(name: str) -> Path:
    return Path(settings.HOME) / "keys" / name


def _make() -> None:
    """Key and certificate in one file first, so that the two always belong together."""
    both = _path("tls.pem")
    if not both.exists():
        make_once(both, _new_pair(str(settings.NODE_DIVISION_CODE)))
    text = both.read_text()
    certificate = text[text.index("-----BEGIN CERTIFICATE") :]
    if not _path("tls.crt").exists() or _path("tls.crt").read_text() != certificate:
        _path("tls.crt").write_text(certificate)


def _new_pair(name: str) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"minzheng-{name}")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder().subject_name(who).issuer_name(who).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - EARLIER).not_valid_after(now + VALID)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return (private + made.public_bytes(serialization.Encoding.PEM)).decode()


def for_calling(certificate: str) -> ssl.SSLContext:
    """To call the member who shows this certificate, and no one else (呼出)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False  # it is known by its certificate itself, wherever it stands
    context.load_verify_locations(cadata=certificate)
    _make()
    context.load_cert_chain(_path("tls.pem"))
    return context


def for_answering(certificates: list[str]) -> ssl.SSLContext:
    """To be called by members who show one of these (受话). Others are turned away before they have said anything."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_mode = ssl.CERT_REQUIRED
    believe(context, certificates)
    _make()
    context.load_cert_chain(_path("tls.pem"))
    return context


def believe(context: ssl.SSLContext, certificates: list[str]) -> None:
    """Take more certificates into a context that is in use: a member that is new can call at once (新增信任)."""
    known = {ssl.DER_cert_to_PEM_cert(der).strip() for der in context.get_ca_certs(binary_form=True)}
    fresh = [one for one in certificates if one.strip() and one.strip() not in known]
    if fresh:
        context.load_verify_locations(cadata="\n".join(fresh))


def ends_on(certificate: str) -> datetime.datetime | None:
    """When a certificate ends; None where there is none to read (证书有效期)."""
    try:
        return x509.load_pem_x509_certificate(certificate.encode()).not_valid_after_utc
    except ValueError:
        return None
