"""The pages of the catalogue: who sees what, who does what, and what is said when something is wrong."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from tests.node import Node

from minzheng.foundation.accounts.models import User
from minzheng.sharing.catalogue.models import AllowedHost, Demand, Edition
from minzheng.sharing.catalogue.services.received import Catalogue, Said, take
from minzheng.sharing.catalogue.terms import SourceKind
from minzheng.stewardship.resources.services import set_resource


@pytest.fixture
def as_(make_user: Callable[..., User]) -> Callable[..., Client]:
    def logged_in(user: User | None = None, *roles: str, division: str = "330000") -> Client:
        client = Client()
        client.force_login(user or make_user(*roles, division=division))
        return client

    return logged_in


def text(client: Client, address: str, status: int = 200) -> str:
    page = client.get(address)
    assert page.status_code == status, address
    return page.content.decode()


def test_an_officer_compiles_looks_at_the_differences_and_publishes(
    node: Node, officer: User, as_: Any
) -> None:
    clerk, page = as_(None, "clerk"), as_(officer)
    assert "由本节点数据管理员编制" in text(clerk, "/catalogue/") and "按现行标准编制" not in text(
        clerk, "/catalogue/"
    )
    assert "没有待发布的目录" in text(page, "/catalogue/draft/")
    text(clerk, "/catalogue/draft/", 403)
    assert clerk.post("/catalogue/draft/compile/").status_code == 403
    said = page.post("/catalogue/draft/compile/", follow=True).content.decode()
    assert "第 1 版已编制" in said and "新增 5，变更 0，撤下 0" in said
    assert "还没有发布" in text(clerk, "/catalogue/"), "a draft is not shown to others"
    draft = Edition.objects.get()
    done = page.post(
        "/catalogue/draft/publish/", {"edition": draft.pk, "note": "首版"}, follow=True
    ).content.decode()
    assert "目录第 1 版已发布" in done
    listed = text(clerk, "/catalogue/")
    for word in (
        "30733033000005/000001",
        "部门信息资源",
        "浙江省各级政务部门",
        "受限共享",
        "待核",
        "电子报文",
    ):
        assert word in listed
    assert "没有差别" in page.post("/catalogue/draft/compile/", follow=True).content.decode()
    assert (
        "已经发布"
        in page.post("/catalogue/draft/publish/", {"edition": draft.pk}, follow=True).content.decode()
    )
    assert (
        "已被新的编制结果取代"
        in page.post("/catalogue/draft/publish/", {"edition": "x"}, follow=True).content.decode()
    )


def test_an_officer_is_told_that_the_standard_is_newer(
    publish: Callable[[], Edition], officer: User, as_: Any
) -> None:
    edition = publish()
    page, clerk = as_(officer), as_(None, "clerk")
    assert "标准规范又有新版" not in text(page, "/catalogue/")
    edition.standard[0]["version"] = "0.9"
    edition.save()
    assert "标准规范又有新版" in text(page, "/catalogue/") and "标准规范又有新版" not in text(
        clerk, "/catalogue/"
    )


def test_an_entry_shows_its_core_metadata_and_what_each_edition_changed(
    publish: Callable[[], Edition], make_user: Any, as_: Any
) -> None:
    publish()
    set_resource(
        key="marriages",
        values={"owner_office": "<b>登记处</b>"},
        by=make_user("administrator"),
        at=timezone.now(),
    )
    publish()
    clerk = as_(None, "clerk", division="330106")
    page = text(clerk, "/catalogue/entries/marriages/")
    for word in (
        "信息资源提供方",
        "个人信息保护法第34条",
        "首次列入",
        "第 2 版",
        "细目",
        "浙江省 婚姻",
        "应用接口",
        "男方姓名",
    ):
        assert word in page
    assert "&lt;b&gt;登记处" in page and "<b>登记处" not in page
    assert "信息资源提供方" in text(clerk, "/catalogue/editions/2/") and "首次发布" in text(
        clerk, "/catalogue/editions/1/"
    )
    assert "第 1 版" in text(clerk, "/catalogue/editions/")
    only = text(clerk, "/catalogue/?category=30733033000005")
    assert "婚姻登记" in only and "data-sets/persons" not in only and "1 项资源" in only
    assert "没有符合条件的资源" in text(clerk, "/catalogue/?q=没有这个")
    for address in ("/catalogue/entries/none/", "/catalogue/editions/9/", "/catalogue/received/9/"):
        text(clerk, address, 404)


def test_received_catalogues_say_what_came_and_what_went(publish: Callable[[], Edition], as_: Any) -> None:
    publish()
    clerk = as_(None, "clerk")
    assert "还没有收到" in text(clerk, "/catalogue/received/")

    def came(*names: str) -> None:
        entries = [
            Said(f"D{n}", {"name": name, "landing_page": "javascript:alert(1)"})
            for n, name in enumerate(names)
        ]
        take(
            kind=SourceKind.PORTAL, code="https://data.example.gov/c", name="数据门户", said=Catalogue(entries),
            by_name="王晓", at=timezone.now(),
        )  # fmt: skip

    came("死亡证明", "<i>出生</i>证明")
    came("死亡证明")
    assert "数据门户" in text(clerk, "/catalogue/received/")
    page = text(clerk, f"/catalogue/received/{_only_source()}/")
    assert "已撤下" in page and "撤下：&lt;i&gt;出生" in page and 'href="javascript' not in page
    assert "没有符合条件的条目" in text(clerk, f"/catalogue/received/{_only_source()}/?q=没有")


def _only_source() -> int:
    from minzheng.sharing.catalogue.models import CatalogueSource

    return CatalogueSource.objects.get().pk


def test_the_administrator_alone_allows_hosts(node: Node, officer: User, as_: Any) -> None:
    text(as_(officer), "/catalogue/hosts/", 403)
    admin = as_(None, "administrator")
    assert "还没有许可任何主机" in text(admin, "/catalogue/hosts/")
    wrong = admin.post("/catalogue/hosts/", {"host": "http://x/"})
    assert wrong.status_code == 422 and "不含协议" in wrong.content.decode()
    assert (
        "已许可采集 data.example.gov"
        in admin.post("/catalogue/hosts/", {"host": "Data.example.gov"}, follow=True).content.decode()
    )
    assert "已在许可之内" in admin.post("/catalogue/hosts/", {"host": "data.example.gov"}).content.decode()
    here = AllowedHost.objects.get()
    assert not here.internal
    for said in ("已停用 data.example.gov", "已经停用"):
        assert said in admin.post(f"/catalogue/hosts/{here.pk}/end/", follow=True).content.decode()
    city = as_(None, "administrator", division="330100")
    assert "只有本节点的系统管理员" in city.post("/catalogue/hosts/", {"host": "a.b"}).content.decode()


def test_a_demand_is_asked_and_answered_on_its_pages(
    publish: Callable[[], Edition], officer: User, members: None, as_: Any
) -> None:
    publish()
    page = as_(officer)
    assert "没有办理中的需求" in text(page, "/catalogue/demands/")
    asked = {
        "asked_of": "330000",
        "on_behalf": "省人社厅",
        "title": "火化信息",
        "purpose": "核实",
        "basis": "法规",
    }
    wrong = page.post("/catalogue/demands/new/", asked | {"basis": ""})
    assert (
        wrong.status_code == 422
        and "请填写依据" in wrong.content.decode()
        and "省人社厅" in wrong.content.decode()
    )
    assert "需求已登记" in page.post("/catalogue/demands/new/", asked, follow=True).content.decode()
    one = Demand.objects.get()
    assert "火化信息" in text(page, "/catalogue/demands/?state=nonsense")
    act = f"/catalogue/demands/{one.pk}/act/"
    for posted, said in (
        ({}, "请选择一种办理方式"),
        ({"act": "refused"}, "须写明理由"),
        ({"act": "forward"}, "没有本节点的上级"),
    ):
        answer = page.post(act, posted)
        assert answer.status_code == 422 and said in answer.content.decode()
    done = page.post(act, {"act": "provided", "code": "30733033000007/000001"}, follow=True).content.decode()
    assert "已提供" in done and "30733033000007/000001" in done and "办理记录" in done
    assert "提供的资源" not in done, "what is answered is not answered again"
    county = as_(None, "data_officer", division="330106")
    text(county, f"/catalogue/demands/{one.pk}/", 404)
    assert "火化信息" not in text(county, "/catalogue/demands/?state=")
    assert county.post(act, {"act": "refused", "text": "不"}).status_code == 404
