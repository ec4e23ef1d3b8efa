"""A peer that means harm: it has a member's keys and says what it likes with them. Run in that member's keeper.

``attack_…`` call the upper node's door; ``Serving`` makes a member's own door give what a lower node must not take.
"""

import dataclasses
import http.client
import importlib
import json
import os
import secrets
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

from django.utils import timezone

from minzheng.sharing.between import body, receiving, routing, sending, signed, tls
from minzheng.sharing.between.calling import PATH
from minzheng.sharing.between.head import Head, SignedHead

ENDLESS = 10 << 30
Pieces = Callable[[], Iterator[bytes]]


def attack(kind: str, **said: Any) -> Any:
    """One attack on the upper node: {answer, detail, sent: bytes that went}."""
    return globals()[f"_{kind}"](**said)


def _line() -> http.client.HTTPSConnection:
    upper = routing.peers().above
    assert upper
    where = urlsplit(upper.address)
    context = tls.for_calling(upper.certificate)
    return http.client.HTTPSConnection(str(where.hostname), where.port, context=context, timeout=60)


def _call(
    method: str, target: str, proof: bytes, head: str | None, pieces: Iterator[bytes], **altered: str
) -> Any:
    _, headers = signed.ask(method, PATH + target, proof, at=timezone.now())
    headers |= altered | ({signed.BATCH: head} if head is not None else {})
    line, went = _line(), 0

    def counted() -> Iterator[bytes]:
        nonlocal went
        for piece in pieces:
            yield piece
            went += len(piece)

    try:
        line.request(
            method, PATH + target, counted() if head is not None else b"", headers, encode_chunked=True
        )
        answer = line.getresponse()
        status, text = answer.status, answer.read().decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:  # hung up on, in the middle of it
        status, text = 0, type(error).__name__
    finally:
        line.close()
    return {"answer": status, "detail": text[:300], "sent": went}


def _put(pieces: Iterator[bytes], **altered: Any) -> Any:
    """Hand up something, the head altered and signed by this member's own key."""
    head = dataclasses.replace(_next_head(), **altered)
    text = SignedHead.of(head).json()
    return _call("PUT", f"/batches/{head.seq}", text.encode(), text, pieces)


def _next_head() -> Head:
    from django.conf import settings

    upper = routing.peers().above
    assert upper
    last = sending.made(upper).order_by("-seq").first()
    return Head(
        sender=str(settings.NODE_DIVISION_CODE), receiver=upper.code, seq=last.seq + 1 if last else 1, lines=1,
        size=3, root=secrets.token_hex(32), previous=last.root if last else "", made_at=timezone.now().isoformat(),
    )  # fmt: skip


def _noise(most: int = ENDLESS) -> Iterator[bytes]:
    piece = os.urandom(1 << 20)
    for _ in range(most >> 20):
        yield piece


def _zeros(piece: bytes, times: int) -> Iterator[bytes]:
    for _ in range(times):
        yield piece


def _says_ten_gb() -> Any:
    """Says what it is going to send; is to be refused before it has sent much."""
    return _put(_noise(), size=ENDLESS, lines=1000)


def _sends_ten_gb() -> Any:
    """Says little and sends without end."""
    return _put(_noise(), size=1 << 20, lines=1000)


def _sends_ten_gb_as_allowed() -> Any:
    """Says as much as is allowed and sends without end: cut off there."""
    return _put(_noise(), size=receiving.LARGEST, lines=1000)


def _bomb() -> Any:
    """A small body that unpacks to 10 GB of one line."""
    return _put(body.packed(_zeros(b"\0" * (1 << 20), 2048)), size=receiving.LARGEST, lines=1000)


def _bomb_of_lines() -> Any:
    """A small body that unpacks to hundreds of millions of empty lines."""
    return _put(
        body.packed(_zeros(b"\n" * (1 << 20), 1024)), size=receiving.LARGEST, lines=receiving.MOST_LINES
    )


def _nonsense_lines() -> Any:
    """Every digest right, and the content nothing the node knows."""
    text = b'{"t":"nonsense","x":1}\n{"t":"person","id":"not a uuid"}\n'
    measured = body.Measured()
    list(body.measure(iter([text]), measured))
    return _put(body.packed(iter([text])), size=len(text), lines=2, root=measured.root())


def _truncated() -> Any:
    text = b'{"t":"entry"}\n' * 1000
    packed = b"".join(body.packed(iter([text])))
    return _put(iter([packed[: len(packed) // 2]]), size=len(text), lines=1000)


def _forged_number() -> Any:
    return _put(iter([b"x"]), seq=_next_head().seq + 7)


def _huge_number() -> Any:
    return _put(iter([b"x"]), seq=10**30)


def _forged_previous() -> Any:
    return _put(iter([b"x"]), previous=secrets.token_hex(32))


def _for_another() -> Any:
    return _put(iter([b"x"]), sender="330106")


def _as_another() -> Any:
    """The request says it comes from another member."""
    return _call("GET", "/taken", b"", None, iter(()), **{signed.MEMBER: "330106"})


def _unsigned() -> Any:
    return _call("GET", "/taken", b"", None, iter(()), **{signed.SIGNATURE: "00" * 70})


def _bad_head() -> Any:
    text = json.dumps({"head": {"seq": "x", "lines": None}, "signature": 1})
    return _call("PUT", "/batches/1", text.encode(), text, iter([b"x"]))


def _forged_return() -> Any:
    """Says that the upper node had sent it something."""
    upper = routing.peers().above
    assert upper
    head = dataclasses.replace(_next_head(), sender=upper.code, receiver=_next_head().sender, seq=9999)
    text = SignedHead.of(head).json()
    return _call("PUT", "/returned/9999", text.encode(), text, iter([b"x"]))


def _replayed() -> Any:
    """What was handed up long ago, again."""
    upper = routing.peers().above
    assert upper
    old = sending.made(upper).order_by("seq").first()
    assert old
    text = SignedHead.of_json(old.head, old.signature).json()
    return _call(
        "PUT", f"/batches/{old.seq}", text.encode(), text, body.packed(body.read(sending.path_of(old)))
    )


def _stranger() -> Any:
    """TLS with a certificate of nobody: turned away before anything is said."""
    upper = routing.peers().above
    assert upper
    where = urlsplit(upper.address)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with (
            socket.create_connection((str(where.hostname), where.port), 10) as line,
            context.wrap_socket(line) as hidden,
        ):
            hidden.sendall(b"GET /between/v1/about HTTP/1.1\r\nHost: x\r\n\r\n")
            return {"answer": int((hidden.recv(200) or b"HTTP/1.1 0").split()[1]), "detail": "", "sent": 0}
    except (OSError, ssl.SSLError) as error:
        return {"answer": 0, "detail": str(error), "sent": 0}


def flood(seconds: float, threads: int, silent: int) -> Any:
    """Questions without pause from many threads, and connections that never say anything."""
    until, asked = time.monotonic() + seconds, [0] * threads
    upper = routing.peers().above
    assert upper
    where = urlsplit(upper.address)
    quiet = [socket.create_connection((str(where.hostname), where.port), 10) for _ in range(silent)]

    def ask(at: int) -> None:
        line = _line()
        while time.monotonic() < until:
            try:
                _, headers = signed.ask("GET", f"{PATH}/batches?after=0&wait=0", b"", at=timezone.now())
                line.request("GET", f"{PATH}/batches?after=0&wait=0", headers=headers)
                line.getresponse().read()
            except (OSError, http.client.HTTPException):
                line = _line()
            asked[at] += 1

    working = [threading.Thread(target=ask, args=(at,)) for at in range(threads)]
    for one in working:
        one.start()
    for one in working:
        one.join()
    for one in quiet:
        one.close()
    return sum(asked)


def serve_evil(kind: str) -> None:
    """Make this process's door give something else than it should."""
    app = importlib.import_module("minzheng.web.between.app")
    real = app._given

    def given(asked: Any, batch: Any) -> Any:
        EVIL[kind](batch)
        return real(asked, batch)

    app._given = given
    if kind == "truncates":
        app.body = _Like(body, packed=lambda pieces: _half(body.packed(pieces)))
    elif kind == "endless":
        app.body = _Like(body, packed=lambda _: body.packed(_noise()))
    elif kind == "bomb":
        app.body = _Like(body, packed=lambda _: body.packed(_zeros(b"\0" * (1 << 20), 10 << 10)))


class _Like:
    """A module but for what is named."""

    def __init__(self, real: Any, **other: Any) -> None:
        self._real = real
        self.__dict__.update(other)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


def _half(pieces: Iterator[bytes]) -> Iterator[bytes]:
    whole = b"".join(pieces)
    yield whole[: len(whole) // 2]


def _sign_again(batch: Any, **altered: Any) -> None:
    again = SignedHead.of(
        dataclasses.replace(SignedHead.of_json(batch.head, batch.signature).head, **altered)
    )
    batch.head, batch.signature = again.as_json()["head"], again.signature


def _replay(batch: Any) -> None:
    old = sending.made(routing.Member.objects.get(code=batch.peer_code)).order_by("seq").first()
    assert old
    batch.head, batch.signature, batch.file = old.head, old.signature, old.file


EVIL: dict[str, Callable[[Any], None]] = {
    "truncates": lambda _: None,
    "endless": lambda batch: _sign_again(batch, size=receiving.LARGEST, lines=receiving.MOST_LINES),
    "bomb": lambda batch: _sign_again(batch, size=receiving.LARGEST, lines=receiving.MOST_LINES),
    "says 10 GB": lambda batch: _sign_again(batch, size=ENDLESS),
    "replays": _replay,
    "forges the number": lambda batch: _sign_again(batch, seq=batch.seq + 3),
    "forges the root": lambda batch: _sign_again(batch, root=secrets.token_hex(32)),
    "forges the signature": lambda batch: setattr(batch, "signature", batch.signature[:-8] + "00000000"),
    "gives another's": lambda batch: _sign_again(batch, receiver="330105"),
}
