"""The form of a source, made from what its adapter declares (接入来源表单)."""

from collections.abc import Iterator
from typing import Any

from django import forms

from minzheng.exchange.declare import Feed
from minzheng.exchange.intake.declare import Adapter, Field
from minzheng.web.desk.intakes.terms import CYCLES, cycle_label

PREFIX = "set_"
KEPT = "已保存，不修改则不填。"
WIDGETS: dict[str, type[forms.Widget]] = {
    "text": forms.TextInput, "number": forms.NumberInput, "choice": forms.Select, "flag": forms.CheckboxInput,
    "lines": forms.Textarea, "secret": forms.PasswordInput, "secret_lines": forms.Textarea,
}  # fmt: skip


class IntakeForm(forms.Form):
    """A source's name and cycle, and the fields of its adapter in their groups (接入来源).

    What a value must be is said by ``intake.sealed``, in one place for pages and commands; here only its outline.
    """

    def __init__(
        self, adapter: Adapter, *args: Any, feeds: list[Feed] | None = None, kept: set[str] | None = None,
        cycle: int = 0, **more: Any,
    ) -> None:  # fmt: skip
        super().__init__(*args, **more)
        self._adapter = adapter
        if feeds is not None:
            self.fields["name"] = forms.CharField(
                label="名称", max_length=100, help_text="对方系统或单位的名称。"
            )
            self.fields["feed"] = forms.ChoiceField(label="数据集", choices=[(f.key, f.label) for f in feeds])
        self.fields["cycle_minutes"] = forms.TypedChoiceField(
            label="周期", coerce=int, choices=_cycles(cycle), help_text="失败的自动重试，间隔逐次加长。"
        )
        for one in adapter.fields:
            if one.kind != "confirmed":
                self.fields[PREFIX + one.name] = _field(one, one.name in (kept or set()))
        for name, field in self.fields.items():
            chosen = isinstance(field.widget, forms.Select)
            field.widget.attrs |= {
                "class": "form-select" if chosen else "form-control",
                "autocomplete": "off",
            }
            if field.help_text:
                field.widget.attrs["aria-describedby"] = f"help-{name}"

    def values(self) -> dict[str, Any]:
        """What was given for the adapter's fields (设置值)."""
        return {n.removeprefix(PREFIX): v for n, v in self.cleaned_data.items() if n.startswith(PREFIX)}

    def groups(self) -> Iterator[tuple[str, list[forms.BoundField]]]:
        """The fields under their headings, in the order the adapter declares them (分组)."""
        own = [self[name] for name in self.fields if not name.startswith(PREFIX)]
        yield "来源", own
        found: dict[str, list[forms.BoundField]] = {}
        for one in self._adapter.fields:
            if one.kind != "confirmed":
                found.setdefault(one.group or "设置", []).append(self[PREFIX + one.name])
        yield from found.items()


def _field(one: Field, kept: bool) -> forms.Field:
    attrs: dict[str, Any] = {"rows": 3} if one.kind in ("lines", "secret_lines") else {}
    if one.kind == "secret":
        attrs["autocomplete"] = "new-password"
    said = f"{one.help}{KEPT}" if one.is_secret and kept else one.help
    common: dict[str, Any] = {
        "label": one.label, "required": one.required, "initial": "" if one.is_secret else one.default,
        "help_text": said, "widget": WIDGETS[one.kind](attrs=attrs),
    }  # fmt: skip
    if one.kind == "choice":
        return forms.ChoiceField(choices=one.choices, **common)
    if one.kind == "number":
        return forms.IntegerField(min_value=one.least, max_value=one.most, **(common | {"required": True}))
    if one.kind == "flag":
        return forms.BooleanField(**(common | {"required": False}))
    return forms.CharField(strip=one.kind != "secret", **common)


def _cycles(now: int) -> list[tuple[int, str]]:
    own = [] if now in dict(CYCLES) else [(now, cycle_label(now))]
    return [*CYCLES, *own]
