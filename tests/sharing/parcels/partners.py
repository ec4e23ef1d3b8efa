"""One database plays every node in turn: a role has a home with its keys, a division and a member's row."""

import datetime
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from tests.node import Node

from minzheng.foundation.access.scope import Scope
from minzheng.foundation.crypto import sm2
from minzheng.foundation.members.models import Member
from minzheng.sharing.parcels import services
from minzheng.sharing.parcels.models import Parcel
from minzheng.sharing.parcels.services import Receipt

DAY = datetime.timedelta(days=1)


@dataclass
class Role:
    """A member and its keys."""

    code: str
    keys: Path
    node: Node
    settings: Any

    @contextmanager
    def acting(self) -> Iterator[None]:
        """The node under test is this member within the block: its keys, its division; the database is one."""
        former = self.settings.HOME, self.settings.NODE_DIVISION_CODE
        for purpose in (sm2.SIGN, sm2.SEAL):
            own = self.keys / f"{purpose}.sm2"
            place = self.node.home / "keys" / own.name
            place.parent.mkdir(exist_ok=True)
            place.write_text(own.read_text())
        sm2._read.cache_clear()
        self.settings.NODE_DIVISION_CODE = self.code
        try:
            yield
        finally:
            self.settings.HOME, self.settings.NODE_DIVISION_CODE = former
            sm2._read.cache_clear()

    def make(self, data_set: str, to: str, out: Path, **said: Any) -> Path:
        """A parcel of this member's, written to ``out``; its own row is put aside, as another node has it."""
        said = {
            "purpose": "核对业务数据",
            "by": None,
            "at": timezone.now(),
            "scope": Scope.system(self.code),
        } | said
        with self.acting():
            return services.make(data_set, to=to, out=out, **said)

    def take(self, path: Any, **said: Any) -> Receipt:
        with self.acting():
            return services.take(path, **({"by": None, "at": timezone.now()} | said))

    def receipt(self, parcel: Parcel, out: Path) -> Path:
        with self.acting():
            return services.write_receipt(parcel, out, by=None, at=timezone.now())


Play = Callable[..., Role]


@pytest.fixture
def play(node: Node, tmp_path: Path, settings: Any) -> Play:
    """``play("330106")``: a member of this code, a node unless said otherwise, known to everyone."""

    def role(code: str, **said: Any) -> Role:
        keys = tmp_path / f"keys-{code}"
        keys.mkdir()
        pairs = {}
        for purpose in (sm2.SIGN, sm2.SEAL):
            pairs[purpose] = sm2.new_pair()
            (keys / f"{purpose}.sm2").write_text(
                f"{pairs[purpose].public.hex()} {pairs[purpose].private.hex()}"
            )
        now = timezone.now()
        values = {
            "name": f"成员{code}", "kind": Member.NODE, "division_code": code, "valid_from": now - 30 * DAY,
            "valid_to": now + 30 * DAY, "sign_key": pairs[sm2.SIGN].public.hex(),
            "seal_key": pairs[sm2.SEAL].public.hex(),
        } | said  # fmt: skip
        Member.objects.create(code=code, **values)
        return Role(code, keys, node, settings)

    return role
