"""What stands on a page in place of personal data (脱敏).

Every rule hides more, never less, when it does not recognise what it is given.
"""

import re
from datetime import date
from typing import Final

from minzheng.kernel.names import COMPOUND_SURNAMES, DOT, surname

_STARS: Final = "***"
_HAN: Final = r"[\u3400-\u9fff\U00020000-\U000323af]"
# A part of an address ends at the first word of its level and may not run across a place of another kind;
# the first character is free, because 路桥区 and 镇海区 begin with such words.
_STOP: Final = r"(?!街道|小区|社区|[村路巷弄号幢])"


def _part(ending: str) -> str:
    return rf"(?!小区|社区){_HAN}(?:{_STOP}{_HAN}){{0,9}}?(?:{ending})"


_PUBLIC_PART: Final = re.compile(
    rf"(?:{_part('省|自治区')})?"
    rf"(?:{_part('市|自治州|地区|盟')})?"
    rf"(?:{_part('区|县|市|旗')})?"
    rf"(?:{_part('街道|镇(?!镇)|乡')})?"
)
_VILLAGE: Final = re.compile(
    rf"(?:{_STOP}{_HAN}){{1,8}}?(?:(?<!新)村|社区)(?:(?:村民|居民)?委员会|[村居]?委会)?(?![路街巷弄口道小])"
)
_MOBILE: Final = re.compile(r"(?:\+?86)?(1[0-9]{10})")
_WITHIN: Final = re.compile(r"(?<!\d)(?:\d{17}[XxＸｘ]|\d{15,16}|\d{18,19}|[1１]\d{10})(?!\d)")
_LANDLINE: Final = re.compile(r"(0(?:10|2[0-9]|[3-9][0-9]{2}))-?([0-9]{7,8})(?:-[0-9]{1,6})?")


def mask_name(name: str, *, public: bool = False) -> str:
    """张三 as 张*, 欧阳锋 as 欧*锋, 欧阳明日 as 欧阳**; for a public notice only the surname (姓名脱敏)."""
    if len(name) <= 1:
        return "*" * len(name)
    if public and DOT not in name:
        kept = surname(name)
        return kept + "*" * (len(name) - len(kept))
    if len(name) == 2:
        return name[0] + "*"
    if len(name) > 3 and name[:2] in COMPOUND_SURNAMES:
        return name[:2] + "*" * (len(name) - 2)
    inner = "".join(DOT if character == DOT else "*" for character in name[1:-1])
    if "*" not in inner:
        inner = "*" * len(inner)
    return name[0] + inner + ("*" if public else name[-1])


def mask_id_number(number: str, *, public: bool = False) -> str:
    """First six and last four; for a public notice first three and last two (公民身份号码脱敏)."""
    head, tail = (3, 2) if public else (6, 4)
    return _keep(number, head, tail, shortest=15)


def mask_phone(number: str) -> str:
    """138****5678, 0571-****5678 (电话号码脱敏)."""
    written = re.sub(r"[ ()]", "", number)
    if found := _MOBILE.fullmatch(written):
        return _keep(found[1], 3, 4, shortest=11)
    if found := _LANDLINE.fullmatch(written):
        return f"{found[1]}-{_keep(found[2], 0, 4, shortest=7)}"
    return _keep(number, 0, 4, shortest=7) if written.isdigit() else "*" * len(number)


def mask_bank_account(account: str) -> str:
    """First four and last four in groups: 6217 **** 3456 (银行账号脱敏)."""
    written = re.sub(r"[ -]", "", account)
    if len(written) < 12:
        return "*" * len(written)
    return f"{written[:4]} **** {written[-4:]}"


def mask_address(address: str) -> str:
    """Down to the township or village, the rest as *** (地址脱敏): 杭州市西湖区北山街道***."""
    found = _PUBLIC_PART.match(address)
    end = found.end() if found else 0
    if end and (village := _VILLAGE.match(address, end)):
        end = village.end()
    return address if end == len(address) else address[:end] + _STARS


def mask_birth(born: date) -> str:
    """The year only: 1955年 (出生日期脱敏)."""
    return f"{born.year}年"


def mask_certificate(number: str) -> str:
    """First four and last two of a certificate of disability or military service (证件号脱敏)."""
    return _keep(number, 4, 2, shortest=10)


def mask_email(address: str) -> str:
    """First character and the domain (邮箱脱敏)."""
    local, at, domain = address.partition("@")
    return f"{local[0]}{_STARS}@{domain}" if at and local else "*" * len(address)


def mask_within(text: str) -> str:
    """Numbers of persons, accounts and mobile phones inside a file name or title, the rest as it is (文中号码脱敏)."""
    return _WITHIN.sub(lambda found: _mask_number(found[0]), text)


def _mask_number(number: str) -> str:
    if len(number) == 11:
        return mask_phone(number)
    return mask_id_number(number) if len(number) in (15, 18) else _keep(number, 4, 4, shortest=12)


def _keep(text: str, head: int, tail: int, *, shortest: int) -> str:
    """Head and tail with stars between; a text too short to hide enough is all stars."""
    if len(text) < shortest:
        return "*" * len(text)
    return text[:head] + "*" * (len(text) - head - tail) + text[len(text) - tail :]
