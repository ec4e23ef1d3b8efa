"""The calls (接口): what a system may ask, each with its rule; the gate has looked at ``key``, the data set.

OpenAPI of a data set is generated from the standard, not from here.
"""

# ruff: noqa: ARG001 - ninja passes by name

import io
import logging
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone
from ninja import File, NinjaAPI, Schema
from ninja.errors import HttpError, ValidationError
from ninja.files import UploadedFile
from pydantic import ConfigDict

from minzheng.sharing.grants.granted.fields import shared
from minzheng.sharing.grants.granted.reading import data_set_of, scope_of
from minzheng.sharing.grants.using import grant_for, granted_sets, take_quota
from minzheng.sharing.interfaces import answers, batches, jobs, openapi, sealing
from minzheng.sharing.interfaces.models import Batch
from minzheng.sharing.interfaces.problems import ProblemError
from minzheng.sharing.interfaces.repeating import first_time
from minzheng.sharing.watching.queries.uses import uses_of_client
from minzheng.web.machine.answering import said, told
from minzheng.web.machine.gate import by_grant, by_token, caller_of, grant_of

logger = logging.getLogger(__name__)
api = NinjaAPI(title="民政数据接口", version="1", docs_url=None, openapi_url=None, urls_namespace="machine")


class Asked(Schema):
    """Who or what is looked up (查询)."""

    model_config = ConfigDict(extra="forbid")
    by: dict[str, str]


class Claimed(Asked):
    """What is claimed of it (核验)."""

    claims: dict[str, str | int | None]


@api.get("/data")
@by_token
def data_sets(request: HttpRequest) -> HttpResponse:
    """The data sets one has a grant of, and how they may be had (可用数据集)."""
    now, client = timezone.now(), caller_of(request).known.client
    listed = []
    for key in granted_sets(client, at=now):
        found = shared(key)
        granted = {way: grant for way in openapi.KINDS if (grant := grant_for(client, key, way, at=now))}
        if found and granted:
            until = max(grant.until_at for grant in granted.values())
            listed.append(
                {
                    "data_set": key,
                    "name": found.spec.name,
                    "methods": list(granted),
                    "until": until.isoformat(),
                }
            )
    return said({"data": listed})


@api.get("/data/{key}/openapi.json")
@by_token
def described(request: HttpRequest, key: str) -> HttpResponse:
    """OpenAPI 3.1 of a data set as one is granted it (接口说明)."""
    now, client = timezone.now(), caller_of(request).known.client
    granted = {way: grant for way in openapi.KINDS if (grant := grant_for(client, key, way, at=now))}
    if not granted:
        raise ProblemError("not-granted", "没有这个数据集的有效授权")
    grant = next(iter(granted.values()))
    return said(
        openapi.document(data_set_of(grant), fields=grant.fields, masked=grant.masked, methods=granted)
    )


@api.post("/data/{key}/one")
@by_grant("one")
def one(request: HttpRequest, key: str, asked: Asked) -> HttpResponse:
    """Look up one (查询单条)."""
    _once(request)
    return _said(request, answers.one(scope_of(grant_of(request)), grant_of(request), asked.by))


@api.post("/data/{key}/check")
@by_grant("check")
def check(request: HttpRequest, key: str, asked: Claimed) -> HttpResponse:
    """Check a claim (核验)."""
    _once(request)
    return _said(
        request, answers.check(scope_of(grant_of(request)), grant_of(request), asked.by, asked.claims)
    )


@api.get("/data/{key}/changes")
@by_grant("changes")
def changes(request: HttpRequest, key: str, since: str = "", limit: int = 100) -> HttpResponse:
    """Changes since (变更获取)."""
    return _said(request, answers.changes(scope_of(grant_of(request)), grant_of(request), since, limit=limit))


@api.post("/data/{key}/checks")
@by_grant("checks")
def checks(request: HttpRequest, key: str, file: File[UploadedFile]) -> HttpResponse:
    """Check a batch (批量核验)."""
    caller, grant = caller_of(request), grant_of(request)
    if (file.size or 0) > batches.MOST_BYTES:
        raise ProblemError("too-large", f"文件最大 {batches.MOST_BYTES // 2**20} MB")
    content = file.read()
    request.uploaded = content  # type: ignore[attr-defined]
    asked = sealing.request_digest("POST", request.get_full_path(), content)
    batch = batches.receive(grant, io.BytesIO(content), key=_key(request), digest=asked, at=caller.at)
    if batch.asked_at == caller.at:
        over = take_quota(grant, at=caller.at, units=batch.rows - 1)
        if over is not None:
            batches.refuse(batch)
            headers = {"Retry-After": str(over.again_in_s)}
            raise ProblemError(
                "quota-exceeded",
                f"名单 {batch.rows} 行, 超出每{over.per} {over.limit} 次的限额",
                headers=headers,
            )
        caller.units = batch.rows
        jobs.run_later(batch.id)
    else:
        caller.units = 0
    return said(_batch(batch), 202)


@api.get("/data/{key}/checks/{batch_id}")
@by_grant("checks")
def progress(request: HttpRequest, key: str, batch_id: UUID) -> HttpResponse:
    """How far a batch is (批量核验进度)."""
    caller_of(request).units = 0
    return said(_batch(batches.batch_of(caller_of(request).known.client, key, batch_id)))


@api.get("/data/{key}/checks/{batch_id}/result")
@by_grant("checks")
def result(request: HttpRequest, key: str, batch_id: UUID) -> StreamingHttpResponse:
    """The verdicts of a batch as CSV (批量核验结果)."""
    caller = caller_of(request)
    caller.units = 0
    batch = batches.batch_of(caller.known.client, key, batch_id)
    pieces = batches.result_of(batch, at=caller.at)
    return StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")


@api.get("/uses")
@by_token
def uses(
    request: HttpRequest, since: date | None = None, until: date | None = None, page: int = 1
) -> HttpResponse:
    """What this system itself has asked, under which grant (本系统使用记录); of no other."""
    caller, today = caller_of(request), timezone.localdate()
    first, last = since or today - timedelta(days=29), until or today
    found = uses_of_client(caller.known.client, from_on=first, to_on=last, page=max(1, min(page, 10_000)))
    rows = [
        {
            "id": str(use.id), "at": use.at.isoformat(), "grant": use.grant_id, "data_set": use.grant.data_set,
            "method": use.method, "status": use.status, "units": use.units, "hits": use.hits,
        }
        for use in found.rows
    ]  # fmt: skip
    counted = [
        {
            "grant": one.of["grant_id"],
            "data_set": one.of["grant__data_set"],
            "calls": one.calls,
            "refused": one.refused,
        }
        for one in found.by_grant
    ]
    return said({"total": found.total, "grants": counted, "uses": rows})


@api.get("/receipts/{use_id}")
@by_token
def receipt(request: HttpRequest, use_id: UUID) -> HttpResponse:
    """The proof of an answer (回执)."""
    caller = caller_of(request)
    return said(sealing.receipt(caller.known.client, use_id))


@api.exception_handler(ProblemError)
def refused(request: HttpRequest, problem: ProblemError) -> HttpResponse:
    """What is not answered (问题)."""
    return told(problem, caller_of(request).id)


@api.exception_handler(ValidationError)
def malformed(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """A request that is not of the described form (格式不对)."""
    first = error.errors[0] if error.errors else {"loc": ()}
    where = "/".join(
        str(part) for part in first["loc"] if part not in ("body", "query", "path", "asked", "file")
    )
    return told(ProblemError("bad-request", "请求内容与接口说明不符", f"#/{where}"), caller_of(request).id)


@api.exception_handler(RequestDataTooBig)
def too_large(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    """More than is read (内容过大)."""
    return told(ProblemError("too-large", "请求体超过 10 MB"), caller_of(request).id)


@api.exception_handler(Exception)
def failed(request: HttpRequest, error: Exception) -> HttpResponse:
    """What went wrong here; the log says what, by the request's number (处理出错)."""
    caller = caller_of(request)
    logger.error("call %s failed", caller.id, exc_info=error)
    return told(ProblemError("failed", "请凭请求标识与本节点联系"), caller.id)


@api.exception_handler(HttpError)
def unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    """A body that is no JSON (不是 JSON)."""
    return told(ProblemError("bad-request", "请求体不是正确的 JSON"), caller_of(request).id)


def _said(request: HttpRequest, answer: answers.Answer) -> HttpResponse:
    caller = caller_of(request)
    caller.hits, caller.subjects = answer.hits, answer.subjects
    return said(answer.body)


def _key(request: HttpRequest) -> str:
    return str(request.headers.get("Idempotency-Key", "")).strip()


def _once(request: HttpRequest) -> None:
    """The same request again is not counted again."""
    caller = caller_of(request)
    asked = sealing.request_digest("POST", request.get_full_path(), request.body)
    if first_time(caller.known.client, _key(request), asked, at=caller.at) is not None:
        caller.units = 0


def _batch(batch: Batch) -> dict[str, Any]:
    return {
        "id": str(batch.id), "state": batch.state, "rows": batch.rows, "done": batch.done, "hits": batch.hits,
        "problem": batch.problem,
    }  # fmt: skip
