"""Where the pages of watching the exchange stand (交换监控页面)."""

from django.urls import path

from minzheng.web.desk.watching.views import alarms, diagnosing, maps, streams, uses

app_name = "watching"
urlpatterns = [
    path("", streams.overview, name="overview"),
    path("streams/<int:stream_id>/", streams.stream, name="stream"),
    path("alarms/", alarms.listing, name="alarms"),
    path("alarms/<int:alarm_id>/", alarms.alarm, name="alarm"),
    path("alarms/<int:alarm_id>/acknowledge/", alarms.acknowledge, name="acknowledge"),
    path("diagnose/", diagnosing.diagnose, name="diagnose"),
    path("map/", maps.page, name="map"),
    path("map/map.json", maps.shapes, name="shapes"),
    path("uses/", uses.uses, name="uses"),
    path("uses/uses.csv", uses.export, name="uses_export"),
]
