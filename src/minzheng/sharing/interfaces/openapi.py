"""OpenAPI 3.1 of one data set, generated from the standard (接口说明): what a grant gives, or all there is."""

from collections.abc import Iterable
from typing import Any

from minzheng.sharing.grants.granted.fields import Field, Shared
from minzheng.sharing.grants.terms import Method
from minzheng.sharing.interfaces import openapi_push
from minzheng.sharing.interfaces.answers import MOST_CHANGES
from minzheng.sharing.interfaces.batches import MOST_ROWS
from minzheng.sharing.interfaces.problems import TYPES
from minzheng.sharing.interfaces.schema import schema_of

BASE = "/api/v1"
VERDICT = {
    "type": "string",
    "enum": ["yes", "no", "unknown"],
    "description": "yes 一致, no 不一致, unknown 没有可比的记录",
}
KINDS = (Method.ONE, Method.CHECK, Method.CHECKS, Method.CHANGES, Method.PUSH)


def document(
    found: Shared,
    *,
    fields: Iterable[str] | None = None,
    masked: Iterable[str] = (),
    methods: Iterable[str] = KINDS,
) -> dict[str, Any]:
    """The description of a data set's calls (接口说明); ``fields`` None: all that the node keeps."""
    wanted, hidden = None if fields is None else set(fields), set(masked)
    chosen = [field for name, field in found.fields.items() if wanted is None or name in wanted]
    lookups = [field for field in found.looked_up_by if wanted is None or field.name in wanted]
    ways = set(methods)
    paths = {path: said for method, path, said in _paths(found, lookups) if method in ways}
    schemas = _schemas(found, chosen, lookups, hidden)
    pushed: dict[str, Any] = {}
    if Method.PUSH in ways:
        paths |= openapi_push.paths(found)
        schemas |= openapi_push.schemas(found, chosen)
        pushed = {"webhooks": openapi_push.webhooks(found)}
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {
            "title": f"{found.spec.name}接口", "version": "1", "summary": found.spec.summary,
            "description": "字段、格式和代码由民政数据标准生成。应答带 Request-Id, 凭它取回执, 可证明应答未被改动。",
        },
        "servers": [{"url": BASE}],
        "security": [{"client": [found.spec.key]}],
        "paths": paths,
        **pushed,
        "components": {
            "securitySchemes": {
                "client": {
                    "type": "oauth2",
                    "flows": {
                        "clientCredentials": {"tokenUrl": f"{BASE}/token", "scopes": {found.spec.key: found.spec.name}}
                    },
                }
            },
            "schemas": schemas,
            "responses": {"Problem": _content("问题, 见 type 和 detail", "Problem", "application/problem+json")},
        },
    }  # fmt: skip


def _paths(found: Shared, lookups: list[Field]) -> list[tuple[str, str, dict[str, Any]]]:
    at = f"/data/{found.spec.key}"
    key = {
        "name": "Idempotency-Key", "in": "header", "required": False, "schema": {"type": "string", "maxLength": 128},
        "description": "重发同一请求时填同一个值, 不会重复计数或重复建任务",
    }  # fmt: skip
    return [
        (Method.ONE, f"{at}/one", {"post": _operation("one", "查询单条", "Asked", "Found", key)}),
        (Method.CHECK, f"{at}/check", {"post": _operation("check", "核验: 只答是否一致, 不给数据", "Claims", "Verdicts", key)}),
        (Method.CHECKS, f"{at}/checks", {"post": _upload(key, lookups)}),
        (Method.CHECKS, f"{at}/checks/{{id}}", {"get": _get("batch", "批量核验的进度", "Batch", [_id()])}),
        (Method.CHECKS, f"{at}/checks/{{id}}/result", {"get": _result()}),
        (Method.CHANGES, f"{at}/changes", {"get": _get("changes", "某处以后的变更", "Changes", _cursor())}),
    ]  # fmt: skip


def _operation(name: str, summary: str, asked: str, answered: str, key: dict[str, Any]) -> dict[str, Any]:
    return {
        "operationId": name, "summary": summary, "parameters": [key],
        "requestBody": {"required": True, "content": {"application/json": {"schema": _ref(asked)}}},
        "responses": _responses(answered),
    }  # fmt: skip


def _upload(key: dict[str, Any], lookups: list[Field]) -> dict[str, Any]:
    named = "、".join(field.heading for field in lookups)
    file = {
        "type": "string",
        "contentMediaType": "text/csv",
        "description": f"第一行为列名, 其中一列是{named}; 最多 {MOST_ROWS} 行",
    }
    body = {"type": "object", "required": ["file"], "properties": {"file": file}}
    return {
        "operationId": "checks", "summary": "批量核验: 上传名单", "parameters": [key],
        "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": body}}},
        "responses": {"202": _content("已接收", "Batch"), "default": {"$ref": "#/components/responses/Problem"}},
    }  # fmt: skip


def _get(name: str, summary: str, answered: str, parameters: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "operationId": name,
        "summary": summary,
        "parameters": parameters,
        "responses": _responses(answered),
    }


def _result() -> dict[str, Any]:
    csv = {"description": "CSV", "content": {"text/csv": {"schema": {"type": "string"}}}}
    return {
        "operationId": "result", "summary": "批量核验的结果", "parameters": [_id()],
        "responses": {"200": csv, "default": {"$ref": "#/components/responses/Problem"}},
    }  # fmt: skip


def _responses(answered: str) -> dict[str, Any]:
    return {"200": _content("应答", answered), "default": {"$ref": "#/components/responses/Problem"}}


def _content(said: str, schema: str, kind: str = "application/json") -> dict[str, Any]:
    return {"description": said, "content": {kind: {"schema": _ref(schema)}}}


def _id() -> dict[str, Any]:
    return {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}


def _cursor() -> list[dict[str, Any]]:
    return [
        {"name": "since", "in": "query", "schema": {"type": "string"}, "description": "上次返回的 cursor; 不填从头开始"},
        {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": MOST_CHANGES, "default": 100}},
    ]  # fmt: skip


def _schemas(found: Shared, chosen: list[Field], lookups: list[Field], hidden: set[str]) -> dict[str, Any]:
    plain = {field.name: schema_of(field) for field in chosen}
    record = {"id": {"type": "string", "format": "uuid"}} | {
        field.name: schema_of(field, masked=field.name in hidden) for field in chosen
    }
    by = {
        "title": "查询条件", "type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": False,
        "properties": {field.name: plain[field.name] | {"type": "string"} for field in lookups},
    }  # fmt: skip
    return {
        "Record": {
            "$id": f"urn:minzheng:data-set:{found.spec.key}", "title": found.spec.name, "type": "object",
            "additionalProperties": False, "properties": record,
        },
        "Asked": _object(by=by),
        "Claims": _object(by=by, claims={"title": "待核验的值", "type": "object", "minProperties": 1,
                                         "additionalProperties": False, "properties": plain}),
        "Found": _object(found={"type": "boolean"}, records={"type": "array", "items": _ref("Record")}),
        "Verdicts": _object(found={"type": "boolean"}, claims={"type": "object", "additionalProperties": VERDICT}),
        "Batch": _object(
            id={"type": "string", "format": "uuid"}, state={"enum": ["waiting", "running", "finished", "failed"]},
            rows={"type": "integer"}, done={"type": "integer"}, hits={"type": "integer"}, problem={"type": "string"},
        ),
        "Changes": _object(
            changes={"type": "array", "items": _ref("Change")}, cursor={"type": "string"}, more={"type": "boolean"},
        ),
        "Change": {"type": "object", "required": ["id", "at", "cursor", "operation"], "properties": {
            "id": {"type": "string", "format": "uuid"}, "at": {"type": "string", "format": "date-time"},
            "cursor": {"type": "string"}, "operation": {"enum": ["created", "updated", "withdrawn"]},
            "record": _ref("Record"),
        }},
        "Problem": {
            "title": "问题 (RFC 9457)", "type": "object", "required": ["type", "title", "status"],
            "properties": {
                "type": {"type": "string", "enum": [f"urn:minzheng:problem:{code}" for code in TYPES]},
                "title": {"type": "string"}, "status": {"type": "integer"}, "detail": {"type": "string"},
                "code": {"type": "string"}, "instance": {"type": "string"}, "errors": {"type": "array"},
            },
        },
    }  # fmt: skip


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}
