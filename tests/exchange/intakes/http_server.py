"""A real HTTP interface on the loopback: pages in four manners, tokens, a clock of its own; slow, wrong or down when told."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.exchange.numbers import number

CLIENT, SECRET = "mzt", "Geheim-456"


class Interface:
    """``rows``: what it holds. ``troubles``: (status, headers) given instead of an answer, the first first."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.troubles: list[tuple[int, dict[str, str]]] = []
        self.asked: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.bodies: list[Any] = []
        self.tokens: set[str] = set()
        self.wants = ""
        self.cut_at: int | None = None
        self.drip = 0.0
        self.raw: bytes | None = None
        self.link = ""

    def serve(self, path: str, asked: dict[str, str]) -> Any:
        size = int(asked.get("size", 0)) or len(self.rows) or 1
        rows = [row for row in self.rows if row["gxsj"] >= asked.get("since", "")]
        if path == "/page":
            start = (int(asked.get("page", 1)) - 1) * size
        else:
            start = int(asked.get("offset", asked.get("cursor", 0)) or 0)
        part = rows[start : start + size]
        more = str(start + size) if start + size < len(rows) else None
        return {"code": 0, "data": {"list": part, "next": self.link or more, "total": len(rows)}}


def row(serial: int, name: str, at: str = "2026-01-01 00:00:00", **said: Any) -> dict[str, Any]:
    return {"姓名": name, "zjhm": number(serial), "dz": {"code": 330106}, "gxsj": at} | said


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self._answer(parts.path, {k: v[0] for k, v in parse_qs(parts.query).items()})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/token":
            form = {k: v[0] for k, v in parse_qs(body.decode()).items()}
            right = (form.get("client_id"), form.get("client_secret")) == (CLIENT, SECRET)
            token = f"t{len(self.server.interface.tokens)}"
            self.server.interface.tokens.add(token)
            self._send(200 if right else 401, json.dumps({"access_token": token}).encode())
            return
        asked = json.loads(body)
        self.server.interface.bodies.append(asked)
        self._answer(self.path, {k: str(v) for k, v in asked.items()})

    def _answer(self, path: str, asked: dict[str, str]) -> None:
        interface: Interface = self.server.interface
        interface.asked.append(asked)
        interface.paths.append(self.headers["Host"])
        if interface.troubles:
            status, headers = interface.troubles.pop(0)
            if status == 0:
                self.close_connection = True
                return
            self._send(status, b"{}", headers)
            return
        if interface.cut_at is not None and len(interface.asked) > interface.cut_at:
            self._send(500, b"{}")
            return
        if interface.wants and self.headers.get("Authorization") != interface.wants:
            self._send(401, b"{}")
            return
        said = json.dumps(interface.serve(path, asked), ensure_ascii=False).encode()
        self._send(200, interface.raw if interface.raw is not None else said)

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            if self.server.interface.drip:
                for byte in body:
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()
                    time.sleep(self.server.interface.drip)
            else:
                self.wfile.write(body)
        except OSError:
            self.close_connection = True  # the other side had enough

    def log_message(self, *_: Any) -> None:
        return


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    interface: Interface

    def handle_error(self, *_: Any) -> None:
        """The other side hung up: the test looks at what it says of that."""


@contextmanager
def http_server() -> Iterator[tuple[Interface, str]]:
    server = _Server(("127.0.0.1", 0), _Handler)
    server.interface = Interface()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.interface, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
