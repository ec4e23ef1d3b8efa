"""What is asked of the published standards (标准查询).

Standards hold no personal data, so no ``Scope`` is asked for. Answers are frozen and kept in the process for
as long as the same editions are published; a process looks at most once a second whether they still are.
Callers with a tight loop take a book (:func:`code_book`, :func:`catalogue`, :func:`division_tree`,
:func:`rulebook`) once.

What a layer says holds in its division: by default one sees what holds for this node's division.
"""

from minzheng.standards.queries.asking import (
    catalogue,
    code_book,
    codes,
    data_set,
    data_sets,
    division_name,
    division_spellings,
    division_tree,
    divisions,
    element,
    elements,
    label,
    map_division,
    name_variants,
    old_versions,
    parameter,
    rulebook,
    spellings,
    time_limit,
)
from minzheng.standards.queries.catalogue import (
    CheckSpec,
    DataSetSpec,
    ElementSpec,
    FieldSpec,
    QualityRuleSpec,
)
from minzheng.standards.queries.codebook import CodeSpec, OldVersion, TableSpec
from minzheng.standards.queries.editions import EditionSpec, EventSpec, editions, history, layers
from minzheng.standards.queries.rulebook import ParameterSpec, TimeLimitSpec
from minzheng.standards.queries.searching import SearchHit, search
from minzheng.standards.queries.tree import DivisionChangeSpec, DivisionSpec, MappedDivision
from minzheng.standards.queries.workdays import WorkdaySpec, own_workdays

__all__ = [
    "CheckSpec",
    "CodeSpec",
    "DataSetSpec",
    "DivisionChangeSpec",
    "DivisionSpec",
    "EditionSpec",
    "ElementSpec",
    "EventSpec",
    "FieldSpec",
    "MappedDivision",
    "OldVersion",
    "ParameterSpec",
    "QualityRuleSpec",
    "SearchHit",
    "TableSpec",
    "TimeLimitSpec",
    "WorkdaySpec",
    "catalogue",
    "code_book",
    "codes",
    "data_set",
    "data_sets",
    "division_name",
    "division_spellings",
    "division_tree",
    "divisions",
    "editions",
    "element",
    "elements",
    "history",
    "label",
    "layers",
    "map_division",
    "name_variants",
    "old_versions",
    "own_workdays",
    "parameter",
    "rulebook",
    "search",
    "spellings",
    "time_limit",
]
