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
