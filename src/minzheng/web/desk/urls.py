"""The desk's pages (工作台页面)."""

from django.urls import URLPattern, URLResolver, include, path

from minzheng.web.desk.lookup.views import search
from minzheng.web.desk.views import (
    about,
    account,
    batches,
    bring_in,
    files_beside,
    home,
    notices,
    person_files,
    persons,
)

app_name = "desk"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("login/", account.login, name="login"),
    path("logout/", account.logout, name="logout"),
    path("password/", account.password, name="password"),
    path("about/", about.about, name="about"),
    path("help/", about.help_page, name="help"),
    path("notices/", notices.notices, name="notices"),
    path("notices/read/", notices.all_read, name="notices_read"),
    path("notices/<int:notice_id>/", notices.opened, name="notice"),
    path("bring-in/", bring_in.feeds, name="bring_in"),
    path("bring-in/<slug:key>/", bring_in.feed_page, name="bring_in_feed"),
    path("bring-in/<slug:key>/template.csv", bring_in.template, name="template"),
    path("batches/", batches.batches, name="batches"),
    path("batches/<uuid:batch_id>/", batches.batch, name="batch"),
    path("batches/<uuid:batch_id>/state/", batches.state, name="batch_state"),
    path("batches/<uuid:batch_id>/failing-rows.csv", batches.failing_rows, name="failing_rows"),
    path("batches/<uuid:batch_id>/cancel/", batches.cancel, name="batch_cancel"),
    path("batches/<uuid:batch_id>/resume/", batches.resume, name="batch_resume"),
    path("standards/", include("minzheng.web.desk.standards.urls")),
    path("review/", include("minzheng.web.desk.review.urls")),
    path("quality/", include("minzheng.web.desk.quality.urls")),
    path("signals/", include("minzheng.web.desk.signals.urls")),
    path("parcels/", include("minzheng.web.desk.parcels.urls")),
    path("intakes/", include("minzheng.web.desk.intakes.urls")),
    path("resources/", include("minzheng.web.desk.resources.urls")),
    path("catalogue/", include("minzheng.web.desk.catalogue.urls")),
    path("", include("minzheng.web.desk.lookup.urls")),
    path("compare/", include("minzheng.web.desk.compare.urls")),
    path("accounts/", include("minzheng.web.desk.accounts.urls")),
    path("returning/", include("minzheng.web.desk.returning.urls")),
    path("grants/", include("minzheng.web.desk.grants.urls")),
    path("audit/", include("minzheng.web.desk.audit.urls")),
    path("persons/", search.former_address, name="persons"),
    path("persons/<uuid:person_id>/", persons.person, name="person"),
    path("persons/<uuid:person_id>/reveal/<slug:field>/", persons.reveal, name="reveal"),
    path("persons/<uuid:person_id>/files/", person_files.person_files_page, name="person_files"),
    path("households/<uuid:household_id>/files/", files_beside.of_household, name="files_of_household"),
    path(
        "organisations/<uuid:organisation_id>/files/",
        files_beside.of_organisation,
        name="files_of_organisation",
    ),
    path("places/<uuid:place_id>/files/", files_beside.of_place, name="files_of_place"),
    path(
        "persons/<uuid:person_id>/files/<int:file_id>/download/",
        person_files.download,
        name="person_file_download",
    ),
    path(
        "persons/<uuid:person_id>/files/<int:file_id>/withdraw/",
        person_files.withdraw,
        name="person_file_withdraw",
    ),
    path(
        "persons/<uuid:person_id>/files/<int:file_id>/restore/",
        person_files.restore,
        name="person_file_restore",
    ),
]
