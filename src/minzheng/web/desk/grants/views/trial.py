"""Where a developer tries every call on the sample (接口试用)."""

import json
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from minzheng.foundation.access.rules import requires
from minzheng.foundation.accounts.terms import Role
from minzheng.sharing.grants import services
from minzheng.sharing.grants.granted.fields import Shared, shared_sets
from minzheng.sharing.grants.granted.sample import example
from minzheng.sharing.interfaces.credentials import trial_token
from minzheng.sharing.interfaces.openapi import BASE, document
from minzheng.web.desk.grants import shown
from minzheng.web.desk.requests import acting_user

READERS = (Role.CLERK, Role.DATA_OFFICER, Role.SECURITY, Role.ADMINISTRATOR)
CLAIMED = 3  # fields of the example claim


@requires(*READERS)
@require_safe
def trial(request: HttpRequest) -> HttpResponse:
    """Every call of a data set, ready to be sent with a test grant (接口试用)."""
    sets = shared_sets()
    found = shown.known(request.GET.get("data_set", "")) or (sets[0] if sets else None)
    context = {"sets": sets, "found": found, "calls": _calls(found) if found else [], "base": BASE}
    return render(request, "desk/grants/trial.html", context)


@requires(*READERS)
@require_POST
def token(request: HttpRequest) -> HttpResponse:
    """A token of the test system for half an hour (试用令牌)."""
    now, by = timezone.now(), acting_user(request)
    client = services.trial_system(by=by, at=now)
    return JsonResponse({"access_token": trial_token(client=client, by=by, at=now)})


@requires(*READERS)
@require_safe
def described(_request: HttpRequest, key: str) -> HttpResponse:
    """OpenAPI 3.1 of a data set with all that the node keeps (接口说明)."""
    found = shown.known(key)
    if found is None:
        raise Http404
    answer = JsonResponse(document(found), json_dumps_params={"ensure_ascii": False, "indent": 1})
    answer.headers["Content-Disposition"] = content_disposition_header(True, f"{found.spec.name}接口.json")
    return answer


def _calls(found: Shared) -> list[dict[str, Any]]:
    """What each call takes, with an example of the sample."""
    values, at = example(found.spec.key), f"{BASE}/data/{found.spec.key}"
    lookup = found.looked_up_by[0]
    by = {lookup.name: values[lookup.name]}
    claims = {name: value for name, value in values.items() if name != lookup.name and value is not None}
    claims = dict(list(claims.items())[:CLAIMED])
    headings = [lookup.heading, *(found.fields[name].heading for name in claims)]
    lines = ",".join(headings) + "\n" + ",".join(str(v) for v in (values[lookup.name], *claims.values()))
    return [
        _call("one", "POST", f"{at}/one", "查询单条", "按号码取授权字段", {"by": by}),
        _call("check", "POST", f"{at}/check", "核验", "逐项答是否一致，不给数据", {"by": by, "claims": claims}),
        _call("checks", "UPLOAD", f"{at}/checks", "批量核验", "上传名单，第一行为列名；返回任务标识", lines),
        _call("progress", "GET", f"{at}/checks/〈任务标识〉", "批量核验进度", "完成后在地址后加 /result 取结果", ""),
        _call("changes", "GET", f"{at}/changes?since=&limit=2", "变更获取", "since 填上次返回的 cursor", ""),
        _call("receipt", "GET", f"{BASE}/receipts/〈请求标识〉", "回执", "凭应答头 Request-Id 取，证明应答未被改动", ""),
        _call("data", "GET", f"{BASE}/data", "可用数据集", "令牌能取到的数据集和方式", ""),
        _call("openapi", "GET", f"{at}/openapi.json", "接口说明", "按授权生成的 OpenAPI 3.1", ""),
    ]  # fmt: skip


def _call(key: str, method: str, path: str, label: str, note: str, body: Any) -> dict[str, Any]:
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False, indent=1, default=str)
    return {"key": key, "method": method, "path": path, "label": label, "note": note, "body": text}
