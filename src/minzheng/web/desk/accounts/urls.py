"""Where the pages of accounts stand (账号页面)."""

from django.urls import path

from minzheng.web.desk.accounts.views import acts, editing, listing, matrix, own

app_name = "accounts"
urlpatterns = [
    path("", listing.accounts, name="list"),
    path("new/", editing.new, name="new"),
    path("access/", matrix.access, name="matrix"),
    path("own/", own.own, name="own"),
    path("<int:user_id>/", listing.account, name="account"),
    path("<int:user_id>/edit/", editing.edit, name="edit"),
    path("<int:user_id>/disable/", acts.disable, name="disable"),
    path("<int:user_id>/enable/", acts.enable, name="enable"),
    path("<int:user_id>/unlock/", acts.unlock, name="unlock"),
    path("<int:user_id>/reset/", acts.reset, name="reset"),
]
