"""Settings of an intake (接入设置): read from a form, what is secret sealed, opened only for a run or a check."""

import json
from collections.abc import Mapping
from typing import Any

from minzheng.exchange.errors import IntakeError
from minzheng.exchange.intake.declare import Adapter, Field, adapter_named
from minzheng.exchange.models import Intake
from minzheng.foundation.crypto.fields import open_text, seal

LONGEST, LONGEST_LINES = 1_000, 20_000


def read_settings(adapter: Adapter, values: Mapping[str, Any], kept: Mapping[str, Any]) -> dict[str, Any]:
    """Every field's value as its kind asks; raises ``IntakeError`` naming the field (读取设置).

    ``kept``: what holds now. A secret left empty stays as it is, unless the address changes: then everything secret must be
    given again, and what was confirmed of the other side is forgotten.
    """
    unknown = set(values) - {f.name for f in adapter.fields if f.kind != "confirmed"}
    if unknown:
        raise IntakeError(f"没有这些设置项: {'、'.join(sorted(unknown))}")
    read = {f.name: _read(f, values.get(f.name, f.default)) for f in adapter.fields}
    elsewhere = any(f.address and read[f.name] != kept.get(f.name, read[f.name]) for f in adapter.fields)
    for f in adapter.fields:
        if f.kind == "confirmed":
            read[f.name] = "" if elsewhere else kept.get(f.name, "")
        elif f.is_secret and not read[f.name] and kept.get(f.name):
            if elsewhere:
                raise IntakeError(f"地址或用户名已改, 请重新填写{f.label}")
            read[f.name] = kept[f.name]
    missing = [f.label for f in adapter.fields if f.required and read[f.name] in ("", None)]
    if missing:
        raise IntakeError(f"请填写{'、'.join(missing)}")
    if reason := adapter.refuse(read):
        raise IntakeError(reason)
    return read


def _read(f: Field, value: Any) -> Any:
    if f.kind == "flag":
        return value in (True, "1", "on", "true", "是")
    if f.kind == "number":
        try:
            number = int(value if value not in ("", None) else f.default or 0)
        except (TypeError, ValueError):
            raise IntakeError(f"{f.label}应为整数") from None
        if not f.least <= number <= f.most:
            raise IntakeError(f"{f.label}应在 {f.least:,} 至 {f.most:,} 之间")
        return number
    text = str(value if value is not None else "").replace("\r\n", "\n")
    text = text if f.kind == "secret" else text.strip()
    if len(text) > (LONGEST_LINES if f.kind in ("lines", "secret_lines") else LONGEST) or "\0" in text:
        raise IntakeError(f"{f.label}过长或含有不允许的字符")
    if f.kind == "choice" and text not in {code for code, _ in f.choices}:
        raise IntakeError(f"{f.label}应为 {'、'.join(code for code, _ in f.choices)} 之一")
    if f.kind == "secret_lines" and text:
        text += "\n"  # a key in PEM ends its last line
    return text


def put(intake: Intake, read: Mapping[str, Any]) -> None:
    """Lay settings into the row, what is secret sealed; nothing is saved (放入)."""
    secret = {f.name for f in adapter_named(intake.adapter).fields if f.is_secret}
    intake.settings = {name: value for name, value in read.items() if name not in secret}
    intake.secrets_cipher = seal("extra", json.dumps({name: read[name] for name in sorted(secret)}))


def opened(intake: Intake) -> dict[str, Any]:
    """All settings with their secrets, and what newer fields say where nothing was given (打开)."""
    defaults = {f.name: f.default for f in adapter_named(intake.adapter).fields}
    secrets: dict[str, Any] = json.loads(open_text("extra", intake.secrets_cipher) or "{}")
    return defaults | dict(intake.settings) | secrets


def given_secrets(intake: Intake) -> set[str]:
    """Which secrets are kept, to be shown as such (已保存的密文)."""
    return {
        name for name, value in json.loads(open_text("extra", intake.secrets_cipher) or "{}").items() if value
    }
