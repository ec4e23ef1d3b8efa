"""The door as a Django app."""

from django.apps import AppConfig


class MachineConfig(AppConfig):
    """接口."""

    name = "minzheng.web.machine"
    label = "machine"
    verbose_name = "接口"
