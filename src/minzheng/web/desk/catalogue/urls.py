"""Where the pages of the catalogue stand (资源目录页面)."""

from django.urls import path

from minzheng.web.desk.catalogue.views import demands, editions, handing_out, hosts, own, received

app_name = "catalogue"
urlpatterns = [
    path("", own.home, name="home"),
    path("dcat.<slug:ending>", handing_out.dcat, name="dcat"),
    path("entries/<slug:key>/", own.entry, name="entry"),
    path("editions/", editions.editions, name="editions"),
    path("editions/<int:number>/", editions.edition, name="edition"),
    path("draft/", editions.draft, name="draft"),
    path("draft/compile/", editions.compile_, name="compile"),
    path("draft/publish/", editions.publish, name="publish"),
    path("received/", received.sources, name="received"),
    path("received/<int:source_id>/", received.source, name="source"),
    path("hosts/", hosts.hosts, name="hosts"),
    path("hosts/<int:host_id>/end/", hosts.end, name="end_host"),
    path("demands/", demands.demands, name="demands"),
    path("demands/new/", demands.ask, name="ask"),
    path("demands/<uuid:demand_id>/", demands.demand, name="demand"),
    path("demands/<uuid:demand_id>/act/", demands.act, name="act"),
]
