"""Small packs in folders of the test's own: a nation, a province below it, and a test's changes."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.browser import chromium, officer, open_page

AT = datetime(2026, 3, 1, 1, tzinfo=UTC)

NATION = {
    "pack.csv": "key,value\nid,nation\nname,测试部标准包\nlevel,部\nversion,1\n",
    "code_tables.csv": (
        "table_id,name,standard_no,version,effective_from,effective_to,status,provenance,source,supersedes,note\n"
        "EDU,学历代码,GB 1,1984,1984-10-01,2006-10-01,,国标,,,\n"
        "EDU,学历代码,GB 1,2006,2006-10-01,,,国标,,1984,\n"
        "SEX,性别代码,GB 2,2003,2003-12-01,,,国标,,,\n"
    ),
    "codes/EDU@1984.csv": (
        "code,name,parent,aliases,note,effective_from,effective_to\n"
        "10,研究生,,,,,\n38,相当大专,,,,,\n50,技工学校,,技校,,,\n"
    ),
    "codes/EDU@2006.csv": (
        "code,name,parent,aliases,note,effective_from,effective_to\n"
        "10,研究生教育,,研究生;硕士,,,\n11,博士毕业,10,,,,\n30,专科教育,,大专;专 科,,,\n"
        "40,中等职业教育,,,,,\n"
    ),
    "code_mappings/EDU@1984__2006.csv": "from_code,to_code,note\n10,10,\n38,30,\n50,40,\n",
    "codes/SEX@2003.csv": (
        "code,name,parent,aliases,note,effective_from,effective_to\n1,男性,,男,,,\n2,女性,,女,,,\n9,未说明,,,,,\n"
    ),
    "elements.csv": (
        "id,key,name,name_en,definition,object_class,property,representation,data_type,format,value_domain,rule,"
        "unit,sensitive,data_level,owner_level,status,version\n"
        "ZJ001B,person_name,姓名,Name,,人员,姓名,名称,C,a..50,,person_name,,0,L3,部,,1\n"
        "ZJ002B,id_number,公民身份号码,Number,,人员,号码,号码,C,an18,,id_number,,1,L3,部,,1\n"
        "ZJ003B,sex_code,性别,Sex,,人员,性别,代码,C,n1,SEX,,,0,L2,部,,1\n"
        "ZJ004B,score,得分,Score,,人员,得分,数值,N,n..5,0..100,,分,0,L1,部,,1\n"
    ),
    "data_sets.csv": (
        "key,name,business_code,subject,authoritative_source,share_type,open_type,data_level,update_cycle,"
        "legal_basis,share_condition,status,version\n"
        "people,人口底册,26,person,公安,2,3,L3,3,,经提供单位同意,,1\n"
    ),
    "data_set_fields.csv": (
        "data_set,position,heading,element,role,required,is_key,aliases\n"
        "people,1,姓名,person_name,person,1,0,名字\npeople,2,公民身份号码,id_number,person,0,1,身份证号\n"
        "people,3,性别,sex_code,person,0,0,\n"
    ),
    "data_set_checks.csv": (
        "data_set,check_id,fields,rule,severity,message\n"
        "people,p.1,公民身份号码;性别,id_number_matches_sex,review,性别与号码不一致\n"
    ),
    "parameters.csv": (
        "key,name,value,unit,division_code,effective_from,effective_to,legal_basis,confidence,note\n"
        "allowance.fen,标准,50000,分/月,,2020-01-01,,某办法,to_check,\n"
    ),
    "time_limits.csv": (
        "step,length,unit,starts_at,direction,division_code,effective_from,effective_to,legal_basis,confidence,note\n"
        "低保.审核,15,WD,受理,after,,2014-11-01,,某条例第11条,confirmed,\n"
        "低保.公示,7,CD,张贴,after,,2014-11-01,,某条例第11条,confirmed,\n"
        "募捐.备案,10,CD,活动开始,before,,2016-09-01,,某法,confirmed,\n"
        "年检.报送,03-31,date,每年,after,,,,某条例,to_check,\n"
        "灾情.初报,2,hour,发生,after,,,,制度,to_check,\n"
    ),
}
PROVINCE = {
    "pack.csv": (
        "key,value\nid,province\nname,测试省标准包\nlevel,省\ndivision_code,330000\nversion,1\n"
        "parent,nation\n"
    ),
    "divisions/divisions.csv": (
        "code,name,level,parent_code,kind,effective_from,effective_to,source\n"
        "330000,浙江省,province,,省,,,\n330100,杭州市,city,330000,副省级市,,,\n330300,温州市,city,330000,地级市,,,\n"
        "330102,上城区,county,330100,市辖区,,,\n330104,江干区,county,330100,市辖区,,2021-04-09,\n"
        "330106,西湖区,county,330100,市辖区,,,\n330106002,北山街道,township,330106,街道,,,\n"
        "330106002051,上保社区居委会,village,330106002,居委会,,,\n"
        "330109,萧山区,county,330100,市辖区,,,\n330114,钱塘区,county,330100,市辖区,2021-04-09,,\n"
        "330185,临安市,county,330100,县级市,,2017-07-18,\n330112,临安区,county,330100,市辖区,2017-07-18,,\n"
        "330112001,锦城街道,township,330112,街道,,,\n"
        "330383,龙港市,county,330300,县级市,,,\n330383198,龙港市直辖,township,330383,虚拟(市直辖村级),,,\n"
        "330383198001,金钗河社区,village,330383198,居委会,,,\n"
    ),
    "divisions/changes.csv": (
        "changed_on,kind,from_code,from_name,to_code,to_name,share,legal_basis,source\n"
        "2017-07-18,撤市设区,330185,临安市,330112,临安区,全部,,\n"
        "2021-04-09,撤销并入,330104,江干区,330102,上城区,其余,,\n"
        "2021-04-09,范围扩大,330102,上城区,330102,上城区,全部,,\n"
        "2021-04-09,划归,330104,江干区,330114,钱塘区,下沙街道、白杨街道,,\n"
        "2021-04-09,划归,330109,萧山区,330114,钱塘区,河庄街道,,\n"
        "2021-04-09,范围缩小,330109,萧山区,330109,萧山区,其余,,\n"
    ),
}

__all__ = ["chromium", "officer", "open_page"]

MakePack = Callable[..., Path]


@pytest.fixture
def make_pack(tmp_path: Path) -> MakePack:
    """Write a pack's folder: ``base`` with some files replaced; a file given as None is left out."""
    made = 0

    def make(base: dict[str, str], files: dict[str, str | None] | None = None) -> Path:
        nonlocal made
        made += 1
        folder = tmp_path / f"pack-{made}"
        for path, text in (base | (files or {})).items():
            if text is not None:
                target = folder / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text, encoding="utf-8")
        return folder

    return make


@pytest.fixture
def published(db: None, make_pack: MakePack, settings) -> None:
    """Nation and province, published; whatever the run published before is put aside."""
    from minzheng.standards import models, services

    settings.NODE_DIVISION_CODE = "330000"
    models.Pack.objects.update(published=None)
    models.SearchEntry.objects.all().delete()
    services.publish(make_pack(NATION), by="张三", at=AT, note="")
    services.publish(make_pack(PROVINCE), by="张三", at=AT, note="")
