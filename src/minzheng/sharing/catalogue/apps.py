"""The part as a Django app."""

from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    """资源目录."""

    name = "minzheng.sharing.catalogue"
    label = "catalogue"
    verbose_name = "资源目录"
