"""The demo's accounts (演示账号): one at the province, one in a city, one in a county of it."""

import os
import secrets
import string
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from minzheng.foundation.accounts.models import User
from minzheng.foundation.accounts.services import create_user, set_password

LENGTH = 14
SIGNS = "-+=@"
PLAIN = "".join(c for c in string.ascii_letters + string.digits if c not in "0O1lI")


@dataclass(frozen=True, slots=True)
class Part:
    """One account of the demo (演示账号)."""

    username: str
    display_name: str
    division_code: str
    roles: tuple[str, ...]
    data_level: int


PARTS = (
    Part("province", "省厅数据管理员", "330000", ("clerk", "data_officer", "standards_officer"), 3),
    Part("hangzhou", "杭州市经办人", "330100", ("clerk", "reviewer"), 3),
    Part("xihu", "西湖区经办人", "330106", ("clerk",), 2),
)


@dataclass(frozen=True, slots=True)
class Login:
    """What a visitor types (登录). Personal data: none."""

    part: Part
    password: str


def make_logins(parts: Sequence[Part] = PARTS) -> list[Login]:
    """The accounts, made where missing; passwords drawn once and kept in a file of mode 0600."""
    path = logins_file()
    kept = _read(path)
    logins = [Login(part, kept.get(part.username) or _draw()) for part in parts]
    _write(path, logins)  # first the file: an account whose password nobody knows helps no one
    for login in logins:
        _make(login)
    return logins


def logins_file() -> Path:
    """Where the passwords lie (口令文件)."""
    return Path(settings.HOME) / "demo-logins.txt"


def _make(login: Login) -> None:
    part = login.part
    user = User.objects.filter(username=part.username).first()
    if user is None:
        create_user(
            username=part.username,
            password=login.password,
            display_name=part.display_name,
            division_code=part.division_code,
            roles=list(part.roles),
            data_level=part.data_level,
            must_change_password=False,
        )
    elif not user.check_password(login.password):
        set_password(user=user, password=login.password, by=None)


def _draw() -> str:
    while True:
        drawn = "".join(secrets.choice(PLAIN) for _ in range(LENGTH - 1)) + secrets.choice(SIGNS)
        try:
            validate_password(drawn)
        except ValidationError:
            continue
        return drawn


def _read(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    pairs = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines())
    return {pair[0]: pair[1] for pair in pairs if len(pair) >= 2}


def _write(path: Path, logins: list[Login]) -> None:
    lines = [f"{x.part.username}\t{x.password}\t{x.part.display_name}\n" for x in logins]
    half = path.with_suffix(".part")
    with os.fdopen(
        os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
    ) as file:
        file.writelines(lines)
    half.replace(path)
