"""The part as a Django app."""

from django.apps import AppConfig


class ParcelsConfig(AppConfig):
    """电子报文."""

    name = "minzheng.sharing.parcels"
    label = "parcels"
    verbose_name = "电子报文"
