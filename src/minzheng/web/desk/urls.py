"""The desk's pages (工作台页面)."""

from django.urls import URLPattern, URLResolver, path

from minzheng.web.desk.views import about, account, home

app_name = "desk"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("login/", account.login, name="login"),
    path("logout/", account.logout, name="logout"),
    path("password/", account.password, name="password"),
    path("about/", about.about, name="about"),
    path("help/", about.help_page, name="help"),
    path("persons/", home.home, name="persons"),
    path("batches/", home.home, name="batches"),
    path("bring-in/", home.home, name="bring_in"),
]
