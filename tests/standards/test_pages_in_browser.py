"""The pages of the standards in a real browser: accessible, and a cascade that may miss a level."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.browser import axe_violations, log_in

from minzheng.standards import models, services

from .conftest import AT, NATION, PROVINCE

pytestmark = pytest.mark.browser
PLACES = [
    "", "search/?q=西湖", "tables/", "tables/EDU/",
    "tables/EDU/?version=1984", "elements/", "elements/sex_code/",
    "data-sets/", "data-sets/people/", "divisions/", "divisions/330104/?from=2020-01-01&to=2022-01-01",
    "divisions/changes/", "parameters/", "time-limits/?step=低保.审核&start=2025-09-25", "workdays/",
    "editions/", "files/",
]  # fmt: skip


@pytest.fixture
def standards(transactional_db: None, make_pack: Callable[..., Path]) -> None:
    """The small packs, committed."""
    for base in (NATION, PROVINCE):
        services.publish(make_pack(base), by="张三", at=AT, note="")


@pytest.fixture
def standards_officer(officer: Any) -> Any:
    """An official who changes standards and brings no data in."""
    officer.roles = ["standards_officer"]
    officer.save()
    return officer


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (390, 844)])
def test_every_page_meets_axe_and_fits_the_screen(
    open_page: Any, standards_officer: Any, width: int, height: int
) -> None:
    page = open_page(width, height)
    log_in(page)
    edition = models.Edition.objects.get(pack_id="province")
    faults = {}
    for place in [*PLACES, f"editions/{edition.pk}/"]:
        page.goto(f"/standards/{place}")
        faults[place] = axe_violations(page)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), place
    assert {place: found for place, found in faults.items() if found} == {}


def test_a_limit_is_counted_for_a_place_chosen_step_by_step(open_page: Any, standards_officer: Any) -> None:
    """龙港 has no townships: after the county the village is asked for."""
    page = open_page()
    log_in(page)
    page.goto("/standards/time-limits/")
    page.get_by_label("市级").select_option("温州市")
    page.get_by_label("县级").select_option("龙港市")
    page.get_by_label("村级").select_option("金钗河社区")
    assert page.get_by_label("乡级").count() == 0
    page.get_by_label("环节", exact=True).first.fill("低保.审核")
    page.get_by_label("起始事件之日").fill("2025-09-25")
    page.get_by_role("button", name="计算").click()
    result = page.locator("#due")
    assert "2025-10-22" in result.inner_text()
    assert "浙江省温州市龙港市金钗河社区" in result.inner_text()
