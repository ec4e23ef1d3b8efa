"""Where each door (门) stands."""

from django.urls import include, path

urlpatterns = [
    path("api/v1/", include("minzheng.web.machine.urls")),
    path("", include("minzheng.web.desk.urls")),
]

handler400 = "minzheng.web.desk.views.errors.bad_request"
handler403 = "minzheng.web.desk.views.errors.forbidden"
handler404 = "minzheng.web.desk.views.errors.not_found"
handler500 = "minzheng.web.desk.views.errors.failed"
