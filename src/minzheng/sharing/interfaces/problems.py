"""What is said where a call is not answered (问题): RFC 9457, with codes that stay and Chinese for who reads them."""

from dataclasses import dataclass, field

TYPES: dict[str, tuple[int, str]] = {
    "bad-request": (400, "请求内容不对"),
    "token-missing": (401, "没有出示令牌"),
    "token-invalid": (401, "令牌无效或已过期"),
    "certificate-required": (401, "须出示登记的客户端证书"),
    "not-granted": (403, "没有授权"),
    "not-found": (404, "没有这个地址"),
    "method-not-allowed": (405, "不支持这种请求方法"),
    "too-large": (413, "内容过大"),
    "field-not-granted": (403, "字段不在授权内"),
    "idempotency-key-reused": (422, "Idempotency-Key 已用于别的请求"),
    "invalid-value": (422, "填写的内容不对"),
    "batch-not-ready": (409, "批量核验尚未完成"),
    "receipt-not-ready": (404, "回执尚未生成"),
    "quota-exceeded": (429, "超出限额"),
    "too-many-requests": (429, "请求过于频繁"),
    "subscription-refused": (409, "订阅不予办理"),
    "failed": (500, "系统处理出错"),
}


@dataclass
class ProblemError(Exception):
    """A call that is not answered (问题): ``code`` of ``TYPES``, what in particular, where in the request."""

    code: str
    detail: str = ""
    pointer: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def status(self) -> int:
        """Of HTTP (状态码)."""
        return TYPES[self.code][0]

    def as_dict(self, request_id: str = "") -> dict[str, object]:
        """As application/problem+json (问题文档)."""
        status, title = TYPES[self.code]
        said: dict[str, object] = {
            "type": f"urn:minzheng:problem:{self.code}", "title": title, "status": status, "code": self.code,
        }  # fmt: skip
        if self.detail:
            said["detail"] = self.detail
        if self.pointer:
            said["errors"] = [{"pointer": self.pointer, "detail": self.detail}]
        if request_id:
            said["instance"] = f"urn:uuid:{request_id}"
        return said
