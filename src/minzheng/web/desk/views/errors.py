"""What a user sees when something is refused or fails (出错页面): one plain sentence, never a trace."""

from django.contrib.sessions.exceptions import SessionInterrupted
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from minzheng.foundation.access.rules import public


def _page(status: int, heading: str, text: str, advice: str = "") -> HttpResponse:
    """Rendered without request and context processors: must work when the database does not."""
    values = {"status": status, "heading": heading, "text": text, "advice": advice}
    return HttpResponse(render_to_string("desk/error.html", values), status=status)


@public
def bad_request(_request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400 (请求有误); also where someone logged out in another window while the answer was made."""
    if isinstance(exception, SessionInterrupted):
        return _page(400, "登录已结束", "这个登录已在别处退出或过期。", "请重新登录。")
    return _page(400, "请求有误", "系统读不懂这个请求。", "请回到上一页重新操作。")


@public
def forbidden(_request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403 (无权访问); the reason given by the house itself is shown."""
    reason = str(exception) if exception and exception.args else "您没有权限访问这个页面。"
    return _page(403, "无权访问", reason, "如工作需要, 请联系本单位系统管理员调整角色。")


@public
def not_found(_request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    """404 (没有找到): the same words for what is not there and what lies outside the user's scope."""
    return _page(404, "没有找到", "这个页面不存在, 或不在您的数据范围内。", "请检查网址, 或从首页重新查找。")


@public
def failed(_request: HttpRequest) -> HttpResponse:
    """500 (系统出错)."""
    return _page(
        500,
        "系统出错",
        "系统没有完成这项操作, 您的数据没有被部分保存。",
        "请稍后重试; 仍然出错请联系系统管理员。",
    )


@public
def csrf(_request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django's signature
    """The form's token does not fit (页面已过期)."""
    return _page(403, "页面已过期", "为保证安全, 这个页面需要重新打开后再提交。", "请回到上一页刷新后重试。")
