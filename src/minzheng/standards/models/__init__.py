"""The tables of the standards (标准规范的表)."""

from minzheng.standards.models.catalogue import DataSet, DataSetCheck, DataSetField, Element, QualityRule
from minzheng.standards.models.codes import Code, CodeMapping, CodeTable, NameVariant, Term
from minzheng.standards.models.divisions import Division, DivisionArea, DivisionChange, MinistryTownship
from minzheng.standards.models.limits import Parameter, TimeLimit, Workday
from minzheng.standards.models.packs import Edition, Pack, StandardEvent
from minzheng.standards.models.searching import SearchEntry

__all__ = [
    "Code",
    "CodeMapping",
    "CodeTable",
    "DataSet",
    "DataSetCheck",
    "DataSetField",
    "Division",
    "DivisionArea",
    "DivisionChange",
    "Edition",
    "Element",
    "MinistryTownship",
    "NameVariant",
    "Pack",
    "Parameter",
    "QualityRule",
    "SearchEntry",
    "StandardEvent",
    "Term",
    "TimeLimit",
    "Workday",
]
