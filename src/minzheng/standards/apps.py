"""The standards as a Django app (标)."""

from django.apps import AppConfig


class StandardsConfig(AppConfig):
    """Code tables, elements, data sets, dated parameters and limits, divisions (标准规范)."""

    name = "minzheng.standards"
    label = "standards"
    verbose_name = "标准规范"
