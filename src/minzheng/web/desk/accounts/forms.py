"""The forms of accounts (账号表单)."""

from typing import Any

from django import forms

from minzheng.foundation.access.scope import Scope
from minzheng.foundation.accounts.models import User
from minzheng.foundation.accounts.queries import STATES
from minzheng.web.desk.accounts import choices

ALL = [("", "全部")]


class Filters(forms.Form):
    """What the list may be narrowed by (筛选)."""

    text = forms.CharField(label="姓名或用户名", required=False, max_length=64)
    role = forms.ChoiceField(label="角色", required=False)
    division = forms.ChoiceField(label="区划", required=False)
    state = forms.ChoiceField(label="状态", required=False, choices=[*ALL, *STATES.items()])

    def __init__(self, scope: Scope, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [*ALL, *choices.roles()]  # type: ignore[attr-defined]
        self.fields["division"].choices = [*ALL, *choices.divisions(scope)]  # type: ignore[attr-defined]
        _dress(self)


class AccountForm(forms.Form):
    """An account's name and how far it reaches (账号)."""

    display_name = forms.CharField(label="姓名", max_length=64)
    division_code = forms.ChoiceField(label="所属区划", help_text="只能看到本区划及下级的数据。")
    roles = forms.MultipleChoiceField(
        label="角色",
        widget=forms.CheckboxSelectMultiple,
        help_text="系统管理员、安全管理员、审计管理员三者不得由同一账号兼任。",
    )
    data_level = forms.TypedChoiceField(
        label="数据级别", coerce=int, help_text="查看完整号码和下载附件须三级以上。"
    )
    businesses = forms.MultipleChoiceField(
        label="业务范围",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="一项都不选，即全部业务。",
    )

    def __init__(self, by: User, scope: Scope, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = {
            "division_code": choices.divisions(scope),
            "roles": choices.roles(),
            "data_level": choices.levels(by),
            "businesses": choices.businesses(by),
        }
        for name, options in offered.items():
            self.fields[name].choices = options  # type: ignore[attr-defined]
        _dress(self)


class NewAccountForm(AccountForm):
    """The same, with the name one logs in by (新建账号)."""

    username = forms.RegexField(
        label="用户名",
        regex=r"^[A-Za-z0-9._-]{2,64}$",
        help_text="登录用，2 至 64 个字母、数字、点、横线；建立后不能修改。",
        error_messages={"invalid": "用户名只能由 2 至 64 个字母、数字、点、横线组成。"},
    )
    field_order = ["username"]


def _dress(form: forms.Form) -> None:
    for name, field in form.fields.items():
        if isinstance(field.widget, forms.CheckboxSelectMultiple):
            field.widget.attrs["class"] = "form-check-input"
        else:
            chosen = isinstance(field, forms.ChoiceField)
            field.widget.attrs["class"] = "form-select" if chosen else "form-control"
        if field.help_text:
            field.widget.attrs["aria-describedby"] = f"help-{name}"
        field.widget.attrs["autocomplete"] = "off"
