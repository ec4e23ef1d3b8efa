"""The catalogue and the feeds on their pages: who may see, who may set, what goes out."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from tests.browser import PASSWORD
from tests.exchange.numbers import people, person
from tests.node import Node, node, standards_of_this_run, transactional_db

from minzheng.exchange.models import Batch
from minzheng.foundation.accounts.services import create_user
from minzheng.foundation.audit.models import AuditEntry
from minzheng.stewardship.resources.models import ResourceSetting

__all__ = ["node", "standards_of_this_run", "transactional_db"]


@pytest.fixture
def log_in(transactional_db: None) -> Any:
    """A client of someone with these roles."""

    def as_(*roles: str, division: str = "330000") -> Client:
        user = create_user(
            username=f"{'-'.join(roles)}-{division}", password=PASSWORD, display_name="林静", division_code=division,
            roles=list(roles), data_level=3, must_change_password=False,
        )  # fmt: skip
        client = Client()
        client.force_login(user)
        return client

    return as_


def text(client: Client, address: str, status: int = 200) -> str:
    page = client.get(address)
    assert page.status_code == status
    return page.content.decode()


def test_everyone_finds_a_data_set_and_how_to_get_it(node: Node, log_in: Any) -> None:
    county = log_in("clerk", division="330106")
    found = text(county, "/resources/?q=hydj")
    assert "婚姻登记" in found and "火化登记" not in found
    assert "没有符合条件的数据集" in text(county, "/resources/?q=没有这个")
    page = text(county, "/resources/data-sets/marriages/")
    for said in (
        "受限共享",
        "待核",
        "经提供单位同意",
        "个人信息保护法第34条",
        "婚姻登记类型代码",
        "怎样取得",
        "还没有登记",
    ):
        assert said in page
    assert "修改设置" not in page
    text(county, "/resources/data-sets/none/", 404)


def test_the_day_of_arrival_is_seen_in_the_county_and_the_sources_are_not(node: Node, log_in: Any) -> None:
    node.bring("persons", people(person()), source="杭州公安")
    county, province = log_in("clerk", division="330106"), log_in("data_officer")
    day = f"{timezone.localdate():%Y-%m-%d}"
    assert day in text(county, "/resources/data-sets/persons/")
    assert "没有您可以查看的接口" in text(county, "/resources/feeds/")
    for address in ("/resources/data-sets/persons/", "/resources/feeds/", "/resources/feeds/persons/"):
        assert "杭州公安" not in text(county, address)
        assert "杭州公安" in text(province, address)


def test_a_late_source_and_a_file_given_back_are_seen(node: Node, log_in: Any) -> None:
    node.bring("marriages", "甲,乙\n1,2\n", source="婚姻登记系统", name="错误.csv")
    node.bring("persons", people(person()), source="杭州公安")
    Batch.objects.filter(feed="persons").update(received_at=timezone.now() - timedelta(days=40))
    officer = log_in("data_officer")
    page = text(officer, "/resources/feeds/")
    assert "逾期</span>" in page and "个工作日" in page and "错误.csv" in page
    assert str(Batch.objects.get(stage=Batch.Stage.REFUSED).problem)[:6] in page
    home = text(officer, "/")
    assert "逾期接口" in home and "来源没有按期报送" in home


def test_the_administrator_sets_and_the_history_stays(node: Node, log_in: Any) -> None:
    admin = log_in("administrator")
    place = "/resources/data-sets/persons/setting/"
    assert "责任单位" in text(admin, place)
    wrong = admin.post(place, {"cycle_code": "77", "owner_office": "甲处", "expected": "1"})
    assert (
        wrong.status_code == 422
        and "不在代码表" in wrong.content.decode()
        and "甲处" in wrong.content.decode()
    )
    values = {
        "owner_office": "省大数据中心",
        "owner_contact": "李明",
        "owner_phone": "0571-88880000",
        "cycle_code": "3",
    }
    done = admin.post(place, values | {"expected": "1"}, follow=True).content.decode()
    assert "设置已保存" in done and "省大数据中心" in done and "每周" in done and "设置历史" in done
    assert "没有改动" in admin.post(place, values | {"expected": "1"}, follow=True).content.decode()
    source = "/resources/data-sets/persons/source/"
    assert admin.get(source).status_code == 404
    admin.post(source, {"source": "杭州公安", "note": "只报过一次"})
    assert ResourceSetting.objects.get(source_name="杭州公安").expected is False
    assert AuditEntry.objects.filter(action="resources.set").count() == 2


@pytest.mark.parametrize(
    ("role", "division"), [("clerk", "330000"), ("data_officer", "330000"), ("administrator", "330100")]
)
def test_nobody_else_sets(node: Node, log_in: Any, role: str, division: str) -> None:
    client = log_in(role, division=division)
    assert client.get("/resources/data-sets/persons/setting/").status_code == 403
    assert client.post("/resources/data-sets/persons/setting/", {"owner_office": "甲"}).status_code == 403
    assert not ResourceSetting.objects.exists()


def test_what_is_shown_goes_out_as_a_table(node: Node, log_in: Any) -> None:
    clerk = log_in("clerk")
    answer = clerk.get("/resources/catalogue.csv?business=05")
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert answer["Content-Disposition"].startswith("attachment;") and lines[0].startswith(
        "信息资源代码,信息资源名称"
    )
    assert len(lines) == 10 and all(line.split(",")[1] == "婚姻登记" for line in lines[1:-1])
    assert AuditEntry.objects.filter(action="resources.export").exists()


def test_what_runs_is_told_to_the_page_by_itself(node: Node, log_in: Any) -> None:
    node.bring("persons", people(person()), name="全省.csv")
    officer = log_in("data_officer")
    assert "目前没有正在处理的批次" in text(officer, "/resources/feeds/running/")
    Batch.objects.update(stage=Batch.Stage.CLEANED, progress=0.3, heartbeat_at=timezone.now())
    part = text(officer, "/resources/feeds/running/")
    assert "全省.csv" in part and 'value="30"' in part and "<html" not in part
    assert "every 2s" in part
