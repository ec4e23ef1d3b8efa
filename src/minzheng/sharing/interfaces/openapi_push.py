"""The part of the description that speaks of subscriptions (订阅接口说明): calls, the event, what a webhook is sent."""

from typing import Any

from minzheng.sharing.grants.granted.fields import Field, Shared

KINDS = ["created", "updated", "withdrawn"]
ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}
PROBLEM = {"$ref": "#/components/responses/Problem"}
BEGIN = {"type": "string", "description": "start 从头, now 现在, 或时间 (2026-01-31T08:00:00+08:00), 或游标"}


def paths(found: Shared) -> dict[str, Any]:
    """The calls (订阅的调用)."""
    one = "/subscriptions/{id}"
    acts = {"pause": "暂停", "resume": "恢复"}
    return {
        "/subscriptions": {
            "post": _operation("subscribe", "订阅变更", "Wanted", 201),
            "get": _operation("subscriptions", "本系统的订阅"),
        },
        one: {
            "get": _operation("subscription", "状态、位置、积压、送达记录", of_one=True),
            "delete": _operation("unsubscribe", "结束订阅", of_one=True),
        },
        **{f"{one}/{name}": {"post": _operation(name, label, of_one=True)} for name, label in acts.items()},
        f"{one}/replay": {"post": _operation("replay", "从任何一处重放", "Place", of_one=True)},
        f"{one}/confirm": {"post": _operation("confirm", "确认事件流已收到何处", "Place", of_one=True)},
        f"{one}/events": {"get": _stream(found)},
    }


def webhooks(found: Shared) -> dict[str, Any]:
    """What a receiver is sent (回调内容)."""
    headers = {
        "webhook-id": "同一内容重发时不变", "webhook-timestamp": "秒", "webhook-signature": "v1,HMAC-SHA256 (Standard Webhooks)",
        "minzheng-key-id": "节点签名密钥", "minzheng-timestamp": "秒", "minzheng-nonce": "随机数",
        "minzheng-signature": "SM2 签名",
    }  # fmt: skip
    body = {"type": "array", "items": {"$ref": "#/components/schemas/Event"}}
    return {
        f"{found.spec.key}.changed": {
            "post": {
                "operationId": "told", "summary": "变更送达: 2xx 收到, 410 不再接收, 429 和 503 照 Retry-After 再送",
                "parameters": [
                    {"name": name, "in": "header", "required": True, "description": said, "schema": {"type": "string"}}
                    for name, said in headers.items()
                ],
                "requestBody": {"required": True, "content": {"application/cloudevents-batch+json": {"schema": body}}},
                "responses": {"2XX": {"description": "已收到"}, "default": {"description": "稍后再送"}},
            }
        }
    }  # fmt: skip


def schemas(found: Shared, chosen: list[Field]) -> dict[str, Any]:
    """What is sent and told (订阅的模式)."""
    text = {"type": "string"}
    names: dict[str, Any] = {"type": "array", "items": {"enum": [field.name for field in chosen]}}
    wanted = {
        "type": "object", "additionalProperties": False, "properties": {
            "kinds": {"type": "array", "items": {"enum": KINDS}}, "fields": names, "division": text,
            "codes": {"type": "object", "additionalProperties": {"type": "array", "items": text}},
        },
    }  # fmt: skip
    state = {"enum": ["unconfirmed", "open", "paused", "dead", "ended"]}
    return {
        "Filter": wanted,
        "Wanted": {
            "type": "object", "required": ["data_set"], "additionalProperties": False, "properties": {
                "data_set": {"const": found.spec.key}, "name": text, "way": {"enum": ["stream", "webhook"]},
                "filter": {"$ref": "#/components/schemas/Filter"}, "url": {"type": "string", "format": "uri"},
                "ca": text, "begin": BEGIN, "dead_after_hours": {"type": "integer"},
            },
        },
        "Place": {"type": "object", "required": ["begin"], "properties": {"begin": BEGIN}},
        "Subscription": {
            "type": "object", "required": ["id", "state", "cursor"], "properties": {
                "id": text, "data_set": text, "name": text, "way": text, "state": state, "reason": text, "cursor": text,
                "filter": {"$ref": "#/components/schemas/Filter"}, "stream": text, "url": text, "backlog": {"type": "integer"},
                "secret": {"type": "string", "description": "回调签名密钥, 只在订阅时给出一次"}, "events": {"type": "integer"},
                "key": {"type": "object", "description": "节点的 SM2 公钥"}, "attempts": {"type": "array"},
                "failures": {"type": "integer"},
            },
        },
        "Event": {
            "title": "CloudEvents 1.0", "type": "object",
            "required": ["specversion", "id", "source", "type", "subject", "time", "sequence", "data"],
            "properties": {
                "specversion": {"const": "1.0"}, "id": text, "source": text, "subject": text, "sequence": text,
                "type": {"enum": [f"minzheng.{found.spec.key}.{kind}" for kind in KINDS]},
                "time": {"type": "string", "format": "date-time"}, "datacontenttype": {"const": "application/json"},
                "dataschema": {"const": f"urn:minzheng:data-set:{found.spec.key}"},
                "data": {"$ref": "#/components/schemas/Record"},
            },
        },
    }  # fmt: skip


def _operation(
    name: str, summary: str, asked: str = "", status: int = 200, *, of_one: bool = False
) -> dict[str, Any]:
    answered = {
        "description": "应答",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Subscription"}}},
    }
    said: dict[str, Any] = {
        "operationId": name,
        "summary": summary,
        "responses": {str(status): answered, "default": PROBLEM},
    }
    if of_one:
        said["parameters"] = [ID]
    if asked:
        content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{asked}"}}}
        said["requestBody"] = {"required": True, "content": content}
    return said


def _stream(found: Shared) -> dict[str, Any]:
    place = [
        {
            "name": "Last-Event-ID",
            "in": "header",
            "schema": {"type": "string"},
            "description": "最后收到的事件",
        },
        {
            "name": "after",
            "in": "query",
            "schema": {"type": "string"},
            "description": "同上, 用于不能写头的客户端",
        },
    ]
    said = {
        "description": f"{found.spec.name}的变更, 每个 data 是一个 Event",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
    return {
        "operationId": "events", "summary": "事件流 (Server-Sent Events); 地址以订阅应答中的 stream 为准",
        "parameters": [ID, *place], "responses": {"200": said, "default": PROBLEM},
    }  # fmt: skip
