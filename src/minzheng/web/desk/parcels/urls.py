"""Where the pages of parcels stand (电子报文页面)."""

from django.urls import path

from minzheng.web.desk.parcels import making, views

app_name = "parcels"
urlpatterns = [
    path("", views.parcels, name="list"),
    path("open/", views.open_file, name="open"),
    path("make/", making.choose, name="make"),
    path("make/<slug:key>/", making.make, name="make_of"),
    path("<uuid:parcel_id>/", views.parcel, name="parcel"),
    path("<uuid:parcel_id>/state/", views.state, name="state"),
    path("<uuid:parcel_id>/again/", making.again, name="again"),
    path("<uuid:parcel_id>/file/", views.download, name="file"),
    path("<uuid:parcel_id>/receipt/", views.receipt, name="receipt"),
    path("<uuid:parcel_id>/data/", views.data, name="data"),
]
