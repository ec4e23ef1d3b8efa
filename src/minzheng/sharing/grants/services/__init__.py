"""What is done with applications and grants (授信办理); the only writer."""

from minzheng.sharing.grants.services.asking import ask
from minzheng.sharing.grants.services.clients import disable_client, register_client
from minzheng.sharing.grants.services.deciding import agree, refuse, withdraw
from minzheng.sharing.grants.services.ending import remind, tell_ended
from minzheng.sharing.grants.services.trial import trial_system

__all__ = [
    "agree",
    "ask",
    "disable_client",
    "refuse",
    "register_client",
    "remind",
    "tell_ended",
    "trial_system",
    "withdraw",
]
