"""Where the pages of the audit stand (审计页面)."""

from django.urls import path

from minzheng.web.desk.audit import views

app_name = "audit"
urlpatterns = [
    path("", views.trail, name="trail"),
    path("export/", views.export, name="export"),
    path("<int:entry_id>/", views.entry, name="entry"),
]
