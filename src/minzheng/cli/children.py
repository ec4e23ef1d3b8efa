"""The processes that ``serving`` starts (子进程): ``web FD THREADS``, ``worker``, ``exchange FD``, ``puller``,
``subscriptions [FD]``, ``node …``."""

import os
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from procrastinate.contrib.django.django_connector import DjangoConnector

GRACE_S = 3.0
PROCESSES = 2


def main(arguments: list[str]) -> None:
    """Live as the child named, as long as the parent does."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "minzheng.settings")
    os.umask(0o077)
    threading.Thread(target=_live_with_parent, daemon=True).start()
    if arguments[0] == "web":
        web(int(arguments[1]), int(arguments[2]))
    elif arguments[0] == "exchange":
        exchange(int(arguments[1]))
    elif arguments[0] == "puller":
        puller()
    elif arguments[0] == "subscriptions":
        subscriptions(int(arguments[1]) if arguments[1:] else None)
    elif arguments[0] == "node":
        from minzheng.cli.demo.levels import stand

        host, port, door, upper = arguments[1:]
        stand(host, int(port), int(door), upper)
    else:
        worker()


def web(listener: int, threads: int) -> None:
    """Pages on a socket the parent has opened (网页服务)."""
    from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]

    class Pages(BaseApplication):  # type: ignore[misc]
        """Gunicorn, set up here rather than by a file of the working folder."""

        def load_config(self) -> None:
            values: dict[str, Any] = {
                "bind": f"fd://{listener}",
                "worker_class": "gthread",
                "workers": min(PROCESSES, os.cpu_count() or 1),
                "threads": threads,
                "preload_app": True,
                "timeout": 120,
                "graceful_timeout": 2,
                "loglevel": "error",
                "control_socket_disable": True,
            }
            for name, value in values.items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            import minzheng.wsgi
            from minzheng.web.ready import load

            load()
            return minzheng.wsgi.application

    Pages().run()


def worker() -> None:
    """Background jobs; what an earlier worker left unfinished is taken up first (后台作业).

    Asked to stop, a batch under way is left where it stands: every stage can be run again.
    """
    import django

    django.setup()
    from procrastinate.contrib.django import app

    from minzheng.exchange.jobs import take_up

    take_up()
    own = cast("DjangoConnector", app.connector).get_worker_connector()
    with app.replace_connector(own) as ready:
        ready.run_worker(concurrency=1, delete_jobs="successful")


def exchange(listener: int) -> None:
    """The door between nodes on a socket the parent has opened (节点间服务)."""
    import django

    django.setup()
    from minzheng.web.between.serving import serve

    serve(listener)


def puller() -> None:
    """The road to the upper node, as long as there is one, and what watches all roads (上级连接, 交换监控)."""
    import django
    from django.conf import settings

    django.setup()
    from minzheng.sharing.between.pulling import run
    from minzheng.sharing.watching.running import run as watch

    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    if settings.OTLP_ENDPOINT:
        from minzheng.sharing.watching.telemetry import figures

        figures()
    threading.Thread(target=watch, args=(stopping,), name="watching", daemon=True).start()
    run(stopping)


def subscriptions(listener: int | None) -> None:
    """Telling subscribers: webhooks are pushed, and streams answered on a socket where there is one (订阅服务)."""
    import django

    django.setup()
    from minzheng.web.events.serving import serve

    serve(listener)


def _live_with_parent() -> None:
    """Standard input is a pipe from the parent: its end is the parent's end."""
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_S)
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
