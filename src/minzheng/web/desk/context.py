"""What every page's frame needs (页面框架)."""

from typing import Any

from django.http import HttpRequest


def frame(_request: HttpRequest) -> dict[str, Any]:
    """Template context of the frame (框架上下文)."""
    return {}
