"""The room as a Django app."""

from django.apps import AppConfig


class SocietiesConfig(AppConfig):
    """社会组织."""

    name = "minzheng.business.societies"
    label = "societies"
    verbose_name = "社会组织"
