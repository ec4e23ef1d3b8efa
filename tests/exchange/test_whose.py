"""Whose a record is stands in its room's declaration (属地), and nowhere else."""

from dataclasses import replace

import pytest

from minzheng.exchange.declare import Basis, feeds, register

BY = {
    "persons": Basis.HUKOU, "marriages": Basis.REGISTRAR, "allowances": Basis.MANAGER, "cremations": Basis.HUKOU,
    "societies": Basis.REGISTRAR,
}  # fmt: skip


def test_every_data_set_says_by_what_its_records_belong() -> None:
    assert {key: feed.basis for key, feed in feeds().items()} == BY


def test_who_handled_a_cremation_carries_it_nowhere() -> None:
    assert feeds()["cremations"].goes_with == ("deceased",)
    assert feeds()["marriages"].goes_with == ("husband", "wife")


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"basis": None}, "said together"),
        ({"division": None}, "said together"),
        ({"goes_with": ("bride",)}, "bride"),
    ],
)
def test_a_declaration_that_does_not_say_it_is_refused(said: dict[str, object], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        register(replace(feeds()["marriages"], key="other", **said))  # type: ignore[arg-type]
