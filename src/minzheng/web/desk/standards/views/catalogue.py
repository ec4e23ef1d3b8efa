"""Code tables, elements and data sets (代码表、数据元、数据集)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from minzheng.foundation.access.rules import authenticated
from minzheng.standards import queries
from minzheng.standards.errors import UnknownStandardError
from minzheng.standards.terms import CHECK_RULES, DATA_TYPES, DIVISION_DOMAIN, RULES, SEVERITIES
from minzheng.web.desk.standards.asked import missing


@authenticated
@require_safe
def tables(request: HttpRequest) -> HttpResponse:
    """All code tables in their current version (代码表)."""
    book = queries.code_book()
    rows = [
        (table, len(book.codes(table.table_id)), len(book.versions(table.table_id)))
        for table in book.tables()
    ]
    return render(request, "desk/standards/tables.html", {"rows": rows})


@authenticated
@require_safe
def table(request: HttpRequest, table_id: str) -> HttpResponse:
    """One table: a version's codes, its other versions, and what old codes became (代码表)."""
    book = queries.code_book()
    try:
        versions = book.versions(table_id)
        shown = next((v for v in versions if v.version == request.GET.get("version")), book.current(table_id))
        codes = book.codes(table_id, version=shown.version)
        mapping = {} if shown.current else book.mapping(table_id, shown.version)
    except UnknownStandardError as error:
        raise missing(error) from error
    rows = [(code, mapping.get(code.code, ""), _name(table_id, mapping.get(code.code))) for code in codes]
    context = {"table": shown, "versions": versions, "rows": rows, "old": not shown.current}
    return render(request, "desk/standards/table.html", context)


def _name(table_id: str, code: str | None) -> str:
    return queries.label(table_id, code) if code else ""


@authenticated
@require_safe
def elements(request: HttpRequest) -> HttpResponse:
    """All elements, filtered by name (数据元)."""
    text = request.GET.get("q", "").strip()
    found = [e for e in queries.elements() if text.lower() in f"{e.id} {e.key} {e.name} {e.name_en}".lower()]
    return render(
        request, "desk/standards/elements.html", {"q": text, "elements": found, "types": DATA_TYPES}
    )


@authenticated
@require_safe
def element(request: HttpRequest, key: str) -> HttpResponse:
    """One element, and the data sets it stands in (数据元)."""
    try:
        found = queries.element(key)
    except UnknownStandardError as error:
        raise missing(error) from error
    used = [(s, field) for s in queries.data_sets() for field in s.fields if field.element == key]
    domain = found.value_domain or ""
    context = {
        "element": found,
        "type_label": DATA_TYPES[found.data_type],
        "rule_label": RULES.get(found.rule or "", ""),
        "is_division": domain == DIVISION_DOMAIN,
        "is_table": domain in {t.table_id for t in queries.code_book().tables()},
        "used": used,
    }
    return render(request, "desk/standards/element.html", context)


@authenticated
@require_safe
def data_sets(request: HttpRequest) -> HttpResponse:
    """All data sets (数据集)."""
    rows = [_labelled(data_set) for data_set in queries.data_sets()]
    return render(request, "desk/standards/data_sets.html", {"rows": rows})


@authenticated
@require_safe
def data_set(request: HttpRequest, key: str) -> HttpResponse:
    """One data set: columns and checks (数据集)."""
    try:
        found = queries.data_set(key)
    except UnknownStandardError as error:
        raise missing(error) from error
    fields = [(field, queries.element(field.element)) for field in found.fields]
    checks = [
        (check, CHECK_RULES.get(check.rule, check.rule), SEVERITIES.get(check.severity, check.severity))
        for check in found.checks
    ]
    context = {"fields": fields, "checks": checks, "quality": found.quality} | _labelled(found)
    return render(request, "desk/standards/data_set.html", context)


_CODED = {
    "business": ("BUSINESS_DOMAIN", "business_code"),
    "share": ("SHARE_TYPE", "share_type"),
    "opened": ("OPEN_TYPE", "open_type"),
    "cycle": ("UPDATE_CYCLE", "update_cycle"),
}


def _labelled(data_set: queries.DataSetSpec) -> dict[str, object]:
    """A data set with its coded attributes in words, where the tables for them are published."""
    known = {table.table_id for table in queries.code_book().tables()}
    words: dict[str, object] = {"data_set": data_set}
    for name, (table_id, attribute) in _CODED.items():
        code = getattr(data_set, attribute)
        words[name] = queries.label(table_id, code) if table_id in known else code
    return words
