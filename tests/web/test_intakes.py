"""Sources on their pages: who may, what the form asks, what is said, and that no secret comes back."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from tests.browser import PASSWORD
from tests.exchange.intakes.entering import names
from tests.exchange.numbers import people, person
from tests.node import Node, node, standards_of_this_run, transactional_db

from minzheng.exchange import jobs
from minzheng.exchange.intake import services
from minzheng.exchange.models import AllowedPlace, Intake
from minzheng.foundation.accounts.services import create_user
from minzheng.foundation.audit.models import AuditEntry

__all__ = ["node", "standards_of_this_run", "transactional_db"]
SECRET = "Geheim-123"
SFTP = {
    "name": "市公安局", "feed": "persons", "cycle_minutes": "60", "set_host": "10.1.2.3", "set_port": "22",
    "set_folder": "/out", "set_user": "mzt", "set_password": SECRET, "set_pattern": "*.csv", "set_marker": "none",
    "set_settle": "5", "set_after": "move",
}  # fmt: skip


@pytest.fixture
def log_in(transactional_db: None) -> Any:
    """A client of someone with these roles."""

    def as_(*roles: str, division: str = "330000", businesses: list[str] | None = None) -> Client:
        user = create_user(
            username=f"{'-'.join(roles)}-{division}{businesses or ''}"[:40].strip("[']"), password=PASSWORD,
            display_name="林静", division_code=division, roles=list(roles), data_level=3, must_change_password=False,
            businesses=businesses or [],
        )  # fmt: skip
        client = Client()
        client.force_login(user)
        return client

    return as_


def text(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer.content.decode()


def test_a_source_is_entered_tried_changed_and_removed(node: Node, log_in: Any) -> None:
    officer = log_in("data_officer")
    assert "还没有自动接入的来源" in text(officer.get("/intakes/"))
    assert "SFTP 目录" in text(officer.get("/intakes/new/"))
    form = text(officer.get("/intakes/new/sftp/"))
    assert "私钥口令" in form and 'type="password"' in form and "主机密钥" not in form.split("<main")[1]
    wrong = text(officer.post("/intakes/new/sftp/", SFTP | {"set_password": ""}), 422)
    assert "口令和私钥至少填一个" in wrong and "10.1.2.3" in wrong
    page = text(officer.post("/intakes/new/sftp/", SFTP, follow=True))
    assert "来源已登记，请试连" in page and "已加密保存" in page and SECRET not in page
    intake = Intake.objects.get()
    here = f"/intakes/{intake.pk}/"
    tried = text(officer.post(f"{here}check/", follow=True))
    assert "主机 10.1.2.3:22 不在允许访问的地址之内, 请系统管理员" in tried
    edit = text(officer.get(f"{here}edit/"))
    assert SECRET not in edit and "已保存，不修改则不填" in edit and "mzt" in edit
    kept = {k: v for k, v in SFTP.items() if k not in ("name", "feed", "set_password")}
    changed = text(officer.post(f"{here}edit/", kept | {"set_folder": "/other"}, follow=True))
    assert "来源已修改" in changed and "/other" in changed
    elsewhere = text(officer.post(f"{here}edit/", kept | {"set_host": "10.9.9.9"}), 422)
    assert "请重新填写口令" in elsewhere
    assert "没有改动" in text(officer.post(f"{here}edit/", kept | {"set_folder": "/other"}, follow=True))
    assert "已停用" in text(officer.post(f"{here}pause/", {"paused": "1"}, follow=True))
    assert "市公安局" in text(officer.get("/intakes/")) and "市公安局" in text(
        officer.get("/resources/feeds/")
    )
    assert "已移除" in text(officer.post(f"{here}remove/", follow=True)) and not Intake.objects.exists()
    acts = set(AuditEntry.objects.filter(object_kind="intake").values_list("action", flat=True))
    assert acts == {"intake.add", "intake.check", "intake.change", "intake.pause", "intake.remove"}
    assert SECRET not in repr([entry.detail for entry in AuditEntry.objects.all()])


def test_a_run_asked_for_on_the_page_is_left_to_the_worker(node: Node, log_in: Any, tmp_path: Path) -> None:
    officer = log_in("data_officer")
    drop = tmp_path / "drop"
    drop.mkdir()
    (drop / "一.csv").write_text(people(person("王晓", 1)))
    services.allow(str(drop), by=None, at=timezone.now())
    intake = services.add("共享目录", feed="persons", adapter="folder", values={"folder": str(drop), "settle": 0}, by=None,
                          at=timezone.now())  # fmt: skip
    assert "已开始取数" in text(officer.post(f"/intakes/{intake.pk}/run/", follow=True)) and names() == set()
    (job,) = ProcrastinateJob.objects.filter(task_name="exchange.fetch_intake")
    jobs.fetch_intake(**job.args)
    page = text(officer.get(f"/intakes/{intake.pk}/"))
    assert names() == {"王晓"} and "一.csv" in page and "正常" in page


def test_a_fingerprint_is_confirmed_by_who_has_seen_it(node: Node, log_in: Any) -> None:
    officer = log_in("data_officer")
    officer.post("/intakes/new/sftp/", SFTP)
    Intake.objects.update(offered={"field": "host_key", "value": "ssh-ed25519 AAAA", "shown": "SHA256:abc"})
    here = f"/intakes/{Intake.objects.get().pk}/"
    assert "SHA256:abc" in text(officer.get(here))
    assert "指纹与最近一次试连所见的不同" in text(
        officer.post(f"{here}confirm/", {"shown": "SHA256:x"}, follow=True)
    )
    assert "主机密钥已确认" in text(officer.post(f"{here}confirm/", {"shown": "SHA256:abc"}, follow=True))
    assert Intake.objects.get().settings["host_key"] == "ssh-ed25519 AAAA"
    assert "原主机密钥已清除" in text(officer.post(f"{here}unconfirm/", follow=True))
    assert Intake.objects.get().settings["host_key"] == ""


def test_only_the_administrator_says_where_may_be_gone(node: Node, log_in: Any) -> None:
    admin, officer = log_in("administrator"), log_in("data_officer")
    assert "应写为" in text(admin.post("/intakes/places/", {"place": "http://x/"}), 422)
    assert "过大" in text(admin.post("/intakes/places/", {"place": "0.0.0.0/0"}), 422)
    assert "已允许访问" in text(
        admin.post("/intakes/places/", {"place": "10.1.2.0/24", "note": "市政务云"}, follow=True)
    )
    place = AllowedPlace.objects.get()
    assert "市政务云" in text(officer.get("/intakes/places/"))
    assert "只有本节点的系统管理员" in text(officer.post("/intakes/places/", {"place": "10.2.0.0/16"}), 422)
    assert officer.post(f"/intakes/places/{place.pk}/remove/").status_code == 403
    assert "已移除" in text(admin.post(f"/intakes/places/{place.pk}/remove/", follow=True))
    assert not AllowedPlace.objects.exists()


@pytest.mark.parametrize(
    ("role", "division", "businesses"),
    [("clerk", "330000", None), ("data_officer", "330100", None), ("data_officer", "330000", ["05"])],
)
def test_nobody_else_manages(node: Node, log_in: Any, role: str, division: str, businesses: Any) -> None:
    log_in("administrator").post("/intakes/new/sftp/", SFTP)
    intake = Intake.objects.get()
    other = log_in(role, division=division, businesses=businesses)
    here = f"/intakes/{intake.pk}/"
    assert other.get(here).status_code in (403, 404)
    for act in ("check", "run", "confirm", "pause", "remove"):
        assert other.post(f"{here}{act}/").status_code in (403, 404)
    made = other.post("/intakes/new/sftp/", SFTP | {"name": "另一个"})
    assert made.status_code in (403, 422)
    assert Intake.objects.count() == 1
