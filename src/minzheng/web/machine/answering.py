"""Answers (应答): problems as RFC 9457 says, and every call under a grant logged before its answer leaves."""

import base64
import json
import time
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, RawPostDataException, UnreadablePostError

from minzheng.foundation.crypto.sm2 import sm3
from minzheng.sharing.grants.using import count_use
from minzheng.sharing.interfaces import sealing
from minzheng.sharing.interfaces.problems import ProblemError

if TYPE_CHECKING:
    from minzheng.web.machine.gate import Caller


def told(problem: ProblemError, request_id: UUID) -> HttpResponse:
    """A problem as an answer (问题应答)."""
    body = json.dumps(problem.as_dict(str(request_id)), ensure_ascii=False)
    answer = HttpResponse(body, status=problem.status, content_type="application/problem+json; charset=utf-8")
    answer.headers["Request-Id"] = str(request_id)
    for name, value in problem.headers.items():
        answer.headers[name] = value
    answer.headers["Cache-Control"] = "no-store"
    return answer


def said(body: Any, status: int = 200) -> HttpResponse:
    """What is said, as JSON (应答)."""
    return HttpResponse(
        json.dumps(body, ensure_ascii=False), status=status, content_type="application/json; charset=utf-8"
    )


def logged(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """Keep the call with the digests of both sides, to be signed within a second; say them in the headings (记录)."""
    caller: Caller = request.caller  # type: ignore[attr-defined]
    answer.headers["Request-Id"] = str(caller.id)
    answer.headers["Cache-Control"] = "no-store"
    if caller.grant is None:
        return answer
    asked = sealing.request_digest(request.method or "", request.get_full_path(), _body(request))
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    if answer.streaming:
        answer.streaming_content = iter([content])  # type: ignore[attr-defined]
    digest = sm3(content)
    use = count_use(
        caller.grant, caller.method, at=caller.at, units=caller.units, hits=caller.hits, status=answer.status_code,
        took_ms=int((time.perf_counter() - caller.began) * 1000), ip=request.META.get("REMOTE_ADDR"),
        subjects=caller.subjects, request_digest=asked, answer_digest=digest, use_id=caller.id,
    )  # fmt: skip
    sealing.sealer.add(use, caller.known.client)
    answer.headers["Content-Digest"] = f"sm3=:{base64.b64encode(digest).decode()}:"
    answer.headers["Request-Digest"] = f"sm3=:{base64.b64encode(asked).decode()}:"
    answer.headers["Receipt"] = f"/api/v1/receipts/{caller.id}"
    return answer


def _body(request: HttpRequest) -> bytes:
    """The body as it came, of an upload the list alone; nothing where it was refused before it was read."""
    uploaded: bytes | None = getattr(request, "uploaded", None)
    if uploaded is not None:
        return uploaded
    try:
        return request.body
    except (RawPostDataException, RequestDataTooBig, UnreadablePostError):
        return b""
