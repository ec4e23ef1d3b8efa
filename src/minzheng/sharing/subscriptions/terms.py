"""The words of subscriptions (订阅用语): ways, states, limits."""

from datetime import timedelta

from django.db.models import TextChoices

CLOUD_EVENTS = "1.0"
ONE, BATCH = "application/cloudevents+json", "application/cloudevents-batch+json"
CHANNEL = "minzheng_subscriptions"  # whoever tells subscribers hears here that one was made, moved or stopped
MOST_EVENTS = 100  # of one batch
MOST_OF_A_GRANT = 20
KINDS = ("created", "updated", "withdrawn")
# A receiver that fails is asked again after so many seconds, twice as many each time, each half by chance.
FIRST_PAUSE_S, LONGEST_PAUSE_S, LONGEST_WISH_S = 2.0, 3600.0, 86_400.0
DEAD_AFTER_HOURS, LONGEST_DEAD_HOURS = 72, 30 * 24
CONFIRMED_WITHIN = timedelta(hours=1)
KEPT_FOR = timedelta(days=90)  # what was sent, and what an ended subscription was given


class Way(TextChoices):
    """How events are had (接收方式)."""

    STREAM = "stream", "事件流"
    WEBHOOK = "webhook", "回调推送"


class State(TextChoices):
    """Where a subscription stands (订阅状态)."""

    UNCONFIRMED = "unconfirmed", "待确认地址"
    OPEN = "open", "正常"
    PAUSED = "paused", "已暂停"
    DEAD = "dead", "多次失败已停止"
    ENDED = "ended", "已结束"


class SubscriptionError(ValueError):
    """What cannot be subscribed to or done as said; the message is the reason in Chinese (不予办理)."""
