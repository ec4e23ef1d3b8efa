"""Making and changing an account (新建与修改账号)."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from minzheng.foundation.access.rules import requires
from minzheng.foundation.accounts import managing, services
from minzheng.foundation.accounts.terms import Role
from minzheng.web.desk.accounts.forms import AccountForm, NewAccountForm
from minzheng.web.desk.accounts.views.listing import account_of, shown
from minzheng.web.desk.requests import acting_user, address, scope_of


@requires(Role.ADMINISTRATOR)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Make an account; its first password is drawn and shown once (新建账号)."""
    by, scope = acting_user(request), scope_of(request)
    form = NewAccountForm(
        by, scope, request.POST or None, initial={"roles": [Role.CLERK], "division_code": by.division_code}
    )
    if request.method == "POST" and form.is_valid():
        drawn = managing.draw_password()
        try:
            made = services.create_user(
                **form.cleaned_data, password=drawn, by=by, ip=address(request), at=timezone.now()
            )
        except ValidationError as refused:
            tell(form, refused)
        else:
            return render(
                request,
                "desk/accounts/password.html",
                {"account": shown(made), "password": drawn, "fresh": True},
            )
    return _form(request, form, title="新建账号")


@requires(Role.ADMINISTRATOR)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, user_id: int) -> HttpResponse:
    """Another name, division, level, other roles or businesses; in force with the account's next request (修改账号)."""
    found, by = account_of(request, user_id), acting_user(request)
    initial = {
        "display_name": found.display_name,
        "division_code": found.division_code,
        "roles": found.roles,
        "data_level": found.data_level,
        "businesses": found.businesses,
    }
    form = AccountForm(by, scope_of(request), request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            managing.change_user(
                user=found, **form.cleaned_data, by=by, at=timezone.now(), ip=address(request)
            )
        except ValidationError as refused:
            tell(form, refused)
        else:
            messages.success(request, f"账号 {found.username} 已修改。")
            return redirect("desk:accounts:account", found.pk)
    return _form(request, form, title=f"修改账号 {found.username}", account=found)


def tell(form: Any, refused: ValidationError) -> None:
    """Put a refusal beside the field it is about, else above the form (显示原因)."""
    said = refused.message_dict if hasattr(refused, "error_dict") else {None: refused.messages}
    for field, reasons in said.items():
        for reason in reasons:
            form.add_error(field if field in form.fields else None, reason)


def _form(request: HttpRequest, form: AccountForm, **context: Any) -> HttpResponse:
    return render(
        request, "desk/accounts/form.html", {"form": form} | context, status=422 if form.errors else 200
    )
