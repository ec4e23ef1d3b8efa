"""The part as a Django app."""

from django.apps import AppConfig


class BetweenConfig(AppConfig):
    """节点间交换."""

    name = "minzheng.sharing.between"
    label = "between"
    verbose_name = "节点间交换"
