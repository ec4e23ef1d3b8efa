"""What the trail may be searched by (审计筛选)."""

from typing import Any

from django import forms

from minzheng.foundation.access.scope import Scope
from minzheng.foundation.audit.terms import ACTIONS, KINDS, RESULTS
from minzheng.web.desk.accounts import choices

ALL = [("", "全部")]


class Filters(forms.Form):
    """User, act, object, division, period (筛选)."""

    user = forms.CharField(label="操作人", required=False, max_length=64)
    action = forms.ChoiceField(
        label="操作", required=False, choices=[*ALL, *sorted(ACTIONS.items(), key=lambda a: a[1])]
    )
    kind = forms.ChoiceField(label="对象类别", required=False, choices=[*ALL, *KINDS.items()])
    object_id = forms.CharField(label="对象标识", required=False, max_length=128)
    division = forms.ChoiceField(label="操作人区划", required=False)
    result = forms.ChoiceField(label="结果", required=False, choices=[*ALL, *RESULTS.items()])
    since = forms.DateField(label="日期起", required=False)
    until = forms.DateField(label="日期止", required=False)

    def __init__(self, scope: Scope, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["division"].choices = [*ALL, *choices.divisions(scope)]  # type: ignore[attr-defined]
        for field in self.fields.values():
            chosen = isinstance(field, forms.ChoiceField)
            field.widget.attrs["class"] = "form-select" if chosen else "form-control"
            if isinstance(field, forms.DateField):
                field.widget.input_type = "date"

    def clean(self) -> dict[str, Any]:
        """The period has its end after its beginning (日期先后)."""
        values = self.cleaned_data
        if values.get("since") and values.get("until") and values["since"] > values["until"]:
            self.add_error("until", "日期止早于日期起。")
        return values
