"""Coming in, going out, a new password (登录与密码)."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login as start_session
from django.contrib.auth import logout as end_session
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.password_validation import password_validators_help_texts
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from minzheng.foundation.access.rules import authenticated, public
from minzheng.foundation.access.standing import as_node
from minzheng.foundation.accounts import services
from minzheng.foundation.accounts.models import User
from minzheng.web.desk.requests import acting_user, address

BACKEND = "django.contrib.auth.backends.ModelBackend"


@public
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    """Name and password (登录)."""
    target = request.POST.get("next") or request.GET.get("next", "")
    if isinstance(request.user, User):
        return redirect(_safe(request, target))
    context: dict[str, Any] = {"next": target}
    if request.method == "POST":
        username, user = request.POST.get("username", "").strip(), None
        with as_node():  # nobody is logged in yet, and the account must be found
            try:
                user = services.authenticate(
                    username=username, password=request.POST.get("password", ""), ip=address(request)
                )
            except services.MovedAwayError as error:
                context["moved"] = str(error)
            if user:
                start_session(request, user, backend=BACKEND)
        if user:
            return redirect(_safe(request, target))
        context |= {"failed": True, "username": username}
    return render(request, "desk/login.html", context)


@authenticated
@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """Leave (退出登录)."""
    services.logged_out(user=acting_user(request), ip=address(request))
    end_session(request)
    messages.success(request, "已退出登录。")
    return redirect(settings.LOGIN_URL)


class PasswordForm(forms.Form):
    """Old password, new one twice (修改密码)."""

    old = forms.CharField(label="现在的密码", max_length=128, strip=False)
    new = forms.CharField(label="新密码", max_length=128, strip=False)
    again = forms.CharField(label="再输一次新密码", max_length=128, strip=False)

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        for name, field in self.fields.items():
            complete = "current-password" if name == "old" else "new-password"
            field.widget = forms.PasswordInput(attrs={"class": "form-control", "autocomplete": complete})

    def clean_old(self) -> str:
        """The old password must be right (核对旧密码)."""
        old: str = self.cleaned_data["old"]
        if not self.user.check_password(old):
            raise ValidationError("现在的密码不正确。")
        return old

    def clean(self) -> dict[str, Any]:
        """Both new ones must be the same (两次一致)."""
        values = self.cleaned_data
        if values.get("new") and values.get("again") and values["new"] != values["again"]:
            self.add_error("again", "两次输入的新密码不一致。")
        return values


@authenticated
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """A new password (修改密码)."""
    user = acting_user(request)
    form = PasswordForm(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.set_password(user=user, password=form.cleaned_data["new"], by=user, ip=address(request))
        except ValidationError as refused:
            form.add_error("new", refused)
        else:
            update_session_auth_hash(request, user)
            messages.success(request, "密码已修改。")
            return redirect("desk:home")
    return render(request, "desk/password.html", {"form": form, "rules": password_validators_help_texts()})


def _safe(request: HttpRequest, target: str) -> str:
    """The page asked for, if it is one of this node's own."""
    allowed = url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure())
    return target if target and allowed else settings.LOGIN_REDIRECT_URL
