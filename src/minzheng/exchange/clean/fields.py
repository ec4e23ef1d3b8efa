"""The fields of one file: which column of the raw table, which element, which staged name (字段)."""

from collections.abc import Sequence
from dataclasses import dataclass

from minzheng.exchange.clean.columns import SEALED_RULES
from minzheng.exchange.clean.spellings import by_spelling
from minzheng.exchange.extract.raw import Extracted
from minzheng.standards import queries as standards
from minzheng.standards.queries import DataSetSpec, ElementSpec

SQL_TYPES = {"D": "DATE", "M": "BIGINT", "N": "DOUBLE"}


@dataclass(frozen=True)
class StagedField:
    """One field of the data set; ``cell`` is its raw column, None where the file does not have it."""

    heading: str
    name: str
    element: ElementSpec
    required: bool
    cell: str | None

    @property
    def by_spelling(self) -> bool:
        """Whether it has few enough spellings to be cleaned one spelling at a time."""
        return by_spelling(self.element)

    @property
    def sql_type(self) -> str:
        """The DuckDB type of the cleaned value."""
        return SQL_TYPES.get(self.element.data_type, "VARCHAR")

    @property
    def sealed(self) -> str | None:
        """The kind under which the value is sealed at rest, None if it is kept in clear."""
        return SEALED_RULES.get(self.element.rule or "")


def staged_name(element: str, role: str | None) -> str:
    """The staged column of an element in a role: ``husband_person_name``, or the element alone."""
    return f"{role}_{element}" if role else element


def fields_of(spec: DataSetSpec, extracted: Extracted) -> list[StagedField]:
    """All fields of the data set in its order."""
    found = []
    for field in spec.fields:
        column = extracted.columns.get(field.heading)
        found.append(
            StagedField(
                heading=field.heading,
                name=staged_name(field.element, field.role),
                element=standards.element(field.element),
                required=field.required,
                cell=None if column is None else f"c{column}",
            )
        )
    return found


def present(fields: Sequence[StagedField]) -> list[StagedField]:
    """Those the file has a column for."""
    return [f for f in fields if f.cell is not None]
