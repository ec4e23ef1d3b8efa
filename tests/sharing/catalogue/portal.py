"""A portal on the loopback that hands out what a test puts on it (测试门户)."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HEAD = """@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
<urn:o> a foaf:Agent ; foaf:name "卫生健康委"@zh .
"""


def data_set(number: int, title: str | None = "死亡医学证明", more: str = "") -> str:
    said = f'dct:title "{title}"@zh ; ' if title is not None else ""
    return (
        f'<urn:d:{number}> a dcat:Dataset ; {said}dct:identifier "D{number}" ; dct:publisher <urn:o> ;'
        f' dct:description "说明"@zh {more}.\n'
    )


def catalogue(*data_sets: str) -> bytes:
    return (HEAD + "".join(data_sets)).encode()


class Portal:
    """What is handed out at which address; ``asked`` counts."""

    def __init__(self) -> None:
        self.content = b""
        self.media_type = "text/turtle"
        self.redirect = ""
        self.drip_s = 0.0
        self.encoding = ""
        self.asked = 0
        self.port = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/catalogue"


@contextmanager
def portal() -> Iterator[Portal]:
    here = Portal()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            here.asked += 1
            if here.redirect:
                self.send_response(302)
                self.send_header("Location", here.redirect)
                self.end_headers()
                return
            self.send_response(200)
            self.send_header("Content-Type", here.media_type)
            if here.encoding:
                self.send_header("Content-Encoding", here.encoding)
            self.end_headers()
            if here.drip_s:
                time.sleep(here.drip_s)
            try:
                self.wfile.write(here.content)
            except OSError:
                return  # the reader has heard enough

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    here.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield here
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
