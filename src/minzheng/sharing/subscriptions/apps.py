"""The part as a Django app."""

from django.apps import AppConfig


class SubscriptionsConfig(AppConfig):
    """订阅推送."""

    name = "minzheng.sharing.subscriptions"
    label = "subscriptions"
    verbose_name = "订阅推送"
