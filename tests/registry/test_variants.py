"""Names folded column-wise are what the kernel folds one by one."""

import pyarrow as pa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from minzheng.kernel.names import DOTS, fold
from minzheng.registry.variants import fold_column, variants

HAN = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF)
ODD = st.sampled_from(
    [*map(chr, variants()), *DOTS, "　", " ", "\t", "\n", "Ａ", "ａ", "１", "a", "Z", "?", "＊", "\ufe00", "\U000e0100",
     "㐀", "\U00020bb7", "\U0003134a", "﨑", "\u200b", "😀"]
)  # fmt: skip
NAMES = (
    st.none()
    | st.text(st.one_of(HAN, HAN, ODD), max_size=8)
    | st.text(max_size=6).filter(lambda t: "\0" not in t)
)


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(NAMES, max_size=20))
@example([])
@example([None])
@example(["", None, ""])
@example(["王晓", "王 晓", "王　晓", "王晓"])
def test_a_column_is_folded_as_its_names_are(names):
    folded = fold_column(pa.array(names, pa.string())).to_pylist()
    table = variants()
    assert folded == [None if name is None else fold(name, table) for name in names]


def test_every_variant_of_the_pack_is_folded():
    table = variants()
    assert len(table) > 3000
    column = pa.array([f"王{chr(point)}" for point in table], pa.string())
    assert fold_column(column).to_pylist() == [f"王{standard}" for standard in table.values()]


def test_another_pack_has_its_own_variants(settings, tmp_path):
    name = pa.array(["王" + chr(next(iter(variants())))], pa.string())
    assert fold_column(name) != name
    own = settings.PACKS_DIR
    settings.PACKS_DIR = tmp_path
    assert fold_column(name) == name
    settings.PACKS_DIR = own
    assert fold_column(name) != name
