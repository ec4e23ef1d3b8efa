"""Receivers of webhooks over TLS: one that takes everything, and some of each kind that does not."""

import datetime
import ipaddress
import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Receivers(ThreadingHTTPServer):
    """``/good``, ``/slow``, ``/wrong`` (twice, then well), ``/busy``, ``/gone``, ``/redirect``, ``/mute``, ``/challenge``."""

    daemon_threads = True
    certificate = ""
    slow_s = 6.0

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.got: list[tuple[float, str, dict[str, str], bytes]] = []  # what was taken and answered 2xx
        self.tried: list[tuple[float, str]] = []

    def url(self, path: str) -> str:
        return f"https://127.0.0.1:{self.server_port}/{path}"

    def events(self, path: str) -> list[dict[str, Any]]:
        return [event for _, place, _, body in self.got if place == f"/{path}" for event in json.loads(body)]

    def states(self, path: str) -> list[str]:
        """What was said of education, in the order it was told."""
        return [event["data"].get("person_education_code", "") for event in self.events(path)]

    def times(self, path: str) -> list[float]:
        return [at for at, place in self.tried if place == f"/{path}"]


class _Handler(BaseHTTPRequestHandler):
    server: Receivers
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        pass

    def do_OPTIONS(self) -> None:
        if self.path == "/challenge":
            return self._answer(405)
        if self.path == "/mute":
            return self._answer(200)
        assert self.headers["WebHook-Request-Origin"]
        return self._answer(200, {"WebHook-Allowed-Origin": self.headers["WebHook-Request-Origin"]})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        said = json.loads(body)
        if isinstance(said, dict):
            return self._answer(200, body=b"no" if self.path == "/mute" else said["challenge"].encode())
        self.server.tried.append((time.monotonic(), self.path))
        nth = len(self.server.times(self.path.strip("/")))
        if self.path == "/slow":
            time.sleep(self.server.slow_s)
        if self.path == "/wrong" and nth <= 2:
            return self._answer(500)
        if self.path == "/busy" and nth == 1:
            return self._answer(429, {"Retry-After": "4"})
        if self.path == "/gone":
            return self._answer(410)
        if self.path == "/redirect":
            return self._answer(307, {"Location": self.server.url("elsewhere")})
        self.server.got.append((time.monotonic(), self.path, dict(self.headers), body))
        return self._answer(200)

    def _answer(self, status: int, headers: dict[str, str] | None = None, body: bytes = b"") -> None:
        self.send_response(status)
        for name, value in {**(headers or {}), "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def receivers(folder: Path) -> Iterator[Receivers]:
    """Listening on the loopback, under a certificate of their own."""
    made = Receivers()
    pem = _certificate()
    (folder / "receiver.pem").write_text(pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "receiver.pem")
    made.socket = context.wrap_socket(made.socket, server_side=True, do_handshake_on_connect=False)
    made.certificate = pem[pem.index("-----BEGIN CERTIFICATE") :]
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()


def _certificate() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "receiver")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder().subject_name(who).issuer_name(who).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, *form)
    return (private + made.public_bytes(serialization.Encoding.PEM)).decode()
