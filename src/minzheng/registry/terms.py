"""The register's words (术语): attribute labels and the code tables their values come from."""

LABELS = {
    "name": "姓名",
    "id_number": "公民身份号码",
    "sex_code": "性别",
    "birth_date": "出生日期",
    "ethnic_code": "民族",
    "hukou_division_code": "户籍区划",
    "hukou_address": "户籍地址",
    "residence_address": "现居地址",
    "phone": "联系电话",
    "marital_status_code": "婚姻状况",
    "education_code": "文化程度",
    "relation_to_head_code": "与户主关系",
    "household_key": "户",
    "death_date": "死亡日期",
}
CODED = {
    "sex_code": "GBT2261.1",
    "ethnic_code": "GBT3304",
    "marital_status_code": "GBT2261.2",
    "education_code": "GBT4658",
    "relation_to_head_code": "GBT4761",
}
