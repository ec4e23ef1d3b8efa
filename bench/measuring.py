"""Inside a node: bring a file in and print its seconds, and how many of them went into measuring quality.

The two are taken from the same run, so that what else the machine does weighs on both alike.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from minzheng.cli.boot import boot


def main() -> None:
    boot()
    from django.utils import timezone

    from minzheng.exchange import following, services
    from minzheng.stewardship.quality.models import FailingRow, Measured

    spent = {"cleaned": 0.0, "finished": 0.0}

    def timed(name: str, look: Callable[[Any], None]) -> Callable[[Any], None]:
        def timing(what: Any) -> None:
            started = time.perf_counter()
            look(what)
            spent[name] += time.perf_counter() - started

        return timing

    following.when_cleaned("quality", timed("cleaned", following._when_cleaned["quality"]))
    following.when_finished("quality", timed("finished", following._when_finished["quality"]))
    feed, path = sys.argv[1], Path(sys.argv[2])
    started = time.perf_counter()
    with path.open("rb") as file:
        batch = services.receive(feed, file, name=path.name, source=None, by=None, at=timezone.now())
    services.run(batch)
    seconds = time.perf_counter() - started
    kept = (
        Measured.objects.filter(batch_id=batch.id).count(),
        FailingRow.objects.filter(batch_id=batch.id).count(),
    )
    print(json.dumps({"seconds": seconds, "spent": spent, "read": batch.counts["read"], "kept": kept}))


if __name__ == "__main__":
    main()
