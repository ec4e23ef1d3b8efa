"""The gate: a view without a rule is refused, the anonymous go to login, the scope is the user's own."""

import pytest
from django.http import HttpResponse
from django.test import override_settings
from django.urls import path

from minzheng.foundation.access.rules import authenticated, public, requires, rule_of
from minzheng.foundation.access.scope import Scope
from minzheng.foundation.accounts.models import User
from minzheng.foundation.audit.models import AuditEntry
from minzheng.urls import handler403, handler404, handler500  # noqa: F401 - this module is a URL configuration
from minzheng.urls import urlpatterns as house_patterns


def plain(_request):
    return HttpResponse("in")


@public
def open_view(_request):
    return HttpResponse("in")


@authenticated
def for_users(request):
    return HttpResponse(request.scope.division_code)


@requires("auditor")
def for_auditors(_request):
    return HttpResponse("in")


urlpatterns = [
    path("no-rule/", plain),
    path("open/", open_view),
    path("users/", for_users),
    path("auditors/", for_auditors),
    *house_patterns,
]
here = override_settings(ROOT_URLCONF=__name__)


@pytest.fixture
def clerk(db):
    return User.objects.create_user(
        "clerk", display_name="王晓", division_code="330106", roles=["clerk"], must_change_password=False
    )


@here
@pytest.mark.django_db
def test_a_view_without_a_rule_is_refused_even_to_a_user(client, clerk):
    assert client.get("/no-rule/").status_code == 403
    client.force_login(clerk)
    assert client.get("/no-rule/").status_code == 403


@here
@pytest.mark.django_db
def test_the_anonymous_are_sent_to_login_and_back(client):
    answer = client.get("/users/?a=1")
    assert answer.status_code == 302
    assert answer["Location"] == "/login/?next=%2Fusers%2F%3Fa%3D1"
    fragment = client.get("/users/", headers={"HX-Request": "true"})
    assert (fragment.status_code, fragment["HX-Redirect"]) == (204, "/login/")
    assert client.get("/open/").content == b"in"


@here
def test_a_role_opens_what_it_names_and_a_refusal_is_audited(client, clerk):
    client.force_login(clerk)
    assert client.get("/auditors/").status_code == 403
    entry = AuditEntry.objects.get(action="access.refused")
    assert (entry.user, entry.object_id) == (clerk, "/auditors/")
    User.objects.update(roles=["auditor"])
    assert client.get("/auditors/").content == b"in"


@here
def test_a_first_password_must_be_changed_before_anything_else(client, clerk):
    User.objects.update(must_change_password=True)
    client.force_login(clerk)
    assert client.get("/users/")["Location"] == "/password/"
    assert client.get("/password/").status_code == 200


@here
def test_a_user_disabled_while_logged_in_is_out_at_once(client, clerk):
    client.force_login(clerk)
    assert client.get("/users/").content == b"330106"
    User.objects.update(is_active=False)
    assert client.get("/users/").status_code == 302


@here
def test_pages_of_a_user_are_not_cached_and_polling_does_not_keep_the_session(client, clerk):
    client.force_login(clerk)
    client.get("/users/", headers={"X-Background": "1"})
    assert "seen" not in client.session
    assert client.get("/users/")["Cache-Control"] == "no-store"
    assert "seen" in client.session


@pytest.mark.parametrize(
    ("own", "other", "inside"),
    [
        ("330000", "330106", True),
        ("330100", "330106001", True),
        ("330106", "330100", False),
        ("330106", "330105", False),
        ("330106", None, False),
        ("330106", "", False),
    ],
)
def test_a_scope_covers_its_own_subtree_only(own, other, inside):
    assert Scope(own, 2).covers(other) is inside


def test_levels_and_businesses_bound_a_scope():
    scope = Scope("330106", 2, frozenset({"05"}))
    assert scope.allows_level(2) and not scope.allows_level(3)
    assert scope.allows_business("05") and not scope.allows_business("01")
    assert Scope.system("330000").allows_level(4) and Scope.system("330000").allows_business("01")


def test_rules_survive_decorators_and_unknown_roles_are_refused():
    assert rule_of(for_auditors).roles == {"auditor"}
    assert rule_of(plain) is None
    with pytest.raises(ValueError, match="没有这样的角色"):
        requires("king")
