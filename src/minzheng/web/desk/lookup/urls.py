"""Where the pages of looking up stand (综合查询页面)."""

from django.urls import path

from minzheng.web.desk.lookup.views import saved, search, taking, things

app_name = "lookup"
urlpatterns = [
    path("search/", search.search, name="search"),
    path("search/export/", taking.take, name="export"),
    path("search/saved/", saved.save, name="save"),
    path("search/saved/<int:saved_id>/run/", saved.run, name="run"),
    path("search/saved/<int:saved_id>/forget/", saved.forget, name="forget"),
    path("households/<uuid:household_id>/", things.household, name="household"),
    path("persons/<uuid:person_id>/household/", things.household_of, name="household_of"),
    path("organisations/<uuid:organisation_id>/", things.organisation, name="organisation"),
    path("places/<uuid:place_id>/", things.place, name="place"),
    path("places/<uuid:place_id>/map.json", things.place_map, name="place_map"),
    path("divisions/<str:code>/", things.division, name="division"),
]
