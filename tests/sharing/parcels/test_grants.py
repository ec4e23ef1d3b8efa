"""A parcel to who is no node of ours holds what a grant allows and no more; opening one is held to the official's own bounds."""

from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from tests.node import Node
from tests.sharing.making import granted, officer, system, two_cities
from tests.sharing.parcels.partners import Play, Role
from tests.sharing.parcels.written import write
from tests.stewardship.signals.files import who

from minzheng.foundation.crypto import sm2
from minzheng.foundation.members.models import Member
from minzheng.sharing.grants import services as granting
from minzheng.sharing.grants.models import Use
from minzheng.sharing.parcels import services
from minzheng.sharing.parcels.form.envelope import opened
from minzheng.sharing.parcels.form.package import read_package
from minzheng.sharing.parcels.models import Parcel
from minzheng.sharing.parcels.terms import State

FIELDS = ["person_citizen_id_number", "person_person_name", "person_phone", "person_birth_date"]


@pytest.fixture
def there(node: Node, play: Play) -> tuple[Role, Role]:
    two_cities(node)
    return play("330000"), play("YIBAO", name="省医保局", kind=Member.DEPARTMENT, division_code="330000")


def rows(file: Path, receiver: Role, folder: Path) -> list[str]:
    with receiver.acting():
        inside = folder / "inside"
        inside.write_bytes(b"".join(opened(file, sm2.own_pair(sm2.SEAL))))
        package = read_package(inside)
        return b"".join(package.pieces("data.csv")).decode("utf-8-sig").splitlines()


def test_a_department_gets_what_its_grant_names_and_each_is_counted(
    node: Node, there: tuple[Role, Role], tmp_path: Path
) -> None:
    province, yibao = there
    by = officer("of-yibao", "330000", 4)
    with pytest.raises(services.ParcelRefusedError, match="须先经授信"):
        province.make("persons", "YIBAO", tmp_path)
    entered = system(by, "yibao")
    granted(entered, by, methods=["one"])
    with pytest.raises(services.ParcelRefusedError, match="须先经授信"):
        province.make("persons", "YIBAO", tmp_path)
    grant = granted(
        entered, by, methods=["parcel"], fields=FIELDS, masked=["person_phone", "person_birth_date"], division_code="330106",
        condition={"person_sex_code": ["1"]}, per_minute=2, per_day=2,
    )  # fmt: skip
    with pytest.raises(services.ParcelRefusedError, match="没有给出字段"):
        province.make("persons", "YIBAO", tmp_path, fields=["姓名", "性别"])
    with pytest.raises(services.ParcelRefusedError, match="超出可向该成员提供的范围"):
        province.make("persons", "YIBAO", tmp_path, division="330203")
    file = province.make("persons", "YIBAO", tmp_path)
    heading, *lines = rows(file, yibao, tmp_path)
    assert set(heading.replace('"', "").split(",")) == {"公民身份号码", "姓名", "联系电话", "出生日期"}
    assert (
        "王芳" not in "".join(lines) and all("-**-**" in line and "****" in line for line in lines) and lines
    )
    use = Use.objects.get(method="parcel")
    assert use.grant_id == grant.pk and use.hits == len(lines) == Parcel.objects.latest("begun_at").rows
    assert Parcel.objects.latest("begun_at").grant == str(grant.pk)
    _withdrawn(province, grant, tmp_path)


def _withdrawn(province: Role, grant: Any, folder: Path) -> None:
    """What was asked for before is neither filled nor handed over afterwards."""
    made = Parcel.objects.latest("begun_at")
    granting.withdraw(grant=grant, reason="用途已变", by=officer("other"), at=timezone.now())
    with province.acting():
        with pytest.raises(services.ParcelRefusedError, match="已撤回或到期"):
            services.write_parcel(made, folder / "again", by=None, at=timezone.now())
        Parcel.objects.filter(pk=made.pk).update(state=State.MAKING)
        with pytest.raises(services.ParcelRefusedError, match="已撤回或到期"):
            services.fill(made.pk, at=timezone.now())
    assert not (folder / "again").exists()


def test_an_official_opens_only_what_his_bounds_reach(node: Node, play: Play, tmp_path: Path) -> None:
    county = play("330106")
    police = play("GA33", name="省公安厅", kind=Member.DEPARTMENT, division_code="330000")
    headings = ["姓名", "公民身份号码", "户籍区划"]
    file = write(police, "330106", "persons", headings, [[*who(5), "330106"]], tmp_path)
    marriages = officer("marriages", "330106", 4)
    marriages.businesses = ["05"]
    marriages.save()
    elsewhere, low = officer("elsewhere", "330203", 4), officer("low", "330106", 1)
    for by, why in ((marriages, "业务范围"), (elsewhere, "数据范围"), (low, "数据级别")):
        refused = county.take(file, by=by)
        assert refused.state == State.REFUSED and why in refused.parcel.problem
    assert node.value("SELECT count(*) FROM registry_person") == 0
    assert county.take(file, by=officer("own", "330106", 4)).parcel.parcel_id is not None
    assert county.take(file, by=marriages).again
