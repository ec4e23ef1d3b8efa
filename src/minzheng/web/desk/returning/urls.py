"""Where the pages of the return stand (数据回流页面)."""

from django.urls import path

from minzheng.web.desk.returning import views

app_name = "returning"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("check/", views.check, name="check"),
    path("again/", views.again, name="again"),
    path("<int:row_id>/", views.gaps, name="gaps"),
]
