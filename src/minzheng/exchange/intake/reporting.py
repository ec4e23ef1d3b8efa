"""Intakes as plain data for commands (接入来源报告); nothing secret in it."""

from typing import Any

from minzheng.exchange.errors import IntakeError
from minzheng.exchange.intake.declare import adapter_named, adapters
from minzheng.exchange.intake.sealed import given_secrets, opened
from minzheng.exchange.models import Intake


def shown(intake: Intake) -> dict[str, Any]:
    """A source as reported; of its secrets only which are kept (来源信息)."""
    try:
        place = adapter_named(intake.adapter).place(opened(intake))
    except IntakeError:
        place = ""
    return {
        "name": intake.name,
        "feed": intake.feed,
        "kind": intake.adapter,
        "place": place,
        "settings": {k: v for k, v in intake.settings.items() if v not in ("", None)},
        "secrets": sorted(given_secrets(intake)),
        "cycle_minutes": intake.cycle_minutes,
        "paused": intake.paused,
        "reached": intake.reached,
        "state": intake.state,
        "problem": intake.problem,
        "failures": intake.failures,
        "pulled_at": intake.pulled_at,
        "succeeded_at": intake.succeeded_at,
        "next_at": intake.next_at,
        "batch": str(intake.batch_id) if intake.batch_id else None,
    }


def adapter_report() -> list[dict[str, Any]]:
    """The adapters and their settings (接入方式)."""
    return [
        {
            "adapter": one.key,
            "label": one.label,
            "about": one.about,
            "settings": [
                {
                    "name": f.name, "label": f.label, "kind": f.kind, "required": f.required, "default": f.default,
                    "choices": dict(f.choices), "help": f.help,
                }
                for f in one.fields if f.kind != "confirmed"
            ],
        }
        for one in adapters()
    ]  # fmt: skip
