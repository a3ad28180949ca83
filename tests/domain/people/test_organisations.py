"""External organisations: listed once, with agreements that end, blocked with a reason."""

from datetime import datetime, timedelta

import pytest

from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.people.models import Organisation
from apps.people.organisations import (
    add_organisation,
    agreement_in_force,
    block_organisation,
    find_organisation,
    is_blocked,
    lift_block,
    organisations,
    record_agreement,
)
from tests import people
from tests.domain.people.applicants import company
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def test_an_organisation_is_listed_once_and_found_by_name_or_code(now: datetime) -> None:
    listed = company(now)
    for name, code in (("青峰材料公司", ""), (" GREEN peak", ""), ("anything", "91a"), ("", " 91A ")):
        assert find_organisation(name, code) == listed
    assert find_organisation("青峰", "") is None
    assert find_organisation("", "") is None
    for name, code in (("青峰材料公司", "other"), ("另一家", "91A")):
        with refused(WrongState, "people.organisation_taken"):
            add_organisation(name_zh=name, name_en="", kind="enterprise", code=code, by=None, now=now)
    add_organisation(name_zh="甲", name_en="", kind="academic", code="", by=None, now=now)
    add_organisation(name_zh="乙", name_en="", kind="academic", code="", by=None, now=now)
    assert [found.name_zh for found in organisations("甲", now)] == ["甲"]


def test_two_of_one_english_name_are_not_guessed(now: datetime) -> None:
    for name in ("甲", "乙"):
        add_organisation(name_zh=name, name_en="Twin", kind="academic", code="", by=None, now=now)
    assert find_organisation("twin") is None


def test_the_agreement_that_lasts_longest_holds(now: datetime) -> None:
    listed = company(now, days=10)
    later = record_agreement(
        organisation=listed, number="HT-2", valid_from=now, valid_until=now + 99 * DAY, by=None, now=now
    )
    assert agreement_in_force(listed, now) == later
    assert agreement_in_force(listed, now + 99 * DAY) is None
    with refused(WrongState, "people.agreement_taken"):
        record_agreement(
            organisation=listed, number=" HT-2 ", valid_from=now, valid_until=now + DAY, by=None, now=now
        )


def test_a_block_is_set_and_lifted_once_with_a_reason(now: datetime) -> None:
    listed = company(now)
    with refused(Invalid, "core.reason_required"):
        block_organisation(organisation=listed, reason=" ", by=None, now=now)
    block_organisation(organisation=listed, reason="欠费", by=None, now=now)
    with refused(WrongState, "people.organisation_blocked"):
        block_organisation(organisation=listed, reason="again", by=None, now=now)
    assert [vars(row)["blocked"] for row in organisations("", now)] == [True]
    lift_block(organisation=listed, reason="已缴", by=None, now=now + DAY)
    assert is_blocked(listed, now)
    assert not is_blocked(listed, now + DAY)
    with refused(WrongState, "people.organisation_not_blocked"):
        lift_block(organisation=listed, reason="again", by=None, now=now + DAY)


def test_organisations_are_the_offices(now: datetime) -> None:
    they = people.gather(now)
    listed = company(now)
    for who in (they.teng, they.finance, they.charlie):
        with refused(NotPermitted, "people.office_only"):
            add_organisation(name_zh="丙", name_en="", kind="academic", code="", by=who, now=now)
        with refused(NotPermitted, "people.office_only"):
            record_agreement(
                organisation=listed, number="X", valid_from=now, valid_until=now + DAY, by=who, now=now
            )
        with refused(NotPermitted, "people.office_only"):
            block_organisation(organisation=listed, reason="x", by=who, now=now)
        with refused(NotPermitted, "people.office_only"):
            lift_block(organisation=listed, reason="x", by=who, now=now)
    for kwargs, code in (
        ({"name_zh": " ", "kind": "academic"}, "people.organisation_name"),
        ({"name_zh": "丁", "kind": "club"}, "people.organisation_kind"),
    ):
        with refused(Invalid, code):
            add_organisation(**kwargs, name_en="", code="", by=they.office, now=now)
    with refused(Invalid, "people.agreement_number"):
        record_agreement(
            organisation=listed, number=" ", valid_from=now, valid_until=now + DAY, by=None, now=now
        )
    assert Organisation.objects.count() == 1
