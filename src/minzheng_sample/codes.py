"""Coded values as sources write them (代码写法): national codes, Chinese labels, or the 1984 education table.

A whole file uses one way. ``code`` and ``label`` follow GB/T 2261, 3304, 4658-2006, 4761; ``old`` is GB
4658-1984.
"""

SEX = {"code": {1: "1", 2: "2"}, "label": {1: "男", 2: "女"}}

ETHNIC = ["01", "22", "15", "06", "03", "12", "08", "09", "11", "07", "02", "13", "10", "05", "17", "25"]
ETHNIC_LABELS = [
    "汉族",
    "畲族",
    "土家族",
    "苗族",
    "回族",
    "侗族",
    "壮族",
    "布依族",
    "满族",
    "彝族",
    "蒙古族",
    "瑶族",
    "朝鲜族",
    "维吾尔族",
    "哈萨克族",
    "水族",
]
# [published] Han about 97.6 %, She the native minority; [assumed] the split of the rest, who came to work.
ETHNIC_SHARES = [97.6, 0.42, 0.45, 0.5, 0.1, 0.25, 0.18, 0.14, 0.06, 0.1, 0.04, 0.05, 0.02, 0.02, 0.005, 0.03]

MARITAL = ["10", "21", "22", "23", "30", "40"]
MARITAL_LABELS = ["未婚", "初婚", "再婚", "复婚", "丧偶", "离婚"]
UNMARRIED, FIRST, AGAIN, SAME_AGAIN, WIDOWED, DIVORCED = range(6)

# Index, GB/T 4658-2006 code and label, GB 4658-1984 code.
EDUCATION = ["10", "20", "30", "40", "60", "70", "80", "90"]
EDUCATION_LABELS = ["研究生", "大学本科", "大学专科", "中等职业教育", "普通高中", "初中", "小学", "其他"]
EDUCATION_1984 = ["10", "21", "31", "41", "61", "71", "81", "90"]

RELATIONS = {
    2: "户主",
    10: "配偶",
    20: "子",
    30: "女",
    51: "父亲",
    52: "母亲",
    53: "公公",
    54: "婆婆",
    55: "岳父",
    56: "岳母",
}
