"""What is told of a person's files (附件资料的样子)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

PERSON = "person"


@dataclass(frozen=True, slots=True)
class Hook:
    """What a file can hang on: the person, or one record of the person's (挂接对象).

    ``ids``: every identity under which its files are found; a new one is hung on the first. For the person these are
    the entry and those it supersedes; for repeated payments of one certificate, each of them. ``certificate`` is the
    record's number where it has one.
    """

    kind: str
    ids: tuple[UUID, ...]
    label: str
    certificate: str = ""

    @property
    def key(self) -> str:
        """How a form or command names it (对象标识)."""
        return f"{self.kind}:{self.ids[0]}"


@dataclass(frozen=True, slots=True)
class PersonFile:
    """One file (附件). ``removed_*`` are None unless it is withdrawn."""

    id: int
    sm3: str
    name: str
    title: str
    media_type: str
    type_label: str
    size: int
    hook: Hook
    attached_at: datetime
    attached_by: str
    removed_at: datetime | None
    removed_by: str | None
    removed_reason: str | None


@dataclass(frozen=True, slots=True)
class PersonFiles:
    """Everything that hangs on a person, the newest first, and what more can be hung on (附件资料)."""

    person_id: UUID
    name: str
    hooks: tuple[Hook, ...]
    files: tuple[PersonFile, ...]

    @property
    def current(self) -> list[PersonFile]:
        """Those that are not withdrawn (在用附件)."""
        return [file for file in self.files if file.removed_at is None]

    @property
    def withdrawn(self) -> list[PersonFile]:
        """Those that are (已撤下附件)."""
        return [file for file in self.files if file.removed_at is not None]


@dataclass(frozen=True, slots=True)
class FileBeside:
    """A file as the page of a household or an organisation lists it, with whose page it is kept on (相关附件)."""

    person_id: UUID
    person_name: str
    title: str
    name: str
    type_label: str
    label: str
    attached_at: datetime
