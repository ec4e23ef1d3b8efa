"""A simulated lower node (模拟的下级节点): its own keys, the protocol as it is, no register."""

import asyncio
import json
import secrets
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from minzheng.foundation.crypto import sm2
from minzheng.sharing.between import body, tls

PATH, WAIT_S = "/between/v1", 25


@dataclass(eq=False)
class Lower:
    """``subjects`` of its division; ``came`` the moments (monotonic seconds) at which a change of each was here."""

    code: str
    pair: sm2.KeyPair
    pem: Path
    subjects: list[UUID]
    upper: bytes  # the key its upper node signs with
    after: int = 0
    root: str = ""
    came: dict[UUID, list[float]] = field(default_factory=dict)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    @classmethod
    def made(cls, folder: Path, code: str, upper: str) -> dict[str, Any]:
        """Its keys into the folder; its card, signed."""
        from minzheng.sharing.between.configuration import text_of

        pair, seal = sm2.new_pair(), sm2.new_pair()
        text = tls._new_pair(code)
        (folder / f"{code}.pem").write_text(text)
        (folder / f"{code}.sm2").write_text(f"{pair.public.hex()} {pair.private.hex()}")
        said = {
            "code": code, "name": code, "kind": "node", "division_code": code, "upper_code": upper, "address": "",
            "sign_key": pair.public.hex(), "seal_key": seal.public.hex(),
            "certificate": text[text.index("-----BEGIN CERTIFICATE"):],
        }  # fmt: skip
        return {"card": said, "signature": sm2.sign(pair, text_of(said)).hex()}

    @classmethod
    def read(cls, folder: Path, code: str, subjects: list[UUID], upper: bytes) -> "Lower":
        """A node made before."""
        public, private = (bytes.fromhex(part) for part in (folder / f"{code}.sm2").read_text().split())
        return cls(code, sm2.KeyPair(public, private), folder / f"{code}.pem", subjects, upper)

    async def has(self, subjects: list[UUID], *, since: float, most: float = 120.0) -> None:
        """Wait until a change of each of these has come since a moment. Raises ``TimeoutError``."""
        async with asyncio.timeout(most):
            while any(not self._since(one, since) for one in subjects):
                self.news.clear()
                await self.news.wait()

    def first(self, subject: UUID, *, since: float) -> float:
        """When its first change after a moment was here."""
        return self._since(subject, since)[0]

    def _since(self, subject: UUID, since: float) -> list[float]:
        return [at for at in self.came.get(subject, ()) if at >= since]

    def headers(self, method: str, target: str, content: bytes) -> dict[str, str]:
        """What proves a request, written after the protocol's description and not by the product's own code."""
        now, nonce = datetime.now(UTC).isoformat(), secrets.token_hex(8)
        said = "\n".join((method, target, self.code, now, nonce, sm2.sm3(content).hex())).encode()
        signature = sm2.sign(self.pair, said).hex()
        return {"x-member": self.code, "x-time": now, "x-nonce": nonce, "x-signature": signature}

    async def pull(self, line: httpx.AsyncClient) -> None:
        """One question: the next batch, checked and acknowledged, or none within the time."""
        target = f"{PATH}/batches?after={self.after}&wait={WAIT_S}&root={self.root}"
        answer = await line.get(target, headers=self.headers("GET", target, b""))
        answer.raise_for_status()
        if answer.status_code == 204:
            return
        said = json.loads(answer.headers["x-batch"])
        head = said["head"]
        self._checked(head, said["signature"], answer.content)
        content = json.dumps({"seq": head["seq"], "root": head["root"]}).encode()
        target = f"{PATH}/acks"
        told = await line.post(target, content=content, headers=self.headers("POST", target, content))
        told.raise_for_status()
        self.after, self.root = head["seq"], head["root"]

    def _checked(self, head: dict[str, Any], signature: str, content: bytes) -> None:
        measured = body.Measured()
        pieces = list(body.measure(body.unpacked(iter([content])), measured))
        text = json.dumps(head, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        fine = measured.root() == head["root"] and sm2.verified(self.upper, text, bytes.fromhex(signature))
        if not fine or (head["seq"], head["previous"]) != (self.after + 1, self.root):
            raise RuntimeError(f"{self.code}: batch {head['seq']} is not what its head says")
        now = time.monotonic()
        for row in b"".join(pieces).splitlines():
            if row.startswith(b'{"t":"entry"'):
                for one in json.loads(row)["subject_ids"]:
                    self.came.setdefault(UUID(one), []).append(now)
        self.news.set()


@asynccontextmanager
async def pulling(one: Lower, port: int) -> AsyncIterator[None]:
    """It pulls while the context is open; what goes wrong is raised at its end."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # the door checks them; they need not check the door
    context.load_cert_chain(one.pem)
    async with httpx.AsyncClient(
        base_url=f"https://127.0.0.1:{port}", verify=context, timeout=120.0, trust_env=False
    ) as line:
        task = asyncio.create_task(_again_and_again(one, line))
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def _again_and_again(one: Lower, line: httpx.AsyncClient) -> None:
    while True:
        await one.pull(line)
