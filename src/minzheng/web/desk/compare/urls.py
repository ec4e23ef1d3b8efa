"""Where the pages of list comparison stand (名单比对页面)."""

from django.urls import path

from minzheng.web.desk.compare.views import lists, result

app_name = "compare"
urlpatterns = [
    path("", lists.home, name="home"),
    path("<uuid:run_id>/", lists.run, name="run"),
    path("<uuid:run_id>/start/", lists.start, name="start"),
    path("<uuid:run_id>/state/", lists.state, name="state"),
    path("<uuid:run_id>/again/", lists.again, name="again"),
    path("<uuid:run_id>/delete/", lists.delete, name="delete"),
    path("<uuid:run_id>/line/", result.line, name="line"),
    path("<uuid:run_id>/result.csv", result.download, name="download"),
]
