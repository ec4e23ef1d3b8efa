"""The words of parcels (报文用语): states, limits, and what a receipt says of a row."""

from datetime import timedelta

from django.db.models import TextChoices

FORMAT = "minzheng-parcel/1"
SUFFIX = ".parcel"
ANSWER_WITHIN = timedelta(days=7)
CLOCKS_APART = timedelta(days=1)  # a sender's clock may be so far ahead of ours
LONGEST_FILE = 2 * 2**30
MOST_TOLD = 10_000  # refused rows a receipt names one by one
SHORTEST_PURPOSE = 2

# Said by rule and never with the value: a receipt holds no personal data. A rule not named here is shown by its code.
RULES = {
    "required": "必填项为空",
    "id_number": "公民身份号码不合规则",
    "uscc": "统一社会信用代码不合规则",
    "phone": "联系电话格式不对",
    "bank_account": "银行账号格式不对",
    "person_name": "姓名不合规则",
    "length": "内容过长",
    "formula": "以公式符号开头",
    "code": "不在代码表中",
    "division": "不是区划代码或名称",
    "date": "日期不合规则",
    "month": "年月不合规则",
    "amount": "金额不合规则",
    "unique": "业务键重复且内容不一致",
    "columns": "列数与表头不符",
    "identity": "人员身份经核不符",
    "id_number_matches_birth": "号码与出生日期不一致",
    "id_number_matches_sex": "号码与性别不一致",
    "not_future": "日期晚于今天",
    "not_same": "双方号码相同",
}


class Direction(TextChoices):
    """Which way a parcel goes (方向)."""

    SENT = "sent", "发出"
    RECEIVED = "received", "收到"


class State(TextChoices):
    """How far a parcel has come (状态). The first four are of those sent."""

    MAKING = "making", "制作中"
    MADE = "made", "待回执"
    ANSWERED = "answered", "已回执"
    FAILED = "failed", "制作失败"
    TAKING = "taking", "接收中"
    TAKEN = "taken", "已入库"
    KEPT = "kept", "已留存"
    REFUSED = "refused", "已拒收"
