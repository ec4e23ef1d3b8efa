from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minzheng.kernel.masking import (
    mask_address,
    mask_bank_account,
    mask_birth,
    mask_certificate,
    mask_email,
    mask_id_number,
    mask_name,
    mask_phone,
    mask_within,
)


@pytest.mark.parametrize(
    ("name", "masked", "public"),
    [
        ("", "", ""),
        ("王", "*", "*"),
        ("张三", "张*", "张*"),
        ("王小明", "王*明", "王**"),
        ("欧阳锋", "欧*锋", "欧阳*"),
        ("欧阳明日", "欧阳**", "欧阳**"),
        ("买买提·吐尔逊", "买**·**逊", "买**·***"),
        ("阿·里", "阿*里", "阿**"),
    ],
)
def test_mask_name(name: str, masked: str, public: str) -> None:
    assert mask_name(name) == masked
    assert mask_name(name, public=True) == public


def test_mask_numbers() -> None:
    assert mask_id_number("330106199001011234") == "330106********1234"
    assert mask_id_number("330106199001011234", public=True) == "330*************34"
    assert mask_id_number("E12345678") == "*********"
    assert mask_bank_account("6217001234563456") == "6217 **** 3456"
    assert mask_bank_account("12345678") == "********"
    assert mask_certificate("33010619900101123X44") == "3301**************44"
    assert mask_email("zhangsan@example.cn") == "z***@example.cn"
    assert mask_email("zhangsan") == "********"
    assert mask_birth(date(1955, 3, 5)) == "1955年"


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("13812345678", "138****5678"),
        ("+86 138 1234 5678", "138****5678"),
        ("0571-87651234", "0571-****1234"),
        ("057187651234", "0571-****1234"),
        ("01087651234", "010-****1234"),
        ("0571-87651234-801", "0571-****1234"),
        ("87651234", "****1234"),
        ("110", "***"),
        ("138x1234567", "***********"),
    ],
)
def test_mask_phone(number: str, masked: str) -> None:
    assert mask_phone(number) == masked


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("杭州市西湖区北山街道曙光路12号", "杭州市西湖区北山街道***"),
        ("浙江省杭州市临安区昌化镇白牛村15号", "浙江省杭州市临安区昌化镇白牛村***"),
        ("浙江省嘉兴市桐乡市乌镇镇子夜路18号", "浙江省嘉兴市桐乡市乌镇镇***"),
        ("浙江省台州市路桥区路南街道方林村6号", "浙江省台州市路桥区路南街道方林村***"),
        ("宁波市镇海区招宝山街道车站路1号", "宁波市镇海区招宝山街道***"),
        ("浙江省义乌市稠城街道城西小区3幢", "浙江省义乌市稠城街道***"),
        ("浙江省温州市龙港市河底高社区12号", "浙江省温州市龙港市河底高社区***"),
        ("浙江省杭州市西湖区中村路3号", "浙江省杭州市西湖区***"),
        ("杭州市西湖区翠苑街道翠苑新村5幢", "杭州市西湖区翠苑街道***"),
        ("景宁畲族自治县鹤溪街道人民中路1号", "景宁畲族自治县鹤溪街道***"),
        ("杭州市西湖区", "杭州市西湖区"),
        ("翠苑新村5幢301室", "***"),
        ("文三路199号", "***"),
        ("", ""),
    ],
)
def test_mask_address(address: str, masked: str) -> None:
    assert mask_address(address) == masked


@given(st.text("杭州市西湖区北山街道镇乡村社区小路巷12号幢", max_size=30))
def test_no_house_number_survives(address: str) -> None:
    masked = mask_address(address)
    assert not any(character.isdigit() for character in masked)
    assert address.startswith(masked.removesuffix("***"))


@given(st.text(max_size=30))
def test_masks_never_show_the_whole(text: str) -> None:
    for mask in (mask_name, mask_id_number, mask_phone, mask_bank_account, mask_certificate, mask_email):
        masked = mask(text)
        assert not text or "*" in masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("330199199003074414身份证.jpg", "330199********4414身份证.jpg"),
        ("王晓33019919900307441X", "王晓330199********441X"),
        ("卡6217001234563456-6217001234567893456", "卡6217********3456-6217***********3456"),
        (
            "电话13800001234和３３０１９９１９９００３０７４４１４",
            "电话138****1234和３３０１９９********４４１４",
        ),
        ("IMG_20260305_123456.jpg", "IMG_20260305_123456.jpg"),
        ("mmexport1772678400000.jpg", "mmexport1772678400000.jpg"),
        ("婚姻登记J330106-2020-000001.pdf", "婚姻登记J330106-2020-000001.pdf"),
    ],
)
def test_numbers_inside_a_name_are_masked_and_the_rest_stays(text: str, masked: str) -> None:
    assert mask_within(text) == masked
