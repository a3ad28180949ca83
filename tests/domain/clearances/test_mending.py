"""A refusal leads to the page where it can be mended, and nowhere when there is none."""

import pytest
from django.urls import reverse

from apps.clearances import mending
from rules.points.access_unlock import DEFAULT
from tests.domain.clearances.world import World

ELSEWHERE = (
    "user.suspended",
    "card.blocked",
    "night.endorsement",
    "fee.none",
)


def test_a_condition_leads_to_the_page_that_mends_it(world: World) -> None:
    here = reverse("instrument_detail", args=(world.sem.asset_no,))
    assert mending.link("booking.none", world.sem) == f"{here}#book"
    assert mending.link("walkin.taken", world.sem) == f"{here}#book"
    assert mending.link("instrument.locked", world.sem) == here
    assert mending.link("incident.open", world.sem) == ""
    assert mending.link("fund.insufficient", world.sem) == reverse("usage_list")
    assert mending.link("arrears.overdue", world.sem) == reverse("usage_list")
    assert mending.link("node.in_use", world.sem) == reverse("wall")
    assert mending.link("safety.expired", world.sem) == reverse("training_mine") + "#safety"
    assert mending.link("training.none", world.sem) == reverse("course_list") + f"?q={world.sem.asset_no}"


@pytest.mark.parametrize("code", ELSEWHERE)
def test_a_condition_that_no_page_mends_has_no_button(code: str, world: World) -> None:
    assert mending.link(code, world.sem) == ""


def test_every_page_named_is_for_a_condition_that_exists() -> None:
    codes = {row.code for row in DEFAULT.rows}
    for known in mending.PAGES:
        assert any(code == known or code.startswith(f"{known}.") for code in codes)
