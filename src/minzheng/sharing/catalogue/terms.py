"""The words of the catalogue (资源目录用语): states, methods, kinds of documents."""

from enum import StrEnum

CATEGORY_TABLE = "RESOURCE_CATEGORY"
BUSINESS_TABLE = "BUSINESS_DOMAIN"
# Parameters of the packs: the 类项目 digits of a division's resources, of one data set's, and who provides.
CATEGORY_PARAMETER = "catalogue.category"
PROVIDER_CODE_PARAMETER = "catalogue.provider_code"
DEMAND_STEP = "供需对接.需求答复"

# Plan A 四(一)2(4): the four methods; each with the ways of handing over in the standard that make it up.
DIRECTORY = "directory"
METHODS = {
    "realtime": "实时交换",
    "message": "电子报文",
    DIRECTORY: "目录服务",
    "interface": "应用接口",
}
METHODS_OF_STANDARD = {
    "exchange": "realtime", "interface": "interface", "file": "message", "media": "message",
}  # fmt: skip

UNCONDITIONAL, CONDITIONAL, NOT_SHARED = "1", "2", "3"  # codes of SHARE_TYPE


class EditionState(StrEnum):
    """Where an edition of the catalogue stands (目录版次状态)."""

    DRAFT = "draft"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"


EDITION_LABELS = {
    EditionState.DRAFT: "待发布",
    EditionState.PUBLISHED: "现行",
    EditionState.SUPERSEDED: "已被取代",
}


class ChangeKind(StrEnum):
    """What became of an entry between two looks (变更类别)."""

    NEW = "new"
    CHANGED = "changed"
    WITHDRAWN = "withdrawn"
    RETURNED = "returned"


CHANGE_LABELS = {
    ChangeKind.NEW: "新增",
    ChangeKind.CHANGED: "变更",
    ChangeKind.WITHDRAWN: "撤下",
    ChangeKind.RETURNED: "恢复",
}


class DocumentKind(StrEnum):
    """What travels between the levels (级联文书): 目录级联, 资源级联, 供需对接."""

    CATALOGUE = "catalogue"
    RESOURCES = "resources"
    DEMANDS = "demands"


class SourceKind(StrEnum):
    """Where a received catalogue comes from (目录来源类型)."""

    MEMBER = "member"
    PORTAL = "portal"


SOURCE_LABELS = {SourceKind.MEMBER: "交换成员", SourceKind.PORTAL: "外部门户"}


class DemandState(StrEnum):
    """Where a demand stands (需求状态)."""

    OPEN = "open"
    FORWARDED = "forwarded"
    PROVIDED = "provided"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


DEMAND_LABELS = {
    DemandState.OPEN: "待答复",
    DemandState.FORWARDED: "已转上级",
    DemandState.PROVIDED: "已提供",
    DemandState.REFUSED: "不予提供",
    DemandState.WITHDRAWN: "已撤回",
}
UNDER_WAY = (DemandState.OPEN, DemandState.FORWARDED)
ANSWERED = (DemandState.PROVIDED, DemandState.REFUSED)

# The columns of an entry's content, in the order of 政务信息资源目录编制指南 (2017) 7, with what the plans add.
CONTENT_LABELS = {
    "code": "信息资源代码",
    "name": "信息资源名称",
    "provider": "信息资源提供方",
    "provider_code": "提供方代码",
    "summary": "信息资源摘要",
    "format": "信息资源格式",
    "items": "信息项",
    "share_type": "共享类型",
    "share_condition": "共享条件",
    "share_basis": "共享依据",
    "methods": "共享方式",
    "open_type": "开放类型",
    "open_condition": "开放条件",
    "cycle": "更新周期",
    "issued_on": "发布日期",
    "related": "关联资源代码",
    "business": "业务域",
    "data_level": "数据级别",
    "legal_basis": "采集依据",
    "platform_code": "共享平台代码",
    "confidence": "核实情况",
}


class CatalogueError(ValueError):
    """What can't be done with the catalogue, said in Chinese (目录办理失败)."""


class DocumentError(CatalogueError):
    """A document that can't be taken; the message says why (级联文书无效)."""
