"""The process that tells subscribers (订阅服务): webhooks are pushed, and streams answered where a port is given."""

import anyio
import uvicorn

from minzheng.sharing.subscriptions import pushing
from minzheng.web.events.app import application


def serve(listener: int | None) -> None:
    """Until asked to stop (订阅服务)."""
    anyio.run(_run, listener)


async def _run(listener: int | None) -> None:
    async with anyio.create_task_group() as group:
        group.start_soon(pushing.run)
        if listener is not None:
            await uvicorn.Server(settings(listener)).serve()
            group.cancel_scope.cancel()


def settings(listener: int) -> uvicorn.Config:
    """On a socket the parent has opened; TLS is ended before it, as for the pages (服务设置)."""
    return uvicorn.Config(
        application(), fd=listener, log_level="error", access_log=False, lifespan="on", server_header=False,
        limit_concurrency=2000, timeout_graceful_shutdown=2, h11_max_incomplete_event_size=64 << 10,
        proxy_headers=False,
    )  # fmt: skip
