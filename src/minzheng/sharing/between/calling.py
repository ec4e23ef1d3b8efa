"""Calling another node (呼叫): over TLS with both certificates, requests signed, answers checked. Bodies are streamed."""

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import httpx
from django.utils import timezone

from minzheng.foundation import tracing
from minzheng.foundation.members.models import Member
from minzheng.foundation.members.services import MemberError
from minzheng.sharing.between import body, sending, signed, tls
from minzheng.sharing.between.head import SignedHead
from minzheng.sharing.between.models import Batch

WAIT_S = 25  # a question for more is held this long where there is nothing
READ_S = 120.0  # an answer that stays away so long does not come
ANSWER = "x-answer"
FORGOTTEN = 410  # the answer of a node that does not know of what the asker has from it
PATH = "/between/v1"


class CallError(RuntimeError):
    """A call that did not succeed, in one sentence (呼叫失败). ``status``: what the other side answered, 0 where nothing."""

    def __init__(self, said: str, status: int = 0) -> None:
        super().__init__(said)
        self.status = status


class Caller:
    """One member on the line (呼叫者). Close it, or use it as a context."""

    def __init__(self, peer: Member) -> None:
        self.peer = peer
        self.run = ""  # of which start of the peer it has heard last
        limits = httpx.Timeout(30.0, read=READ_S, connect=10.0)
        self._line = httpx.Client(
            base_url=peer.address, verify=tls.for_calling(peer.certificate), timeout=limits, trust_env=False
        )

    def __enter__(self) -> "Caller":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up."""
        self._line.close()

    def ask(self, method: str, target: str, said: dict[str, Any] | None = None) -> dict[str, Any] | None:
        """A short question and its answer; None for “nothing new” (问答). Raises ``CallError`` or ``MemberError``."""
        content = json.dumps(said).encode() if said is not None else b""
        request, headers = signed.ask(method, PATH + target, content, at=timezone.now())
        with _said_plainly(self.peer):
            answer = self._line.request(method, request.target, content=content, headers=headers)
            self._fine(answer)
        if answer.status_code == 204:
            return None
        self._bound(request, answer.content, answer)
        return dict(answer.json())

    def next_batch(
        self, after: int, *, wait: int = WAIT_S, root: str = ""
    ) -> AbstractContextManager[tuple[SignedHead, Iterator[bytes]] | None]:
        """(head, body) of the batch after a number, None where there is none within the time (取下一批)."""
        return self._batch(f"/batches?after={after}&wait={wait}&root={root}")

    def own_batch(self, after: int) -> AbstractContextManager[tuple[SignedHead, Iterator[bytes]] | None]:
        """(head, body) of a batch that this node itself sent and no longer has (取回)."""
        return self._batch(f"/returned?after={after}")

    @contextmanager
    def _batch(self, target: str) -> Iterator[tuple[SignedHead, Iterator[bytes]] | None]:
        request, headers = signed.ask("GET", PATH + target, b"", at=timezone.now())
        with _said_plainly(self.peer), self._line.stream("GET", request.target, headers=headers) as answer:
            self._fine(answer)
            if answer.status_code == 204:
                yield None
                return
            head = answer.headers.get(signed.BATCH, "")
            self._bound(request, head.encode(), answer)
            with tracing.within(answer.headers):
                yield SignedHead.read(head), _plain(answer.iter_raw(body.PIECE))

    def acknowledge(self, batch: Batch) -> None:
        """Tell the sender that a batch is in the register here (确认)."""
        self.ask("POST", "/acks", {"seq": batch.seq, "root": batch.root})

    def put(self, batch: Batch) -> None:
        """Hand a batch up; it is in the register there when this returns (上送)."""
        self._put(batch, f"{PATH}/batches/{batch.seq}")

    def put_back(self, batch: Batch) -> None:
        """Give a batch back to the member who sent it (交还)."""
        self._put(batch, f"{PATH}/returned/{batch.seq}")

    def _put(self, batch: Batch, target: str) -> None:
        head = json.dumps({"head": batch.head, "signature": batch.signature})
        request, headers = signed.ask("PUT", target, head.encode(), at=timezone.now())
        with _said_plainly(self.peer):
            pieces = body.packed(body.read(sending.path_of(batch)))
            answer = self._line.put(
                target, content=pieces, headers=headers | sending.traced(batch) | {signed.BATCH: head}
            )
            self._fine(answer)
            self._bound(request, answer.content, answer)

    def _bound(self, request: signed.Request, content: bytes, answer: httpx.Response) -> None:
        signed.answered(
            request, content, answer.headers.get(ANSWER, ""), by=self.peer.code, at=timezone.now()
        )

    def _fine(self, answer: httpx.Response) -> None:
        if answer.is_success:
            return
        answer.read()
        try:
            why = str(answer.json()["detail"])
        except (ValueError, KeyError, TypeError):
            why = f"应答 {answer.status_code}"
        raise CallError(f"{self.peer} 拒绝: {why}", answer.status_code)


def _plain(pieces: Iterator[bytes]) -> Iterator[bytes]:
    return body.unpacked(pieces)


@contextmanager
def _said_plainly(peer: Member) -> Iterator[None]:
    """What goes wrong on the way, in one sentence."""
    try:
        yield
    except httpx.ConnectTimeout as error:
        raise CallError(f"连接 {peer} 超时: {peer.address} 没有应答, 请检查网络和防火墙") from error
    except httpx.ConnectError as error:
        raise CallError(_why_not(peer, error)) from error
    except httpx.TimeoutException as error:
        raise CallError(f"{peer} 没有在限定时间内应答") from error
    except httpx.HTTPError as error:
        raise CallError(f"与 {peer} 的连接中断: {type(error).__name__}") from error


def _why_not(peer: Member, error: Exception) -> str:
    text = str(error)
    if "CERTIFICATE_VERIFY_FAILED" in text:
        why = "证书已过期" if "expired" in text else "出示的证书不是名录中的那一份"
        return f"{peer} {why}"
    if "Name or service" in text or "getaddrinfo" in text:
        return f"{peer} 的地址 {peer.address} 解析不到"
    if "refused" in text:
        return f"{peer} 的 {peer.address} 没有服务在听"
    return f"连接不上 {peer}: {text[:80]}"


__all__ = ["CallError", "Caller", "MemberError"]
