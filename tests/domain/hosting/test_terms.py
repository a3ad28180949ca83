"""Terms: what is none is refused at its field, the shares with their sum; kept and read again they are the
same.
"""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from apps.bookings.priority import Hours
from apps.core.errors import Invalid
from apps.hosting.content import PARTIES, Band, checked, in_percent, read
from apps.hosting.words import clauses, differences
from tests.factories.hosting import terms
from tests.factories.refusals import refused

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def test_a_share_of_a_hundred_and_one_per_cent_is_refused_with_its_sum_at_the_field() -> None:
    with override("en"), refused(Invalid, "hosting.shares") as met:
        checked(terms(NOW, shares=(("owner", 210), ("host", 800))))
    assert met.field == "shares"
    assert met.details["total_permille"] == 1010
    assert "101 %" in str(met.message)


@given(st.dictionaries(st.sampled_from(PARTIES), st.integers(-50, 1100), max_size=5))
def test_shares_are_taken_only_when_they_make_the_whole(shares: dict[str, int]) -> None:
    said = terms(NOW, shares=tuple(shares.items()))
    if sum(shares.values()) == 1000 and min(shares.values(), default=0) >= 0:
        taken = checked(said)
        assert sum(permille for _party, permille in taken.shares) == 1000
        assert read(taken.as_json()) == taken
    else:
        with pytest.raises(Invalid) as met:
            checked(said)
        assert met.value.code == "hosting.shares"
        assert met.value.details["total_permille"] == sum(shares.values())


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"shares": (("dean", 1000),)}, "hosting.party", "shares"),
        ({"until": NOW.date() - timedelta(days=1)}, "hosting.period", "until"),
        ({"windows": (Hours("", 0, 60, 0),)}, "hosting.window", "windows"),
        ({"windows": (Hours("1", 600, 600, 0),)}, "hosting.window", "windows"),
        ({"windows": (Hours("8", 0, 60, 0),)}, "hosting.window", "windows"),
        ({"windows": (Hours("11", 0, 60, 0),)}, "hosting.window", "windows"),
        ({"windows": (Hours("1", 0, 1441, 0),)}, "hosting.window", "windows"),
        ({"owner_pays_permille": 1001}, "hosting.discount_form", "owner_pays"),
        ({"repairs": (Band(0, 0), Band(0, 500))}, "hosting.repair_form", "repairs"),
        ({"repairs": (Band(0, 1001),)}, "hosting.repair_form", "repairs"),
        ({"insurer": "none"}, "hosting.insurance_form", "insured"),
        ({"insurer": "god"}, "hosting.insurance_form", "insured"),
        ({"exit_days": -1}, "hosting.exit_form", "exit_days"),
        ({"consumables": "dean"}, "hosting.bearer", "consumables"),
        ({"place": " "}, "hosting.text", "place"),
        ({"remarks": "x" * 201}, "hosting.text", "remarks"),
    ],
)
def test_what_is_no_clause_is_refused_at_its_field(changes: dict[str, object], code: str, field: str) -> None:
    with refused(Invalid, code) as met:
        checked(terms(NOW, **changes))
    assert met.field == field


@pytest.mark.parametrize("wrong", [{}, {"since": "x"}, {"shares": 3}, {"windows": [{}]}])
def test_what_is_kept_wrongly_is_refused_and_never_breaks(wrong: dict[str, object]) -> None:
    with refused(Invalid, "hosting.terms_form"):
        read({**terms(NOW).as_json(), **wrong} if wrong else {})


def test_the_order_in_which_it_is_written_changes_nothing() -> None:
    one = checked(terms(NOW))
    other = checked(terms(NOW, shares=tuple(reversed(one.shares)), repairs=tuple(reversed(one.repairs))))
    assert one.digest == other.digest


def test_repairs_are_borne_by_the_band_of_their_cost() -> None:
    said = checked(terms(NOW, repairs=(Band(0, 0), Band(500_000, 500), Band(5_000_000, 900))))
    assert [said.owner_bears(fen) for fen in (0, 499_999, 500_000, 5_000_000, 9_000_000)] == [
        *(0, 0, 500, 900, 900)
    ]
    assert checked(terms(NOW, repairs=(Band(500, 100),))).owner_bears(499) == 0


def test_every_clause_is_said_in_both_languages_and_what_differs_is_marked() -> None:
    for language in ("zh-hans", "en"):
        with override(language):
            said = clauses(checked(terms(NOW)))
            assert len(said) == len({one.key for one in said}) == 12
            assert all(one.title and one.text for one in said)
    with override("en"):
        changed = differences(checked(terms(NOW)), checked(terms(NOW, owner_pays_permille=725, exit_days=90)))
    assert [one.key for one in changed if one.is_changed] == ["discount", "exit"]
    assert "72.5 %" in next(one.after for one in changed if one.key == "discount")


@pytest.mark.parametrize(("permille", "said"), [(0, "0"), (1000, "100"), (333, "33.3"), (-15, "-1.5")])
def test_per_cent_are_written_exactly(permille: int, said: str) -> None:
    assert in_percent(permille) == said
