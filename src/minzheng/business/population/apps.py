"""The room as a Django app."""

from django.apps import AppConfig


class PopulationConfig(AppConfig):
    """人口底册."""

    name = "minzheng.business.population"
    label = "population"
    verbose_name = "人口底册"
