"""Where the pages of subscriptions stand (订阅管理页面)."""

from django.urls import path

from minzheng.web.desk.subscriptions import acts, views

app_name = "subscriptions"
urlpatterns = [
    path("", views.listing, name="list"),
    path("<uuid:subscription_id>/", views.subscription, name="subscription"),
    path("<uuid:subscription_id>/pause/", acts.pause, name="pause"),
    path("<uuid:subscription_id>/resume/", acts.resume, name="resume"),
    path("<uuid:subscription_id>/replay/", acts.replay, name="replay"),
    path("<uuid:subscription_id>/end/", acts.end, name="end"),
]
