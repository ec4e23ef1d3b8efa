"""Addresses of the review desk (待核处置)."""

from django.urls import path

from minzheng.web.desk.review.views import decisions, listing, pair, persons

app_name = "review"
urlpatterns = [
    path("", listing.waiting, name="waiting"),
    path("second/", decisions.second, name="second"),
    path("decisions/", decisions.history, name="history"),
    path("decisions/<int:decision_id>/", decisions.decision, name="decision"),
    path("<int:item_id>/", pair.pair, name="pair"),
    path("<int:item_id>/reasons/", pair.reasons, name="reasons"),
    path("<int:item_id>/assign/", pair.assign, name="assign"),
    path("persons/<uuid:person_id>/", persons.place, name="person"),
    path("persons/<uuid:person_id>/split/", persons.split, name="split"),
    path("persons/<uuid:person_id>/join/", persons.join, name="join"),
    path("persons/<uuid:person_id>/join/<uuid:other_id>/", persons.join_pair, name="join_pair"),
]
