"""The tables of the catalogue (资源目录的表)."""

from minzheng.sharing.catalogue.models.demands import Demand, DemandEvent
from minzheng.sharing.catalogue.models.editions import CatalogueEntry, Edition, ResourceNumber
from minzheng.sharing.catalogue.models.received import (
    AllowedHost,
    CatalogueSource,
    Receipt,
    ReceivedChange,
    ReceivedEntry,
    ReceivedResource,
)

__all__ = [
    "AllowedHost",
    "CatalogueEntry",
    "CatalogueSource",
    "Demand",
    "DemandEvent",
    "Edition",
    "Receipt",
    "ReceivedChange",
    "ReceivedEntry",
    "ReceivedResource",
    "ResourceNumber",
]
