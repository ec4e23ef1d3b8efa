"""Where the pages of looking up stand (综合查询页面)."""

from django.urls import path

from minzheng.web.desk.lookup.views import maps, saved, search, taking, things

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
    path("places/<uuid:place_id>/dealings/", things.dealings_of_place, name="dealings_of_place"),
    path("places/<uuid:place_id>/map.json", maps.place_shapes, name="place_shapes"),
    path("places/<uuid:place_id>/map/", maps.of_place, name="map_of_place"),
    path("map.json", maps.shapes, name="shapes"),
    path("persons/<uuid:person_id>/map/", maps.of_person, name="map_of_person"),
    path("households/<uuid:household_id>/map/", maps.of_household, name="map_of_household"),
    path("organisations/<uuid:organisation_id>/map/", maps.of_organisation, name="map_of_organisation"),
    path("divisions/<str:code>/", things.division, name="division"),
]
