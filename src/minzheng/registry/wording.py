"""Codes and divisions in words (代码转文字), from books taken once, so that a page costs no query a label."""

from functools import cached_property

from minzheng.standards.queries import code_book, division_tree


class Wording:
    """The words of one answer (用语): code labels and division names; what is unknown is shown as it is.

    Each is looked up once, however often it is said.
    """

    def __init__(self) -> None:
        self._said: dict[tuple[str, str], str] = {}

    @cached_property
    def _codes(self):  # type: ignore[no-untyped-def]
        return code_book()

    @cached_property
    def _tree(self):  # type: ignore[no-untyped-def]
        return division_tree()

    def code(self, table: str, code: str | None) -> str:
        """The label of a code."""
        if not code:
            return ""
        said = self._said.get((table, code))
        if said is None:
            said = self._said[table, code] = str(self._codes.label(table, code))
        return said

    def division(self, code: str | None) -> str:
        """The full name of a division."""
        if not code:
            return ""
        said = self._said.get(("", code))
        if said is None:
            said = self._said["", code] = self._full_name(code)
        return said

    def _full_name(self, code: str) -> str:
        try:
            return str(self._tree.full_name(code))
        except LookupError:
            return code
