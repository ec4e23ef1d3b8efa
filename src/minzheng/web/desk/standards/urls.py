"""Where the pages of the standards stand (标准规范页面)."""

from django.urls import path

from minzheng.web.desk.standards.views import catalogue, divisions, editions, files, home, limits, workdays

app_name = "standards"
urlpatterns = [
    path("", home.home, name="home"),
    path("search/", home.search, name="search"),
    path("tables/", catalogue.tables, name="tables"),
    path("tables/<str:table_id>/", catalogue.table, name="table"),
    path("elements/", catalogue.elements, name="elements"),
    path("elements/<str:key>/", catalogue.element, name="element"),
    path("data-sets/", catalogue.data_sets, name="data_sets"),
    path("data-sets/<str:key>/", catalogue.data_set, name="data_set"),
    path("divisions/", divisions.divisions, name="divisions"),
    path("divisions/changes/", divisions.changes, name="division_changes"),
    path("divisions/options/", divisions.options, name="division_options"),
    path("divisions/<str:code>/", divisions.division, name="division"),
    path("parameters/", limits.parameters, name="parameters"),
    path("time-limits/", limits.time_limits, name="time_limits"),
    path("workdays/", workdays.workdays, name="workdays"),
    path("workdays/set/", workdays.set_day, name="set_workday"),
    path("workdays/forget/", workdays.forget_day, name="forget_workday"),
    path("workdays/import/", workdays.import_days, name="import_workdays"),
    path("workdays/workdays.csv", workdays.export_days, name="export_workdays"),
    path("editions/", editions.editions, name="editions"),
    path("editions/<int:edition_id>/", editions.edition, name="edition"),
    path("editions/<int:edition_id>/step/", editions.step, name="edition_step"),
    path("files/", files.files, name="files"),
    path("files/export.csv", files.export, name="export"),
    path("files/import/", files.import_file, name="import"),
]
