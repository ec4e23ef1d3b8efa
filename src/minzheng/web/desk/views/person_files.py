"""A person's files on the page (附件资料): the list, handing files in, downloading, withdrawing and restoring.

Every address answers a plain form as well as a fragment, so that all of it works without a script.
"""

import datetime
from typing import Any, BinaryIO, cast
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_POST

from minzheng.exchange.person_files import services
from minzheng.exchange.person_files.queries import person_file, person_files
from minzheng.exchange.person_files.reading import PERSON, PersonFile, PersonFiles
from minzheng.exchange.person_files.services import MOST_AT_ONCE, NoSuchFileError, Outcome, PersonFileError
from minzheng.foundation.access.rules import requires
from minzheng.foundation.accounts.terms import Role
from minzheng.foundation.files.media import ATTACHMENT_LIMIT, ATTACHMENT_SUFFIXES
from minzheng.web.desk.requests import acting_user, address, is_fragment, scope_of

READERS = (Role.CLERK, Role.REVIEWER, Role.DATA_OFFICER)
KEEPERS = (Role.CLERK, Role.DATA_OFFICER)


@requires(*READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def person_files_page(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """The person's files; by POST, files handed in (附件资料)."""
    if request.method == "POST":
        return _take(request, person_id)
    day = _day(request.GET.get("on", ""))
    try:
        found = services.list_files(
            scope_of(request), person_id, known_on=day, by=acting_user(request), at=timezone.now(), ip=address(request)
        )  # fmt: skip
    except NoSuchFileError:
        raise Http404 from None
    return _page(request, found, day)


@requires(*READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def download(request: HttpRequest, person_id: UUID, file_id: int) -> HttpResponseBase:
    """Asks for the purpose, then streams the file; audited before the first byte (下载附件)."""
    file = _file(request, person_id, file_id)
    if request.method != "POST":
        return _ask(request, person_id, file, "download")
    try:
        file, pieces = services.take_out(
            scope_of(request), person_id, file_id, purpose=request.POST.get("purpose", ""),
            by=acting_user(request), at=timezone.now(), ip=address(request),
        )  # fmt: skip
    except PersonFileError as refused:
        return _ask(request, person_id, file, "download", problem=f"{refused}。")
    answer = StreamingHttpResponse(pieces, content_type=file.media_type)
    answer.headers["Content-Length"] = str(file.size)
    # A masked number's stars are not allowed in a file name everywhere.
    answer.headers["Content-Disposition"] = (
        content_disposition_header(True, file.name.replace("*", "_")) or ""
    )
    return answer


@requires(*KEEPERS)
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, person_id: UUID, file_id: int) -> HttpResponse:
    """Asks for the reason, then marks the file as withdrawn (撤下附件)."""
    file = _file(request, person_id, file_id)
    if request.method != "POST":
        return _ask(request, person_id, file, "withdraw")
    try:
        services.withdraw_file(
            scope_of(request), person_id, file_id, reason=request.POST.get("reason", ""),
            by=acting_user(request), at=timezone.now(), ip=address(request),
        )  # fmt: skip
    except PersonFileError as refused:
        return _ask(request, person_id, file, "withdraw", problem=f"{refused}。")
    return _done(request, person_id, f"已撤下“{file.title}”，可在“已撤下”中恢复。")


@requires(*KEEPERS)
@require_POST
def restore(request: HttpRequest, person_id: UUID, file_id: int) -> HttpResponse:
    """Undo a withdrawal (恢复附件)."""
    file = _file(request, person_id, file_id)
    try:
        services.restore_file(
            scope_of(request), person_id, file_id, by=acting_user(request), at=timezone.now(), ip=address(request)
        )  # fmt: skip
    except PersonFileError as refused:
        return _done(request, person_id, f"{refused}。", failed=True)
    return _done(request, person_id, f"已恢复“{file.title}”。")


def _take(request: HttpRequest, person_id: UUID) -> HttpResponse:
    if not acting_user(request).has_role(*KEEPERS):
        return _done(request, person_id, "您的角色不能添加附件。", failed=True)
    handed = request.FILES.getlist("files")
    title, hook = request.POST.get("title", "").strip(), request.POST.get("hook", PERSON)
    asked: dict[str, Any] = {"title": title, "chosen": hook}
    if not handed or len(handed) > MOST_AT_ONCE:
        problem = f"一次最多添加 {MOST_AT_ONCE} 个文件。" if handed else "请选择要添加的文件。"
        return _shown(request, person_id, problem=problem, **asked)
    try:
        outcomes = list(
            services.attach_files(
                scope_of(request), person_id, [(file.name or "", cast("BinaryIO", file)) for file in handed],
                hook_key=hook, title=title, by=acting_user(request), at=timezone.now(), ip=address(request),
            )
        )  # fmt: skip
    except NoSuchFileError:
        raise Http404 from None
    except PersonFileError as refused:
        return _shown(request, person_id, problem=f"{refused}。", **asked)
    refused_ones = [outcome for outcome in outcomes if outcome.problem]
    done = _told(outcomes)
    if not refused_ones:
        return _done(request, person_id, done)
    return _shown(request, person_id, done=done, refused=refused_ones, **asked)


def _told(outcomes: list[Outcome]) -> str:
    taken = [outcome for outcome in outcomes if outcome.file_id]
    if not taken:
        return ""
    return f"已添加“{taken[0].name}”。" if len(taken) == 1 else f"已添加 {len(taken)} 个文件。"


def _done(request: HttpRequest, person_id: UUID, text: str, *, failed: bool = False) -> HttpResponse:
    """The list with what was done: as a fragment at once, otherwise after a redirect, so that reloading does nothing."""
    if is_fragment(request):
        return _shown(request, person_id, **({"problem": text} if failed else {"done": text}))
    (messages.error if failed else messages.success)(request, text)
    return redirect("desk:person_files", person_id)


def _shown(request: HttpRequest, person_id: UUID, **told: Any) -> HttpResponse:
    """The list as it is after an act, with what became of it."""
    found = person_files(scope_of(request), person_id)
    if found is None:
        raise Http404
    answer = _page(request, found, None, **told)
    if is_fragment(request):
        answer.headers["HX-Trigger"] = "closeDialog"
        answer.headers["HX-Retarget"], answer.headers["HX-Reswap"] = "#person-files", "outerHTML"
    return answer


def _page(request: HttpRequest, found: PersonFiles, on: datetime.date | None, **told: Any) -> HttpResponse:
    context = {
        "found": found, "on": on, "may_keep": on is None and acting_user(request).has_role(*KEEPERS),
        "limit": ATTACHMENT_LIMIT, "most": MOST_AT_ONCE, "accept": ",".join(sorted(ATTACHMENT_SUFFIXES)), **told,
    }  # fmt: skip
    if is_fragment(request):
        return render(request, "desk/parts/person_files.html", context)
    wrong = told.get("problem") or told.get("refused")
    return render(request, "desk/person_files.html", context, status=422 if wrong else 200)


def _ask(
    request: HttpRequest, person_id: UUID, file: PersonFile, act: str, *, problem: str = ""
) -> HttpResponse:
    """The question before a download or a withdrawal: a dialog, or a page of its own without a script."""
    context = {
        "file": file, "person_id": person_id, "act": act, "problem": problem,
        "place": reverse(f"desk:person_file_{act}", args=[person_id, file.id]),
        "answer": request.POST.get("purpose" if act == "download" else "reason", ""),
    }  # fmt: skip
    if is_fragment(request):
        answer = render(request, f"desk/parts/person_file_{act}.html", context | {"in_dialog": True})
        answer.headers["HX-Retarget"], answer.headers["HX-Reswap"] = "#dialog", "innerHTML"
        return answer
    return render(request, "desk/person_file_ask.html", context, status=422 if problem else 200)


def _file(request: HttpRequest, person_id: UUID, file_id: int) -> PersonFile:
    file = person_file(scope_of(request), person_id, file_id)
    if file is None:
        raise Http404
    return file


def _day(text: str) -> datetime.date | None:
    """The day the person's page speaks of; today and later are the same as not asking."""
    try:
        day = parse_date(text)
    except ValueError:
        return None
    return day if day and day < timezone.localdate() else None
