"""What forms of grants say (表单内容): days, codes and numbers as typed, or what is wrong with them."""

from datetime import date
from typing import Any

from django.http import QueryDict

from minzheng.sharing.grants.granted.fields import Shared
from minzheng.sharing.grants.terms import GrantError


def day(form: QueryDict, name: str, label: str, *, needed: bool = False) -> date | None:
    """A day; raises ``GrantError`` where it is none (日期)."""
    text = form.get(name, "").strip()
    if not text and not needed:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise GrantError(f"{label}应是日期") from None


def number(form: QueryDict, name: str, label: str) -> int:
    """A whole number; raises ``GrantError`` (整数)."""
    try:
        return int(form.get(name, ""))
    except ValueError:
        raise GrantError(f"{label}应是整数") from None


def condition(form: QueryDict, found: Shared) -> dict[str, list[str]]:
    """Field → codes, as many as are ticked (代码条件)."""
    said = {name: form.getlist(f"code-{name}") for name in found.fields}
    return {name: codes for name, codes in said.items() if codes}


def terms(form: QueryDict) -> dict[str, Any]:
    """What both an application and a decision say (共享内容). Raises ``GrantError``."""
    until = day(form, "until_on", "使用期限", needed=True)
    return {
        "fields": form.getlist("field"), "methods": form.getlist("method"), "until_on": until,
        "per_minute": number(form, "per_minute", "每分钟限额"), "per_day": number(form, "per_day", "每日限额"),
    }  # fmt: skip
