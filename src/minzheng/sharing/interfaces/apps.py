"""The part as a Django app."""

from django.apps import AppConfig


class InterfacesConfig(AppConfig):
    """应用接口."""

    name = "minzheng.sharing.interfaces"
    label = "interfaces"
    verbose_name = "应用接口"
