"""Where the pages of grants stand (授信管理页面)."""

from django.urls import path

from minzheng.web.desk.grants.views import applications, clients, grants, trial

app_name = "grants"
urlpatterns = [
    path("", grants.listing, name="list"),
    path("<int:grant_id>/", grants.grant, name="grant"),
    path("<int:grant_id>/withdraw/", grants.withdraw, name="withdraw"),
    path("applications/", applications.listing, name="applications"),
    path("applications/new/", applications.new, name="new"),
    path("applications/<int:application_id>/", applications.application, name="application"),
    path("applications/<int:application_id>/agree/", applications.agree, name="agree"),
    path("applications/<int:application_id>/refuse/", applications.refuse, name="refuse"),
    path("clients/", clients.clients, name="clients"),
    path("clients/<slug:code>/", clients.client, name="client"),
    path("clients/<slug:code>/secret/", clients.secret, name="secret"),
    path("clients/<slug:code>/disable/", clients.disable, name="disable"),
    path("trial/", trial.trial, name="trial"),
    path("trial/token/", trial.token, name="trial_token"),
    path("trial/<slug:key>/openapi.json", trial.described, name="openapi"),
]
