"""What is done with subscriptions (订阅办理); the only writer."""

from minzheng.sharing.subscriptions.services.acts import acknowledge, end, pause, replay, resume
from minzheng.sharing.subscriptions.services.outcome import (
    Outcome,
    end_ungranted,
    settle,
    settle_handshake,
    sweep,
)
from minzheng.sharing.subscriptions.services.registering import NOW, START, Made, place_of, subscribe

__all__ = [
    "NOW",
    "START",
    "Made",
    "Outcome",
    "acknowledge",
    "end",
    "end_ungranted",
    "pause",
    "place_of",
    "replay",
    "resume",
    "settle",
    "settle_handshake",
    "subscribe",
    "sweep",
]
