"""A data set's quality rules over the columns of one file (规则编译): each rule and field as SQL over the staged rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from minzheng.exchange.clean.checks import RULES as CHECKS
from minzheng.exchange.clean.fields import StagedField
from minzheng.exchange.clean.keys import apart_of
from minzheng.exchange.declare import Feed
from minzheng.standards.queries import DataSetSpec, QualityRuleSpec
from minzheng.standards.terms import ALL_FIELDS, CHECK_RULES, QUALITY_JOINT_FIELDS

# Rules that look at a cell or row alone, those that look at the batch, those that look into the register.
OF_BATCH = frozenset({"arrives_within"})
OF_REGISTER = frozenset({"agrees_with_register", "known_to_register"})
SEVEN = 7  # equal digits at the end of a number that was made up


@dataclass(frozen=True)
class Measure:
    """One rule over the headings it asks together (计量项)."""

    rule: QualityRuleSpec
    headings: tuple[str, ...]

    @property
    def field(self) -> str:
        """Its headings as one text (列)."""
        return "、".join(self.headings) or "整行"

    @property
    def key(self) -> str:
        """What names it within its data set (标识)."""
        return f"{self.rule.rule_id}|{self.field}"


@dataclass(frozen=True)
class Asked:
    """A measure as SQL over ``marked`` (计量语句): rows it asks, rows for which it does not hold.

    ``marks``: query of the row numbers to be marked beforehand; then the mark ``m<n>`` may stand in the other two.
    ``few``: what does not hold is always marked, so that its rows are found without reading all.
    """

    measure: Measure
    checked: str
    failed: str
    marks: tuple[str, ...] = ()
    few: bool = False


def measures_of(spec: DataSetSpec) -> list[Measure]:
    """Every figure the standard asks of a data set, in its order (计量项)."""
    found = []
    for rule in spec.quality:
        headings = tuple(f.heading for f in spec.fields) if rule.fields == (ALL_FIELDS,) else rule.fields
        together = rule.rule in QUALITY_JOINT_FIELDS or rule.rule == "unique" or not headings
        found += [Measure(rule, headings)] if together else [Measure(rule, (h,)) for h in headings]
    return found


class Compiler:
    """Measures to SQL for one file (编译器). A measure over a column the file lacks asks nothing, unless it asks for presence."""

    def __init__(self, spec: DataSetSpec, feed: Feed, fields: Sequence[StagedField], today: date) -> None:
        self._feed = feed
        self._fields: Mapping[str, StagedField] = {f.heading: f for f in fields}
        self._checks = {(c.rule, c.fields) for c in spec.checks}
        self._today = today
        self._marks = 0

    def staged(self, measure: Measure) -> list[StagedField]:
        """The staged fields of a measure (列)."""
        return [self._fields[heading] for heading in measure.headings]

    def asked(self, measure: Measure) -> Asked | None:
        """The measure over the staged rows; None where it is not theirs to answer (编译)."""
        rule, fields = measure.rule.rule, self.staged(measure)
        if rule in OF_BATCH or rule in OF_REGISTER or rule == "row_shape":
            return None
        if rule == "present":
            return self._present(measure, fields[0])
        if any(field.cell is None for field in fields):
            return None
        if rule == "valid_format":
            mark = self._mark()
            query = _badly_written(fields[0].heading)
            return Asked(measure, f'("{fields[0].name}" IS NOT NULL OR {mark})', mark, (query,), few=True)
        if rule == "unique":
            mark = self._mark()
            said = " AND ".join(f'"{f.name}" IS NOT NULL' for f in fields if f.required) or _any_said(fields)
            return Asked(
                measure, f"({said})", mark, (_repeated(fields, said, self._apart(fields)),), few=True
            )
        said = " AND ".join(f'"{f.name}" IS NOT NULL' for f in fields)
        if rule in CHECK_RULES:
            return self._check(measure, fields, said)
        return Asked(measure, f"({said})", f"({said} AND {self._value_rule(measure, fields[0])})")

    def _present(self, measure: Measure, field: StagedField) -> Asked:
        if field.cell is None:
            return Asked(measure, "true", "true")
        mark = self._mark()
        empty = f'("{field.name}" IS NULL AND NOT {mark})'
        return Asked(measure, "true", empty, (_badly_written(field.heading),))

    def _check(self, measure: Measure, fields: list[StagedField], said: str) -> Asked:
        """What cleaning has found already is taken from there; a wrong number is wrong in itself, not against another."""
        marks, numbers = [], []
        for field in fields:
            if field.element.rule == "id_number":
                numbers.append(self._mark())
                marks.append(_badly_written(field.heading))
        checked = f"({' AND '.join([said, *(f'NOT {n}' for n in numbers)])})"
        if (measure.rule.rule, measure.headings) in self._checks:
            found = self._mark()
            heading = measure.field.replace("'", "''")
            marks.append(
                f"SELECT row_no FROM bad WHERE heading = '{heading}' AND rule = '{measure.rule.rule}'"
            )
            return Asked(measure, checked, f"({checked} AND {found})", tuple(marks), few=True)
        columns, kinds = [f'"{f.name}"' for f in fields], [f.element.data_type for f in fields]
        against = CHECKS[measure.rule.rule](columns, kinds, self._today)
        return Asked(measure, checked, f"({checked} AND coalesce({against}, false))", tuple(marks))

    def _value_rule(self, measure: Measure, field: StagedField) -> str:
        name, arguments = f'"{field.name}"', measure.rule.arguments
        if measure.rule.rule == "no_filler":
            return f"(length({name}) > {SEVEN} AND ends_with({name}, repeat(right({name}, 1), {SEVEN})))"
        if measure.rule.rule == "within":
            low, high = arguments.get("min"), arguments.get("max")
            limits = [f"{name} < {low}"] if low is not None else []
            return f"({' OR '.join([*limits, *([f'{name} > {high}'] if high is not None else [])])})"
        if measure.rule.rule == "within_days":
            latest = self._today - timedelta(days=int(arguments["days"]))
            if field.element.data_type == "P":
                return f"{name} < '{latest:%Y%m}'"
            return f"{name} < DATE '{latest}'"
        raise ValueError(f"质量规则 {measure.rule.rule} 未实现 ({measure.rule.rule_id})")

    def _apart(self, fields: Sequence[StagedField]) -> list[str]:
        """Under the number of one record another may stand that is no repetition: a divorce, a reissue."""
        of_record = set(self._feed.record_key) <= {field.name for field in fields}
        return apart_of(self._feed) if self._feed.record_key and of_record else []

    def _mark(self) -> str:
        self._marks += 1
        return f"m{self._marks - 1}"


def _badly_written(heading: str) -> str:
    """Rows whose cell cleaning refused for what stands in it."""
    others = ", ".join(f"'{rule}'" for rule in ("required", "unique", *CHECK_RULES))
    said = heading.replace("'", "''")
    return f"SELECT row_no FROM bad WHERE heading = '{said}' AND rule NOT IN ({others})"


def _any_said(fields: Sequence[StagedField]) -> str:
    return "(" + " OR ".join(f'"{f.name}" IS NOT NULL' for f in fields) + ")"


def _repeated(fields: Sequence[StagedField], said: str, apart: Sequence[str]) -> str:
    """Every row but the first of those that say the same; numbers first, so that only what repeats is sorted."""
    same = ", ".join([*(f'"{f.name}"' for f in fields), *apart])
    return f"""SELECT row_no FROM (
        SELECT row_no, row_number() OVER (PARTITION BY {same} ORDER BY row_no) AS nth
        FROM norm SEMI JOIN (SELECT hash({same}) AS h FROM norm WHERE {said} GROUP BY h HAVING count(*) > 1) twice
            ON hash({same}) = twice.h
        WHERE {said}) WHERE nth > 1"""
