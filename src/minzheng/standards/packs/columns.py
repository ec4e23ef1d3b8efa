"""The files of a pack and their columns (标准包的文件与列), as docs/reference/packs.md describes them."""

from dataclasses import dataclass

from minzheng.standards.terms import (
    CONFIDENCE,
    DATA_LEVELS,
    DATA_TYPES,
    DIVISION_LEVELS,
    LEVELS,
    QUALITY_DIMENSIONS,
)

TEXT, INT, DATE, FLAG, LIST = "text", "int", "date", "flag", "list"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: what a cell holds and whether it may be empty (列).

    ``from_path``: part of the file's name.
    """

    name: str
    label: str
    type: str = TEXT
    required: bool = False
    choices: tuple[str, ...] = ()
    from_path: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of row (标准内容种类).

    ``path`` has ``{…}`` where the file name carries columns; ``key`` names a row.
    """

    name: str
    label: str
    path: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    @property
    def in_file(self) -> tuple[Column, ...]:
        """The columns that stand in the file's header (文件内的列)."""
        return tuple(column for column in self.columns if not column.from_path)


def _c(
    name: str, label: str, type_: str = TEXT, *, choices: tuple[str, ...] = (), path: bool = False
) -> Column:
    return Column(name.rstrip("*"), label, type_, name.endswith("*"), choices, path)


_FROM, _TO = _c("effective_from", "生效日期", DATE), _c("effective_to", "失效日期", DATE)
_STATUS, _NOTE, _SOURCE = _c("status", "状态"), _c("note", "说明"), _c("source", "来源")
_BASIS = _c("legal_basis", "依据")
_CONFIDENCE = _c("confidence*", "核实情况", choices=tuple(CONFIDENCE))
_LEVEL = _c("data_level", "数据级别", choices=DATA_LEVELS)

_KINDS = (
    Kind("header", "标准包", "pack.csv", (_c("key*", "项"), _c("value", "值")), ("key",)),
    Kind(
        "code_tables",
        "代码表",
        "code_tables.csv",
        (
            _c("table_id*", "代码表标识"), _c("name*", "名称"),
            _c("standard_no", "标准号"), _c("version*", "版本"),
            _FROM, _TO, _STATUS, _c("provenance", "出处性质"), _SOURCE, _c("supersedes", "代替"), _NOTE,
        ),
        ("table_id", "version"),
    ),
    Kind(
        "codes",
        "代码",
        "codes/{table_id}@{version}.csv",
        (
            _c("table_id*", "代码表标识", path=True), _c("version*", "版本", path=True),
            _c("code*", "代码"), _c("name*", "名称"), _c("parent", "上级代码"), _c("aliases", "别名", LIST),
            _NOTE, _FROM, _TO,
        ),
        ("table_id", "version", "code"),
    ),
    Kind(
        "code_mappings",
        "代码对照",
        "code_mappings/{table_id}@{from_version}__{to_version}.csv",
        (
            _c("table_id*", "代码表标识", path=True), _c("from_version*", "原版本", path=True),
            _c("to_version*", "新版本", path=True),
            _c("from_code*", "原代码"), _c("to_code*", "新代码"), _NOTE,
        ),
        ("table_id", "from_version", "to_version", "from_code"),
    ),
    Kind(
        "elements",
        "数据元",
        "elements.csv",
        (
            _c("id*", "内部标识符"), _c("key*", "键"), _c("name*", "中文名称"), _c("name_en", "英文名称"),
            _c("definition", "定义"), _c("object_class", "对象类词"), _c("property", "特性词"),
            _c("representation", "表示词"), _c("data_type*", "数据类型", choices=tuple(DATA_TYPES)),
            _c("format*", "表示格式"), _c("value_domain", "值域"), _c("rule", "校验规则"),
            _c("unit", "计量单位"),
            _c("sensitive", "敏感", FLAG), _LEVEL, _c("owner_level", "归属层级", choices=LEVELS),
            _STATUS, _c("version", "版本"),
        ),
        ("key",),
    ),
    Kind(
        "data_sets",
        "数据集",
        "data_sets.csv",
        (
            _c("key*", "键"), _c("name*", "名称"), _c("business_code", "业务域"), _c("subject", "主题对象"),
            _c("authoritative_source", "权威来源"), _c("share_type", "共享类型"), _c("open_type", "开放类型"),
            _LEVEL, _c("update_cycle", "更新周期"), _BASIS,
            _c("summary", "摘要"), _c("provider", "提供单位"), _c("data_format", "资源格式"),
            _c("share_condition", "共享条件"), _c("share_methods", "共享方式", LIST),
            _c("share_basis", "共享依据"), _c("open_condition", "开放条件"), _c("issued_on", "发布日期", DATE),
            _c("confidence", "核实情况", choices=tuple(CONFIDENCE)), _STATUS, _c("version", "版本"),
        ),
        ("key",),
    ),
    Kind(
        "data_set_fields",
        "数据集字段",
        "data_set_fields.csv",
        (
            _c("data_set*", "数据集"), _c("position*", "序号", INT),
            _c("heading*", "列名"), _c("element*", "数据元"),
            _c("role", "角色"), _c("required", "必填", FLAG), _c("is_key", "主键", FLAG),
            _c("aliases", "别名", LIST),
        ),
        ("data_set", "heading"),
    ),
    Kind(
        "data_set_checks",
        "数据集校验",
        "data_set_checks.csv",
        (
            _c("data_set*", "数据集"), _c("check_id*", "校验标识"),
            _c("fields*", "列", LIST), _c("rule*", "规则"),
            _c("severity*", "处理"), _c("message*", "提示语"),
        ),
        ("data_set", "check_id"),
    ),
    Kind(
        "quality_rules",
        "质量规则",
        "quality_rules.csv",
        (
            _c("data_set*", "数据集"), _c("rule_id*", "规则标识"),
            _c("dimension*", "维度", choices=QUALITY_DIMENSIONS), _c("fields", "列", LIST), _c("rule*", "规则"),
            _c("arguments", "参数", LIST), _c("weight*", "权重", INT), _c("target", "目标"),
            _c("message*", "提示语"),
        ),
        ("data_set", "rule_id"),
    ),
    Kind(
        "parameters",
        "参数",
        "parameters.csv",
        (
            _c("key*", "键"), _c("name*", "名称"), _c("value*", "值"), _c("unit", "单位"),
            _c("division_code", "适用区划"), _FROM, _TO, _BASIS, _CONFIDENCE, _NOTE,
        ),
        ("key", "division_code", "effective_from"),
    ),
    Kind(
        "time_limits",
        "时限",
        "time_limits.csv",
        (
            _c("step*", "环节"), _c("length*", "时限"), _c("unit*", "单位"), _c("starts_at", "起算"),
            _c("direction", "方向"), _c("division_code", "适用区划"), _FROM, _TO, _BASIS, _CONFIDENCE, _NOTE,
        ),
        ("step", "division_code", "effective_from"),
    ),
    Kind(
        "workdays",
        "工作日",
        "workdays.csv",
        (_c("date*", "日期", DATE), _c("is_workday*", "是否工作日", FLAG), _c("name", "名称"), _SOURCE),
        ("date",),
    ),
    Kind(
        "divisions",
        "行政区划",
        "divisions/divisions.csv",
        (
            _c("code*", "代码"), _c("name*", "名称"), _c("level*", "层级", choices=tuple(DIVISION_LEVELS)),
            _c("parent_code", "上级代码"), _c("kind", "类别"), _FROM, _TO, _SOURCE,
        ),
        ("code", "effective_from"),
    ),
    Kind(
        "division_changes",
        "区划变更",
        "divisions/changes.csv",
        (
            _c("changed_on*", "变更日期", DATE), _c("kind", "变更类别"), _c("from_code", "原代码"),
            _c("from_name", "原名称"), _c("to_code", "新代码"), _c("to_name", "新名称"),
            _c("share", "范围"), _BASIS, _SOURCE,
        ),
        ("changed_on", "kind", "from_code", "to_code"),
    ),
    Kind(
        "ministry_townships",
        "民政部乡级名录",
        "divisions/townships_mca.csv",
        (
            _c("code*", "代码"), _c("name*", "名称"), _c("kind", "类别"), _c("county_code", "所属县代码"),
            _STATUS, _c("nbs_code", "统计用代码"), _c("match", "核对结果"), _SOURCE,
        ),
        ("code",),
    ),
    Kind(
        "vocabulary",
        "新旧用语",
        "vocabulary.csv",
        (_c("old_term*", "旧用语"), _c("new_term*", "现用语"), _NOTE),
        ("old_term", "new_term"),
    ),
    Kind(
        "name_variants",
        "异体字",
        "name_variants.csv",
        (_c("variant*", "异体"), _c("standard*", "规范字"), _c("kind", "类别"), _SOURCE),
        ("variant",),
    ),
)  # fmt: skip

KINDS: dict[str, Kind] = {kind.name: kind for kind in _KINDS}
BOUNDARIES_PATH = "divisions/boundaries.geojson"
