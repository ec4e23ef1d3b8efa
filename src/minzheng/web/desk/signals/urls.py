"""Where the pages of signals stand (线索页面)."""

from django.urls import path

from minzheng.web.desk.signals.views import beside, deciding, export, signal, worklist

app_name = "signals"
urlpatterns = [
    path("", worklist.worklist, name="worklist"),
    path("decide/", deciding.decide, name="decide"),
    path("decisions/<int:decision_id>/", deciding.decision, name="decision"),
    path("decisions/<int:decision_id>/state/", deciding.decision_state, name="decision_state"),
    path("export/", export.export, name="export"),
    path("<int:signal_id>/", signal.signal, name="signal"),
    path("of-person/<uuid:person_id>/", beside.of_person, name="of_person"),
    path("of-household/<uuid:household_id>/", beside.of_household, name="of_household"),
    path("of-organisation/<uuid:organisation_id>/", beside.of_organisation, name="of_organisation"),
    path("of-place/<uuid:place_id>/", beside.of_place, name="of_place"),
]
