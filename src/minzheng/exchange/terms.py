"""The engine's words (术语): what a rule is called when a row is refused by it."""

from minzheng.standards.terms import CHECK_RULES

RULES = CHECK_RULES | {
    "required": "必填",
    "date": "日期格式",
    "month": "月份格式",
    "amount": "金额格式",
    "code": "代码表",
    "division": "区划",
    "id_number": "公民身份号码",
    "uscc": "统一社会信用代码",
    "phone": "电话格式",
    "bank_account": "银行账号格式",
    "person_name": "姓名",
    "length": "长度",
    "formula": "公式注入",
    "row_shape": "列数",
    "unique": "唯一性",
}
