"""The door as a process (节点间服务): TLS with certificates of both sides, on a port of its own."""

import ssl

import uvicorn

from minzheng.foundation.members.models import Member
from minzheng.sharing.between import tls
from minzheng.web.between.app import application
from minzheng.web.between.waking import Waking


class _Config(uvicorn.Config):
    """Uvicorn's settings with a TLS context of ours."""

    context: ssl.SSLContext

    def load(self) -> None:
        super().load()
        self.ssl = self.context


def serve(listener: int) -> None:
    """On a socket the parent has opened, until asked to stop (节点间服务). Who becomes a member later may call at once."""
    context = tls.for_answering(_certificates())
    door = application(Waking(lambda: tls.believe(context, _certificates())))
    settings = _Config(
        door, fd=listener, log_level="error", access_log=False, lifespan="on", timeout_keep_alive=75,
        h11_max_incomplete_event_size=64 << 10, server_header=False, limit_concurrency=2000, timeout_graceful_shutdown=3,
    )  # fmt: skip
    settings.context = context
    uvicorn.Server(settings).run()


def _certificates() -> list[str]:
    """Of members that are not revoked."""
    found = Member.objects.filter(revoked_at=None).values_list("certificate", flat=True)
    return [one for one in found if one]
