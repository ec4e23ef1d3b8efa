"""The words of looking up (查询用语)."""

from django.db.models import TextChoices


class Kind(TextChoices):
    """What is looked for (查询对象)."""

    PERSONS = "persons", "人员"
    ORGANISATIONS = "organisations", "机构"
    PLACES = "places", "地点"


class State(TextChoices):
    """States a person can be chosen by (人员状态)."""

    ALIVE = "alive", "在世"
    DECEASED = "deceased", "已故"
    UNNUMBERED = "unnumbered", "无公民身份号码"


class Typed(TextChoices):
    """What was typed (所输内容)."""

    ID_NUMBER = "id_number", "公民身份号码"
    PHONE = "phone", "联系电话"
    CERTIFICATE = "certificate", "证件字号"
    USCC = "uscc", "统一社会信用代码"
    DIVISION = "division", "区划代码"
    NAME = "name", "姓名或名称"
    PINYIN = "pinyin", "拼音或拼音首字母"
    SHORT = "short", "内容过短"


# What each may mean: an identifier is looked for exactly, in clear it is kept nowhere.
LEADS_TO: dict[str, tuple[Kind, ...]] = {
    Typed.ID_NUMBER: (Kind.PERSONS,),
    Typed.PHONE: (Kind.PERSONS,),
    Typed.CERTIFICATE: (Kind.PERSONS, Kind.ORGANISATIONS),
    Typed.USCC: (Kind.ORGANISATIONS,),
    Typed.DIVISION: (Kind.PLACES,),
    Typed.NAME: (Kind.PERSONS, Kind.ORGANISATIONS, Kind.PLACES),
    Typed.PINYIN: (Kind.PERSONS, Kind.ORGANISATIONS),
    Typed.SHORT: (),
}
EXACT = frozenset({Typed.ID_NUMBER, Typed.PHONE, Typed.CERTIFICATE, Typed.USCC, Typed.DIVISION})
