"""Where the pages of the catalogue and of the feeds stand (资源目录与接口监控页面)."""

from django.urls import path

from minzheng.web.desk.resources.views import catalogue, feeds, settings

app_name = "resources"
urlpatterns = [
    path("", catalogue.catalogue, name="catalogue"),
    path("catalogue.csv", catalogue.export, name="export"),
    path("data-sets/<slug:key>/", catalogue.data_set, name="data_set"),
    path("data-sets/<slug:key>/setting/", settings.setting, name="setting"),
    path("data-sets/<slug:key>/source/", settings.source_setting, name="source_setting"),
    path("feeds/", feeds.feeds, name="feeds"),
    path("feeds/running/", feeds.running, name="running"),
    path("feeds/<slug:key>/", feeds.feed, name="feed"),
]
