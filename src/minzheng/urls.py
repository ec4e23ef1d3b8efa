"""Where each door (门) stands."""

from django.urls import include, path

urlpatterns = [path("", include("minzheng.web.desk.urls"))]
