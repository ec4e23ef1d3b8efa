"""The words of the standards (标准术语): levels, stages of an edition's life, and what cells may say."""

from enum import StrEnum

NATIONAL, PROVINCE, CITY, COUNTY = "部", "省", "市", "县"
LEVELS = (NATIONAL, PROVINCE, CITY, COUNTY)
DIVISION_LEVELS = {
    "province": "省级",
    "city": "市级",
    "county": "县级",
    "township": "乡级",
    "village": "村级",
}

DATA_TYPES = {
    "C": "文本",
    "N": "数值",
    "M": "金额",
    "D": "日期",
    "P": "年月",
    "T": "时间",
    "B": "是否",
}
RULES = {
    "id_number": "公民身份号码",
    "uscc": "统一社会信用代码",
    "phone": "电话号码",
    "bank_account": "银行账号",
    "person_name": "姓名",
    "address": "地址",
}
DATA_LEVELS = ("L1", "L2", "L3", "L4")
CONFIDENCE = {"confirmed": "已核", "to_check": "待核"}
SEVERITIES = {"warn": "提示", "review": "转人工", "refuse": "拒绝"}  # from lenient to strict
CHECK_RULES = {
    "id_number_matches_birth": "号码与出生日期一致",
    "id_number_matches_sex": "号码与性别一致",
    "id_number_is_male": "号码为男性",
    "id_number_is_female": "号码为女性",
    "not_future": "不晚于当日",
    "not_before": "不早于另一日期",
    "not_negative": "不为负数",
    "not_same": "两者不得相同",
}
# GB/T 36344-2018 has 可访问性 as its sixth; of what arrives the plans ask 唯一性 instead.
QUALITY_DIMENSIONS = ("规范性", "完整性", "准确性", "一致性", "时效性", "唯一性")
ALL_FIELDS = "*"
# What a quality rule may ask, besides every rule of CHECK_RULES.
QUALITY_RULES = CHECK_RULES | {
    "valid_format": "符合数据元规定",
    "row_shape": "列数与表头一致",
    "present": "已填写",
    "no_filler": "不是占位数字",
    "within": "在合理范围内",
    "within_days": "自发生起按时报送",
    "arrives_within": "按周期报送",
    "unique": "不重复",
    "agrees_with_register": "与基础库一致",
    "known_to_register": "基础库中有此人",
}
# Its arguments, and which of two values asks more.
QUALITY_ARGUMENTS: dict[str, dict[str, str]] = {
    "within": {"min": "higher", "max": "lower"},
    "within_days": {"days": "lower"},
    "arrives_within": {"days": "lower"},
}
QUALITY_WITHOUT_FIELDS = frozenset({"row_shape", "arrives_within"})
# How many columns each of these speaks of together; a rule not named here is asked of each of its columns.
QUALITY_JOINT_FIELDS = {
    "id_number_matches_birth": 2, "id_number_matches_sex": 2, "not_before": 2, "not_same": 2,
}  # fmt: skip
# 政务信息资源目录编制指南 (2017): by the sharing platform as tables, files or an interface, or by mail and media.
SHARE_METHODS = {
    "exchange": "数据交换",
    "interface": "接口查询",
    "file": "文件下载",
    "media": "离线介质",
}
NOT_SHARED, SHARED_ON_CONDITION, OPEN_ON_CONDITION = "3", "2", "2"  # codes of SHARE_TYPE and OPEN_TYPE
LIMIT_UNITS = {
    "WD": "个工作日",
    "CD": "日",
    "M": "个月",
    "Y": "年",
    "hour": "小时",
    "date": "每年固定日期",
}

SEARCH_KINDS = {
    "code_table": "代码表",
    "code": "代码",
    "element": "数据元",
    "data_set": "数据集",
    "parameter": "参数",
    "time_limit": "时限",
    "division": "行政区划",
    "term": "新旧用语",
}

DIVISION_DOMAIN = "division"


class Stage(StrEnum):
    """Where an edition stands in its life (标准生命周期阶段)."""

    PROPOSED = "proposed"
    DRAFTED = "drafted"
    REVIEWED = "reviewed"
    APPROVED = "approved"
    PUBLISHED = "published"
    MAINTAINED = "maintained"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        """The stage as officials say it (中文名)."""
        return STAGE_LABELS[self]


STAGE_LABELS = {
    Stage.PROPOSED: "提出",
    Stage.DRAFTED: "起草",
    Stage.REVIEWED: "审查",
    Stage.APPROVED: "批准",
    Stage.PUBLISHED: "发布",
    Stage.MAINTAINED: "维护",
    Stage.WITHDRAWN: "废止",
}

# What may follow what. A draft may be mended, and sent back from review or approval; nothing follows
# withdrawal.
NEXT_STAGES: dict[Stage | None, frozenset[Stage]] = {
    None: frozenset({Stage.PROPOSED, Stage.DRAFTED}),
    Stage.PROPOSED: frozenset({Stage.DRAFTED, Stage.WITHDRAWN}),
    Stage.DRAFTED: frozenset({Stage.DRAFTED, Stage.REVIEWED, Stage.WITHDRAWN}),
    Stage.REVIEWED: frozenset({Stage.DRAFTED, Stage.APPROVED, Stage.WITHDRAWN}),
    Stage.APPROVED: frozenset({Stage.DRAFTED, Stage.PUBLISHED, Stage.WITHDRAWN}),
    Stage.PUBLISHED: frozenset({Stage.MAINTAINED, Stage.WITHDRAWN}),
    Stage.MAINTAINED: frozenset({Stage.MAINTAINED, Stage.WITHDRAWN}),
    Stage.WITHDRAWN: frozenset(),
}
