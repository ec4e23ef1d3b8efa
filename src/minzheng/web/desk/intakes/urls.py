"""Where the pages of sources stand (来源接入页面)."""

from django.urls import path

from minzheng.web.desk.intakes.views import acts, editing, listing, places

app_name = "intakes"
urlpatterns = [
    path("", listing.intakes, name="list"),
    path("new/", editing.choose, name="choose"),
    path("new/<slug:adapter>/", editing.new, name="new"),
    path("places/", places.places, name="places"),
    path("places/<int:place_id>/remove/", places.remove, name="place_remove"),
    path("<int:intake_id>/", listing.intake, name="intake"),
    path("<int:intake_id>/edit/", editing.edit, name="edit"),
    path("<int:intake_id>/check/", acts.check, name="check"),
    path("<int:intake_id>/run/", acts.run, name="run"),
    path("<int:intake_id>/confirm/", acts.confirm, name="confirm"),
    path("<int:intake_id>/unconfirm/", acts.unconfirm, name="unconfirm"),
    path("<int:intake_id>/pause/", acts.pause, name="pause"),
    path("<int:intake_id>/remove/", acts.remove, name="remove"),
]
