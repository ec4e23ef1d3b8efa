"""The model of person linkage (人员匹配模型): a versioned file, estimated once, never while bringing in.

``models/person-<version>.json`` beside this module is a Splink settings file (comparisons with m and u probabilities,
blocking rules) with a ``minzheng`` section: version, thresholds, what it was estimated on. The SQL in it keeps to what
DuckDB and Spark both speak.
"""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

CURRENT = "person-2"


class Model:
    """One version of the model."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        own = document["minzheng"]
        self.version: str = own["version"]
        self.link_from: float = own["link_from_bits"]
        self.review_from: float = own["review_from_bits"]
        self.margin: float = own["margin_bits"]
        self.coverage: float = own["coverage"]

    @property
    def comparisons(self) -> list[dict[str, Any]]:
        """What is compared, each with its levels and their probabilities."""
        return list(self._document["comparisons"])

    def prior(self, *, persons: int) -> float:
        """The probability that a mention and any one person of so many are the same."""
        return min(0.5, self.coverage / max(persons, 1))

    def splink_settings(self, *, persons: int) -> dict[str, Any]:
        """Settings for one run: the prior says that most mentions mean one person of the register."""
        prior = self.prior(persons=persons)
        rest = {k: v for k, v in self._document.items() if k != "minzheng"}
        return rest | {"probability_two_random_records_match": prior}


@lru_cache(maxsize=4)
def _load(path: Path) -> Model:
    return Model(json.loads(path.read_text(encoding="utf-8")))


def current_model() -> Model:
    """The model in force."""
    return _load(Path(__file__).parent / "models" / f"{CURRENT}.json")
