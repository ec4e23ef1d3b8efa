"""``python -m bench [FIGURE …] [--rows N]``: the figures below, by default all of them."""

import argparse

from bench import accuracy, bring_in, compare, matching, page, quality, scope, search, signals


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument(
        "figures",
        nargs="*",
        choices=[
            "bring-in",
            "linear",
            "matching",
            "accuracy",
            "page",
            "scope",
            "search",
            "signals",
            "compare",
            "quality",
            [],
        ],
    )
    parser.add_argument("--rows", type=int, default=1_000_000, help="size of the large runs")
    asked = parser.parse_args()
    figures = asked.figures or [
        "bring-in",
        "linear",
        "matching",
        "accuracy",
        "page",
        "scope",
        "search",
        "signals",
        "compare",
        "quality",
    ]
    rows = asked.rows
    if "bring-in" in figures:
        bring_in.run(rows)
    if "quality" in figures:
        quality.run(rows)
    if "linear" in figures:
        bring_in.linear((rows // 10, rows, rows * 3))
    if "matching" in figures:
        matching.run(rows, rows // 10)
    if "accuracy" in figures:
        accuracy.run(rows)
    if "page" in figures:
        page.run(rows)
    if "scope" in figures:
        scope.run(rows)
    if "search" in figures:
        search.run(rows)
    if "signals" in figures:
        signals.run(rows)
    if "compare" in figures:
        compare.run(rows)


if __name__ == "__main__":
    main()
