"""The part as a Django app."""

from django.apps import AppConfig


class ReviewConfig(AppConfig):
    """待核处置."""

    name = "minzheng.stewardship.review"
    label = "review"
    verbose_name = "待核处置"
