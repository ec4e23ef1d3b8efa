"""Standards out and in as CSV (导入导出)."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from minzheng.foundation.access.rules import authenticated, requires
from minzheng.foundation.accounts.terms import Role
from minzheng.standards import queries, services
from minzheng.standards.errors import StandardsError
from minzheng.standards.exporting import export_csv, file_path, files_of
from minzheng.standards.packs import KINDS
from minzheng.web.desk.requests import acting_user
from minzheng.web.desk.standards.asked import tell_refusal

LIMIT = 32 * 2**20


@authenticated
@require_safe
def files(request: HttpRequest) -> HttpResponse:
    """Every file of every layer in force, and the form that takes one (导入导出)."""
    layers = queries.layers()
    listed = [(layer, [p for p in files_of(layer.pack) if p.endswith(".csv")]) for layer in layers]
    kinds = [kind for kind in KINDS.values() if kind.name != "header"]
    manages = acting_user(request).has_role(Role.STANDARDS_OFFICER)
    return render(
        request, "desk/standards/files.html", {"listed": listed, "kinds": kinds, "manages": manages}
    )


@authenticated
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """One file of a layer, with the mark by which a spreadsheet reads it as UTF-8 (导出)."""
    path = request.GET.get("path", "")
    try:
        content = export_csv(request.GET.get("pack", ""), path)
    except StandardsError as error:
        raise Http404(str(error)) from error
    answer = HttpResponse(b"\xef\xbb\xbf" + content, content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = content_disposition_header(True, path.rsplit("/", 1)[-1])
    return answer


@requires(Role.STANDARDS_OFFICER)
@require_POST
def import_file(request: HttpRequest) -> HttpResponse:
    """Take one kind's CSV as a draft edition and show what it would change (导入)."""
    file = request.FILES.get("file")
    said = {name: request.POST.get(name, "").strip() for name in ("kind", "pack", "new_version")}
    parts = {name: request.POST.get(name, "").strip() for name in ("table_id", "version", "to_version")}
    if file is None or not said["new_version"] or (file.size or 0) > LIMIT:
        messages.error(request, f"请选择不超过 {LIMIT // 2**20} MB 的 CSV 文件, 并填写新版本号")
        return redirect("desk:standards:files")
    try:
        edition = services.replace_file(
            pack_id=said["pack"],
            path=file_path(said["kind"], **parts),
            content=file.read(),
            version=said["new_version"][:64],
            by=acting_user(request),
            at=timezone.now(),
            note=request.POST.get("note", "")[:500],
        )
    except StandardsError as error:
        tell_refusal(request, error)
        return redirect("desk:standards:files")
    messages.success(request, f"已起草 {edition}")
    return redirect("desk:standards:edition", edition.pk)
