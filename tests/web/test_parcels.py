"""Parcels through the pages: asked for, made by the worker, downloaded, opened elsewhere, answered; nobody else's is there."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from tests.browser import axe_violations, log_in
from tests.node import node, standards_of_this_run, transactional_db
from tests.sharing.parcels.partners import play
from tests.sharing.parcels.written import write
from tests.stewardship.signals.files import bring, who

from minzheng.foundation.access.standing import as_node
from minzheng.foundation.accounts.services import create_user
from minzheng.foundation.audit.models import AuditEntry
from minzheng.foundation.members.models import Member
from minzheng.sharing.parcels import jobs
from minzheng.sharing.parcels.models import Parcel
from minzheng.sharing.parcels.terms import State

__all__ = ["node", "play", "standards_of_this_run", "transactional_db"]
COUPLE = ("结婚", "J330106-2020-000001", "330106", "2020-05-20", *who(1), *who(2))
ASKED = {"to": "330106", "purpose": "核对婚姻状况", "form": "csv"}


def client(
    username: str, division: str = "330000", roles: tuple[str, ...] = ("data_officer",), level: int = 4
) -> Client:
    user = create_user(
        username=username, password="Xihu-Longjing-88", display_name=username, division_code=division,
        roles=list(roles), data_level=level, must_change_password=False,
    )  # fmt: skip
    logged_in = Client()
    logged_in.force_login(user)
    return logged_in


@pytest.fixture
def at_once(monkeypatch) -> None:
    """The worker is quick."""

    def work(parcel: Parcel) -> None:
        with as_node():
            (jobs.fill if parcel.state == State.MAKING else jobs.bring_in)(str(parcel.id))

    monkeypatch.setattr(jobs, "run_later", work)


def text(answer) -> str:
    return answer.content.decode()


def test_from_asking_to_the_receipt(node, play, at_once):
    bring(node, "marriages", COUPLE)
    province, county = play("330000"), play("330106", name="西湖区")
    desk = client("officer")
    assert "还没有收发过报文" in text(desk.get("/parcels/"))
    assert "西湖区（330106）" in text(desk.get("/parcels/make/marriages/"))
    with province.acting():
        answer = desk.post("/parcels/make/marriages/", ASKED)
        page = desk.get(answer.url)
        assert "待回执" in text(page) and "核对婚姻状况" in text(page)
        sent = Parcel.objects.get()
        file = b"".join(desk.post(f"/parcels/{sent.id}/file/").streaming_content)
        assert file.startswith(b"MZPARCEL/1\n")
    with county.acting():
        answer = desk.post("/parcels/open/", {"file": SimpleUploadedFile("a.parcel", file)})
        page = desk.get(answer.url)
        assert "已入库" in text(page) and "下载回执" in text(page)
        assert "已经接收过" in text(
            desk.post("/parcels/open/", {"file": SimpleUploadedFile("b.parcel", file)}, follow=True)
        )
        receipt = b"".join(desk.post(f"{answer.url}receipt/").streaming_content)
    with province.acting():
        answer = desk.post("/parcels/open/", {"file": SimpleUploadedFile("r.parcel", receipt)})
        assert answer.url == f"/parcels/{sent.id}/" and "已回执" in text(desk.get(answer.url))
        bad = desk.post(
            "/parcels/open/", {"file": SimpleUploadedFile("r.parcel", receipt[:-1] + b"x")}, follow=True
        )
        assert "已拒收" in text(bad) and "完整性校验不符" in text(bad)
    acts = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"parcel.make", "parcel.out", "parcel.take", "parcel.receipt", "parcel.answered"} <= acts


def test_what_is_refused_is_said_on_the_form_and_keeps_what_was_typed(node, play, at_once):
    bring(node, "marriages", COUPLE)
    play("330000")
    play("330106")
    desk = client("officer")
    for said, why in (
        ({"purpose": ""}, "写明用途"),
        ({"division": "330203"}, "超出可向该成员提供的范围"),
        ({"since": "昨天"}, "日期应为"),
        ({"to": "999999"}, "不在成员名录"),
    ):
        answer = desk.post("/parcels/make/marriages/", ASKED | {"division": "330106"} | said)
        assert answer.status_code == 422 and why in text(answer)
    assert 'value="核对婚姻状况"' in text(answer) and not Parcel.objects.exists()
    assert desk.post("/parcels/make/marriages/", ASKED | {"since": "2099-01-01"}).status_code == 302
    assert "没有符合条件的数据" in text(desk.get(f"/parcels/{Parcel.objects.get().id}/"))
    for nothing in ({}, {"file": SimpleUploadedFile("a.parcel", b"")}):
        answer = desk.post("/parcels/open/", nothing)
        assert answer.status_code == 422 and "请选择报文文件" in text(answer)


def test_another_division_s_parcels_are_not_there(node, play, at_once):
    bring(node, "marriages", COUPLE)
    province = play("330000")
    play("330106")
    with province.acting():
        client("officer").post("/parcels/make/marriages/", ASKED)
    sent = Parcel.objects.get()
    ningbo, clerk = client("ningbo", "330200"), client("clerk", roles=("clerk",))
    assert "共 0 份" in text(ningbo.get("/parcels/"))
    for place in ("", "state/"):
        assert ningbo.get(f"/parcels/{sent.id}/{place}").status_code == 404
    assert ningbo.post(f"/parcels/{sent.id}/file/").status_code == 404
    assert "共 1 份" in text(clerk.get("/parcels/")) and "下载报文" not in text(
        clerk.get(f"/parcels/{sent.id}/")
    )
    assert clerk.post(f"/parcels/{sent.id}/file/").status_code == 403


def test_kept_data_are_given_out_for_a_purpose(node, play, at_once, tmp_path):
    police, county = play("GA33", kind=Member.DEPARTMENT, division_code="330000"), play("330106")
    file = write(police, "330106", "persons", ["姓名"], [["王晓"]], tmp_path, data_set="veterans")
    desk = client("officer", "330106")
    with county.acting():
        place = desk.post("/parcels/open/", {"file": BytesIO(file.read_bytes())}).url
        assert "已留存" in text(desk.get(place))
        assert desk.post(f"{place}data/", {"purpose": ""}).status_code == 422
        given = b"".join(desk.post(f"{place}data/", {"purpose": "核对优抚"}).streaming_content)
    assert given.decode() == '"姓名"\n"王晓"\n'
    assert AuditEntry.objects.get(action="parcel.data_out").purpose == "核对优抚"


@pytest.mark.browser
def test_the_pages_meet_axe_and_fit_the_screen(node, play, at_once, open_page, tmp_path):
    bring(node, "marriages", COUPLE)
    province, county = play("330000", name="浙江省民政厅"), play("330106", name="西湖区民政局")
    desk = client("wangxiao", roles=("data_officer", "clerk"))
    with province.acting():
        desk.post("/parcels/make/marriages/", ASKED)
    sent = Parcel.objects.get()
    row = [*who(3), "330106"]
    heads = ["姓名", "公民身份号码", "户籍区划"]
    file = write(
        county, "330000", "persons", heads, [row, ["王晓", "330199199003071234", "330106"]], tmp_path
    )
    taken = province.take(file, at=timezone.now())
    refused = province.take(BytesIO(b"noise"), name="不是报文.parcel")
    faults = {}
    for size in ((1366, 768), (390, 844)):
        page = open_page(*size)
        log_in(page)
        places = [
            "",
            "make/",
            "make/marriages/",
            f"{sent.id}/",
            f"{taken.parcel.id}/",
            f"{refused.parcel.id}/",
        ]
        for place in places:
            page.goto(f"/parcels/{place}")
            faults[place, size] = axe_violations(page)
            assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth"), place
            page.screenshot(path=str(tmp_path / f"{places.index(place)}-{size[0]}.png"), full_page=True)
    assert {place: found for place, found in faults.items() if found} == {}
