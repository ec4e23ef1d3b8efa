"""The desk as a Django app (工作台)."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """The pages officials work on (工作台)."""

    name = "minzheng.web.desk"
    label = "desk"
    verbose_name = "工作台"
