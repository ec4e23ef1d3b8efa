"""Hanging files on a person, taking them out, withdrawing them (附件挂接、取出、撤下): every act is audited.

Each takes the scope first and works on nothing outside it. ``by`` a name is someone at the command line.
"""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, BinaryIO
from uuid import UUID

from django.db import transaction

from minzheng.exchange.person_files.queries import person_file, person_files
from minzheng.exchange.person_files.reading import PERSON, Hook, PersonFile, PersonFiles
from minzheng.foundation.access.scope import Scope
from minzheng.foundation.accounts.models import User
from minzheng.foundation.accounts.terms import DataLevel
from minzheng.foundation.audit.services import record
from minzheng.foundation.files import services as files
from minzheng.foundation.files.media import FileRefusedError

logger = logging.getLogger(__name__)
MOST_AT_ONCE = 20
SHORTEST_PURPOSE, LONGEST_PURPOSE = 2, 200


class PersonFileError(ValueError):
    """What was asked of a file cannot be done; one line in Chinese (附件操作不允许)."""


class NoSuchFileError(LookupError):
    """No such person, record or file within the scope (没有这个人员或附件)."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file handed in (挂接结果): taken (``file_id``), there before (``already``), or refused."""

    name: str
    file_id: int | None = None
    already: bool = False
    problem: str = ""


def attach_files(
    scope: Scope, person_id: UUID, sources: Iterable[tuple[str, BinaryIO]], *, hook_key: str = PERSON, title: str,
    purpose: str = "", by: User | str, at: datetime, ip: str | None = None,
) -> Iterator[Outcome]:  # fmt: skip
    """Hang files on a person or one of the person's records, each for itself: one refused hinders no other (挂接附件).

    ``hook_key`` is ``person`` or a ``Hook.key``. Gives an outcome a file as it goes; raises ``NoSuchFileError`` at once.
    """
    hook = _hook(_found(scope, person_id), hook_key)
    return (
        _attach(person_id, source, name, hook, title=title, purpose=purpose, by=by, at=at, ip=ip)
        for name, source in sources
    )


def list_files(
    scope: Scope, person_id: UUID, *, known_on: date | None = None, purpose: str = "", by: User | str, at: datetime,
    ip: str | None = None,
) -> PersonFiles:  # fmt: skip
    """A person's files, today's or a past day's, looking at which is audited; raises ``NoSuchFileError`` (查看附件清单)."""
    found = _found(scope, person_id, known_on)
    detail = {"files": len(found.files)} | ({"known_on": known_on.isoformat()} if known_on else {})
    _record("person.files", person_id, detail, purpose=purpose, by=by, at=at, ip=ip)
    return found


def take_out(
    scope: Scope, person_id: UUID, file_id: int, *, purpose: str, by: User | str, at: datetime, ip: str | None = None
) -> tuple[PersonFile, Iterator[bytes]]:  # fmt: skip
    """A file and its content in pieces, for a purpose; audited before the first piece is given (取出附件).

    Raises ``NoSuchFileError``; ``PersonFileError`` without purpose or level, for a withdrawn file or a damaged one.
    """
    file = _one(scope, person_id, file_id)
    if not scope.allows_level(DataLevel.L3):  # identified persons are L3 (GB/T 43697-2024)
        raise PersonFileError("您的数据级别不能下载附件")
    purpose = "".join(character for character in purpose if character.isprintable()).strip()[:LONGEST_PURPOSE]
    if len(purpose) < SHORTEST_PURPOSE:
        raise PersonFileError("请写明用途")
    if file.removed_at is not None:
        raise PersonFileError("附件已经撤下, 恢复后才能下载")
    detail = {"file": file.id, "sm3": file.sm3}
    try:
        pieces = files.content(file.sm3)
    except files.FileDamagedError as error:
        _record("person.file_out", person_id, detail, purpose=purpose, by=by, at=at, ip=ip, result="damaged")
        raise PersonFileError(str(error)) from error
    _record("person.file_out", person_id, detail, purpose=purpose, by=by, at=at, ip=ip)
    return file, pieces


def withdraw_file(
    scope: Scope, person_id: UUID, file_id: int, *, reason: str, by: User | str, at: datetime, ip: str | None = None
) -> None:  # fmt: skip
    """Withdraw a file for a reason; its row and content stay (撤下附件). Raises as ``take_out``."""
    file = _one(scope, person_id, file_id)
    detail = {"file": file.id, "sm3": file.sm3}
    try:
        with transaction.atomic():
            entry = files.withdraw(file_id, reason=reason, by=str(by), at=at)
            told = entry.removed_reason or ""
            _record("person.file_withdraw", person_id, detail, purpose=told, by=by, at=at, ip=ip)
    except files.AttachmentStateError as error:
        raise PersonFileError(str(error)) from error


def restore_file(
    scope: Scope, person_id: UUID, file_id: int, *, by: User | str, at: datetime, ip: str | None = None
) -> None:
    """Undo a withdrawal (恢复附件). Raises as ``take_out``."""
    file = _one(scope, person_id, file_id)
    detail = {"file": file.id, "sm3": file.sm3, "withdrawn_for": file.removed_reason}
    try:
        with transaction.atomic():
            files.restore(file_id)
            _record("person.file_restore", person_id, detail, by=by, at=at, ip=ip)
    except files.AttachmentStateError as error:
        raise PersonFileError(str(error)) from error


def _attach(
    person_id: UUID, source: BinaryIO, name: str, hook: Hook, *, title: str, purpose: str, by: User | str,
    at: datetime, ip: str | None,
) -> Outcome:  # fmt: skip
    try:
        with transaction.atomic():
            entry = files.attach(
                source, name=name, title=title, subject_kind=hook.kind, subject_id=hook.ids[0],
                known_as=hook.ids[1:], by=str(by), at=at,
            )  # fmt: skip
            detail = {"file": entry.pk, "sm3": entry.file_id, "hangs_on": hook.kind}
            _record("person.file_attach", person_id, detail, purpose=purpose, by=by, at=at, ip=ip)
    except files.AlreadyAttachedError as error:
        return Outcome(name, already=True, problem=str(error))
    except FileRefusedError as error:
        return Outcome(name, problem=str(error))
    except OSError:
        logger.exception("an attachment could not be kept")
        return Outcome(name, problem="存储空间不足或不可写, 没有保存, 请联系系统管理员")
    return Outcome(name, file_id=entry.pk)


def _found(scope: Scope, person_id: UUID, known_on: date | None = None) -> PersonFiles:
    found = person_files(scope, person_id, known_on=known_on)
    if found is None:
        raise NoSuchFileError("没有查到此人")
    return found


def _one(scope: Scope, person_id: UUID, file_id: int) -> PersonFile:
    file = person_file(scope, person_id, file_id)
    if file is None:
        raise NoSuchFileError("没有这份附件")
    return file


def _hook(found: PersonFiles, key: str) -> Hook:
    if key == PERSON:
        return found.hooks[0]
    for hook in (
        found.hooks
    ):  # by any of its identities: an earlier payment may have come in since the form was shown
        if any(f"{hook.kind}:{identity}" == key for identity in hook.ids):
            return hook
    raise PersonFileError("所选的业务记录不属于此人, 请重新选择")


def _record(
    action: str, person_id: UUID, detail: dict[str, Any], *, purpose: str = "", result: str = "ok", by: User | str,
    at: datetime, ip: str | None,
) -> None:  # fmt: skip
    record(
        by=by, action=action, object_kind="person", object_id=person_id, purpose=purpose, result=result,
        detail=detail, ip=ip, at=at,
    )  # fmt: skip
