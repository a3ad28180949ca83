"""Where clauses meet the edges of their time: notices near the last day, breaches during a notice, renewals
after the end, years that no calendar has, money that moves after the instrument is back.
"""

from datetime import date, timedelta

import pytest

from apps.core.clock import end_of_school_day
from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.periods import in_force
from apps.fees.models import OwnerTerm
from apps.hosting.breaches import end_over, resume_after, suspend_for
from apps.hosting.content import checked
from apps.hosting.inventory import confirm_inventory, write_inventory
from apps.hosting.models import Agreement
from apps.hosting.negotiating import accept_terms, propose_terms, terms_of
from apps.hosting.running import ends_at, give_notice, renew, run_out
from apps.people.lifecycle import end_user
from apps.people.operations import grant_authorization, hand_over_group
from tests.factories.hosting import THINGS, House, breached, countersigned, fresh, running, staff, terms
from tests.factories.refusals import refused

DAY = timedelta(days=1)


def favours(agreement: Agreement, home: House) -> int:
    return OwnerTerm.objects.filter(in_force(home.now), source=agreement.source).count()


def last_day(agreement: Agreement) -> date:
    assert agreement.terms is not None
    return terms_of(agreement.terms).until


def test_a_notice_never_outlasts_the_agreement(home: House) -> None:
    agreement = running(home)
    over = end_of_school_day(last_day(agreement))
    notice = give_notice(agreement=agreement, by=home.owner, now=over - 10 * DAY, reason="moving")
    assert notice.ends_at == over
    assert ends_at(fresh(agreement)) == over


def test_what_is_over_is_neither_given_up_nor_renewed(home: House) -> None:
    agreement = running(home)
    over = end_of_school_day(last_day(agreement))
    run_out(agreement=agreement, now=over)
    with refused(WrongState, "hosting.over"):
        give_notice(agreement=agreement, by=home.owner, now=over, reason="moving")
    longer = terms(home.now, until=last_day(agreement) + 900 * DAY)
    made = propose_terms(agreement=agreement, terms=longer, by=home.hana, now=over, base=1)
    accept_terms(agreement=agreement, number=2, by=home.owner, now=over)
    with refused(WrongState, "hosting.over"):
        renew(agreement=agreement, version=made, by=home.they.office, now=over)


def test_a_notice_is_no_way_around_a_suspension(home: House) -> None:
    agreement = running(home)
    breach = breached(home, agreement)
    give_notice(agreement=agreement, by=home.owner, now=home.now, reason="moving")
    assert favours(agreement, home) == 1
    suspend_for(breach=breach, by=home.they.office, now=home.now, note="not mended")
    assert (fresh(agreement).state, favours(agreement, home)) == ("leaving", 0)
    resume_after(breach=breach, by=home.they.office, now=home.now)
    assert (fresh(agreement).state, favours(agreement, home)) == ("leaving", 1)


def test_who_leaves_while_suspended_has_the_breach_settled_either_way(home: House) -> None:
    agreement = running(home)
    breach = breached(home, agreement)
    suspend_for(breach=breach, by=home.they.office, now=home.now, note="not mended")
    give_notice(agreement=agreement, by=home.owner, now=home.now, reason="moving")
    assert favours(agreement, home) == 0
    end_over(breach=breach, by=home.they.office, now=home.now, note="enough")
    breach.refresh_from_db()
    assert (breach.state, fresh(agreement).state) == ("ended", "leaving")


def test_nobody_signs_for_two_sides_in_a_renewal_either(home: House) -> None:
    agreement = running(home)
    grant_authorization(user=home.hana, kind="manage", scope="school", grantor=home.they.office, now=home.now)
    made = propose_terms(
        agreement=agreement, terms=terms(home.now, exit_days=90), by=home.hana, now=home.now, base=1
    )
    accept_terms(agreement=agreement, number=2, by=home.owner, now=home.now)
    with refused(NotPermitted, "hosting.other_side"):
        renew(agreement=agreement, version=made, by=home.hana, now=home.now)
    assert fresh(agreement).terms_id != made.pk


def test_terms_are_renewed_once(home: House) -> None:
    agreement = running(home)
    assert agreement.terms is not None
    with refused(WrongState, "hosting.same_terms"):
        renew(agreement=agreement, version=agreement.terms, by=home.they.office, now=home.now)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"since": date(1, 1, 1)}, "since"),
        ({"until": date(9999, 12, 31)}, "until"),
    ],
)
def test_a_year_of_no_calendar_is_refused_at_its_field(
    home: House, changes: dict[str, date], field: str
) -> None:
    with refused(Invalid, "hosting.period") as met:
        checked(terms(home.now, **changes))
    assert met.field == field


def test_an_inventory_is_confirmed_though_whoever_wrote_it_has_left(home: House) -> None:
    agreement = countersigned(home)
    write_inventory(agreement=agreement, way="in", things=THINGS, by=home.hana, now=home.now)
    end_user(user=home.hana, reason="gone", by=home.they.office, now=home.now)
    done = confirm_inventory(agreement=agreement, way="in", by=home.owner, now=home.now)
    assert done.confirmed_by == home.owner


def test_the_next_head_of_a_group_does_not_confirm_what_the_last_one_wrote(home: House) -> None:
    """Whose side wrote it is kept: it does not follow from who leads the group today."""
    agreement = countersigned(home)
    write_inventory(agreement=agreement, way="in", things=THINGS, by=home.owner, now=home.now)
    heir = staff("heir", "任老师", home.now)
    hand_over_group(group=agreement.group, pi=heir, reason="retired", by=home.they.office, now=home.now)
    agreement.refresh_from_db()
    with refused(NotPermitted, "hosting.own_inventory"):
        confirm_inventory(agreement=agreement, way="in", by=heir, now=home.now)
    done = confirm_inventory(agreement=agreement, way="in", by=home.hana, now=home.now)
    assert done.confirmed_by == home.hana
