"""The pages of the standards: everyone logged in reads, the right officers change, nothing without a rule."""

from collections.abc import Callable
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from minzheng.foundation.accounts.models import User
from minzheng.foundation.accounts.terms import Role
from minzheng.standards import models, queries, services
from minzheng.standards.calendar import load_calendar

from .conftest import NATION

pytestmark = pytest.mark.usefixtures("published")
Login = Callable[..., Client]


@pytest.fixture
def login(db: None) -> Login:
    """A client logged in as a user of some roles."""

    def make(*roles: Role, name: str = "officer") -> Client:
        user = User.objects.create_user(
            name, display_name=f"用户{name}", division_code="330000",
            roles=[role.value for role in roles], must_change_password=False,
        )  # fmt: skip
        client = Client()
        client.force_login(user)
        return client

    return make


def at(view: str, *args: object) -> str:
    return reverse(f"desk:standards:{view}", args=args)


READABLE = [
    ("home", (), "", "测试部标准包"),
    ("search", (), "?q=xihuqu", "西湖区"),
    ("search", (), "?q=zzzz", "没有找到"),
    ("tables", (), "", "学历代码"),
    ("table", ("EDU",), "", "研究生教育"),
    ("table", ("EDU",), "?version=1984", "中等职业教育"),
    ("elements", (), "?q=身份", "公民身份号码"),
    ("element", ("sex_code",), "", "人口底册"),
    ("data_sets", (), "", "人口底册"),
    ("data_set", ("people",), "", "性别与号码不一致"),
    ("divisions", (), "", "浙江省"),
    ("division", ("330383",), "", "金钗河社区"),
    ("division", ("330104",), "?from=2020-01-01&to=2022-01-01", "下沙街道、白杨街道"),
    ("division", ("330100",), "?on=2016-01-01", "临安市"),
    ("division_changes", (), "", "撤市设区"),
    ("division_options", (), "?division=330300&division=330383", "金钗河社区"),
    ("division_options", (), "?division=330106", "北山街道"),
    ("parameters", (), "", "allowance.fen"),
    ("time_limits", (), "", "某条例第11条"),
    ("time_limits", (), "?step=低保.审核&start=2025-09-25&division=330100&division=330106", "2025-10-22"),
    ("time_limits", (), "?step=低保.审批&start=2025-09-25", "相近的有"),
    ("workdays", (), "?year=2026", "工作日"),
    ("workdays", (), "?year=2031", "按周一至周五为工作日推算"),
    ("editions", (), "", "测试省标准包"),
    ("files", (), "", "codes/SEX@2003.csv"),
]


@pytest.mark.parametrize(("view", "args", "query", "said"), READABLE)
def test_everyone_logged_in_reads(
    login: Login, view: str, args: tuple[str, ...], query: str, said: str
) -> None:
    response = login(Role.CLERK).get(at(view, *args) + query)
    assert response.status_code == 200
    assert said in response.content.decode()


@pytest.mark.parametrize(
    "view", ["home", "tables", "divisions", "workdays", "editions", "files", "export_workdays"]
)
def test_nobody_reads_without_login(db: None, view: str) -> None:
    response = Client().get(at(view))
    assert response.status_code == 302
    assert "/login/" in response.headers["Location"]


@pytest.mark.parametrize(
    ("view", "args"), [("table", ("NO",)), ("element", ("no",)), ("division", ("449999",)), ("edition", (0,))]
)
def test_what_is_not_there_is_404(login: Login, view: str, args: tuple[object, ...]) -> None:
    assert login(Role.CLERK).get(at(view, *args)).status_code == 404


@pytest.mark.parametrize("view", ["set_workday", "forget_workday", "import_workdays", "import"])
def test_a_clerk_changes_nothing(login: Login, view: str) -> None:
    assert login(Role.CLERK).post(at(view), {"date": "2026-03-04"}).status_code == 403


def test_the_administrator_sets_and_forgets_a_workday(login: Login) -> None:
    client = login(Role.ADMINISTRATOR)
    form = {"date": "2026-03-04", "is_workday": "0", "name": "停工", "source": "省政府通知"}
    page = client.post(at("set_workday"), form, follow=True).content.decode()
    assert "已设定 2026-03-04" in page
    assert "省政府通知" in page
    assert not load_calendar().is_workday(date(2026, 3, 4))
    exported = client.get(at("export_workdays")).content.decode("utf-8-sig")
    assert "2026-03-04,0,停工,省政府通知" in exported
    client.post(at("forget_workday"), {"date": "2026-03-04"})
    assert load_calendar().is_workday(date(2026, 3, 4))
    file = SimpleUploadedFile("days.csv", exported.encode("utf-8-sig"))
    assert "已设定 1 天" in client.post(at("import_workdays"), {"file": file}, follow=True).content.decode()
    assert queries.own_workdays()[0].by_name == "用户officer(officer)"


def test_a_workday_without_source_is_refused(login: Login) -> None:
    form = {"date": "2026-03-04", "is_workday": "0", "source": ""}
    assert (
        "须写明依据" in login(Role.ADMINISTRATOR).post(at("set_workday"), form, follow=True).content.decode()
    )
    assert queries.own_workdays() == []


def test_a_standard_lives_on_the_pages(login: Login) -> None:
    """Handed in by one, reviewed by another, approved by a third, then published."""
    first, second, third = (login(Role.STANDARDS_OFFICER, name=name) for name in ("a", "b", "c"))
    exported = first.get(at("export") + "?pack=nation&path=codes/SEX@2003.csv").content
    assert exported.decode("utf-8-sig") == NATION["codes/SEX@2003.csv"]
    file = SimpleUploadedFile("sex.csv", exported + "0,未知,,,,,\n".encode())
    form = {
        "file": file, "pack": "nation", "kind": "codes", "table_id": "SEX", "version": "2003",
        "to_version": "", "new_version": "2",
    }  # fmt: skip
    page = first.post(at("import"), form, follow=True)
    assert "已起草 nation@2" in page.content.decode()
    assert "SEX / 2003 / 0" in page.content.decode()
    edition = models.Edition.objects.get(pack_id="nation", version="2")
    place = at("edition_step", edition.pk)
    assert "须由他人办理" in first.post(place, {"stage": "reviewed"}, follow=True).content.decode()
    assert "已审查" in second.post(place, {"stage": "reviewed"}, follow=True).content.decode()
    assert "已批准" in third.post(place, {"stage": "approved"}, follow=True).content.decode()
    assert "已发布 nation@2" in third.post(place, {"stage": "published"}, follow=True).content.decode()
    assert queries.label("SEX", "0") == "未知"


def test_faults_of_an_import_are_listed(login: Login) -> None:
    file = SimpleUploadedFile("sex.csv", "code,name\n1,男\n,女\n".encode())
    form = {
        "file": file,
        "pack": "nation",
        "kind": "codes",
        "table_id": "SEX",
        "version": "2003",
        "new_version": "2",
    }
    page = login(Role.STANDARDS_OFFICER).post(at("import"), form, follow=True).content.decode()
    assert "codes/SEX@2003.csv:3 [code] 代码不能为空" in page
    assert not models.Edition.objects.filter(version="2").exists()


def test_faults_of_a_draft_are_shown_with_their_place(login: Login) -> None:
    content = (NATION["codes/SEX@2003.csv"] + "3,其他,9999,,,,\n").encode()
    edition = services.replace_file(
        pack_id="nation",
        path="codes/SEX@2003.csv",
        content=content,
        version="2",
        by="甲",
        at=timezone.now(),
        note="",
    )
    page = login(Role.CLERK).get(at("edition", edition.pk)).content.decode()
    assert "上级代码“9999”不存在" in page
