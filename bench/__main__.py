"""``python -m bench [FIGURE …] [--rows N]``: the figures below, by default all of them."""

import argparse
from collections.abc import Callable

from bench import (
    accuracy,
    between,
    bring_in,
    compare,
    interfaces,
    lower_nodes,
    matching,
    page,
    parcels,
    quality,
    scope,
    search,
    signals,
)
from bench.register import Register, register

# Of nodes of their own, by the number of rows.
ALONE: dict[str, Callable[[int], None]] = {
    "bring-in": bring_in.run,
    "quality": quality.run,
    "linear": lambda rows: bring_in.linear((rows // 10, rows, rows * 3)),
    "matching": lambda rows: matching.run(rows, rows // 10),
    "accuracy": accuracy.run,
    "compare": compare.run,
    "parcels": parcels.run,
    "interfaces": interfaces.run,
    "between": between.run,
    "lower-nodes": lower_nodes.run,
}
# Of one register between them, with five records a person.
TOGETHER: dict[str, Callable[[Register], None]] = {
    "page": page.run,
    "scope": scope.run,
    "search": search.run,
    "signals": signals.run,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("figures", nargs="*", choices=[*ALONE, *TOGETHER, "signals-long", []])
    parser.add_argument("--rows", type=int, default=1_000_000, help="size of the large runs")
    asked = parser.parse_args()
    figures = asked.figures or [*ALONE, *TOGETHER, "signals-long"]
    for name in ALONE:
        if name in figures:
            ALONE[name](asked.rows)
    if together := [name for name in TOGETHER if name in figures]:
        with register(asked.rows) as made:
            for name in together:
                TOGETHER[name](made)
    if "signals-long" in figures:
        with register(asked.rows, "few households for decades") as made:
            signals.run(made)


if __name__ == "__main__":
    main()
