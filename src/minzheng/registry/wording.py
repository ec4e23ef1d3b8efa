"""Codes and divisions in words (代码转文字), from books taken once, so that a page costs no query a label."""

from functools import cached_property

from minzheng.standards.queries import code_book, division_tree


class Wording:
    """The words of one answer (用语): code labels and division names; what is unknown is shown as it is."""

    @cached_property
    def _codes(self):  # type: ignore[no-untyped-def]
        return code_book()

    @cached_property
    def _tree(self):  # type: ignore[no-untyped-def]
        return division_tree()

    def code(self, table: str, code: str | None) -> str:
        """The label of a code."""
        return str(self._codes.label(table, code)) if code else ""

    def division(self, code: str | None) -> str:
        """The full name of a division."""
        if not code:
            return ""
        try:
            return str(self._tree.full_name(code))
        except LookupError:
            return code
