"""The paper of a certificate: made once, in both languages, saying what the certificate says; and what the
public check page tells of it when the certificate ends, whichever way.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from pytest_django import DjangoAssertNumQueries, Settings

from apps.core.errors import NotPermitted, WrongState
from apps.instruments.operations import appoint_crew
from apps.notices.models import Profile
from apps.people.lifecycle import end_user, reinstate_user, suspend_user
from apps.people.operations import grant_authorization
from apps.training.certifying import downgrade_certificate
from apps.training.lapsing import lapse_certificates
from apps.training.models import Certificate
from apps.training.operations import (
    issue_certificate,
    reinstate_certificate,
    suspend_certificate,
    withdraw_certificate,
)
from apps.training.papers import certificate_paper, sheet_of, with_papers
from documents.checks import Standing, asked_standing
from documents.models import Document
from documents.operations import issue_document, void_document
from documents.queries import may_read
from documents.wording import LOOKS
from tests import people
from tests.documents.papers import case
from tests.factories.facts import told
from tests.factories.instruments import sister

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
At = Callable[[datetime], None]


@pytest.fixture
def they(now: datetime) -> people.People:
    return people.gather_with_rules(now)


@pytest.fixture(autouse=True)
def at(settings: Settings, tmp_path: Path, now: datetime) -> At:
    """Sets the product's present."""

    def set_present(moment: datetime) -> None:
        settings.CLOCK_OFFSET_SECONDS = (moment - datetime.now(UTC)).total_seconds()

    settings.DOCUMENTS_DIR = tmp_path / "documents"
    set_present(now)
    return set_present


@pytest.fixture
def paper(they: people.People, now: datetime) -> Document:
    return certificate_paper(they.certificate, by=they.teng, now=now)


def told_by_the_check_page(paper: Document) -> Standing:
    """What anybody who holds the paper is told."""
    answer = Client(headers={"accept-language": "en"}).get(reverse("document_check", args=[paper.check_code]))
    shown = answer.content.decode()
    with translation.override("en"):
        [standing] = [one for one, look in LOOKS.items() if f">{look.headline}<" in shown]
    return standing


def test_the_paper_says_what_the_certificate_says_in_both_languages(
    they: people.People, now: datetime
) -> None:
    Certificate.objects.filter(pk=they.certificate.pk).update(countersigned_by=they.wang, disuse_days=180)
    they.certificate.refresh_from_db()
    said = sheet_of(they.certificate)
    assert (said.institution.zh, said.holder.zh, said.holder.en) == ("青屿大学", "艾丽", "Alice")
    assert (said.office.zh, said.office.en) == ("设备处", "Equipment office")
    assert (said.level.zh, said.level.en) == ("基础", "basic")
    assert (said.instrument_number, said.trainer.zh, said.countersigned.zh) == (
        "QY000004",
        "滕老师",
        "王教授",
    )
    assert (said.valid_from, said.valid_until) == (they.certificate.valid_from, they.certificate.valid_until)
    assert said.conditions[0].en == "lapses after 180 days without use"
    assert "180" in said.conditions[0].zh
    assert said.conditions[0].zh != said.conditions[0].en


def test_nights_are_a_condition_where_the_instrument_is_used_at_night(they: people.People) -> None:
    for used, number in ((False, 0), (True, 1)):
        they.sem.night_self_use = used
        they.certificate.instrument = they.sem
        assert len(sheet_of(they.certificate).conditions) == number


def test_it_is_made_once_and_belongs_to_the_holder(
    paper: Document, they: people.People, now: datetime
) -> None:
    assert (paper.holder, paper.issued_by, paper.language) == (they.alice, they.teng, "zh-hans")
    assert paper.subject_ref == f"certificate:{they.certificate.ulid}"
    assert certificate_paper(they.certificate, by=they.alice, now=now + DAY) == paper
    assert [fact["subject"] for fact in told("documents.issued")] == [paper.subject_ref]


def test_it_is_in_the_holders_language(they: people.People, now: datetime) -> None:
    Profile.objects.create(user=they.alice, page_language="en")
    assert certificate_paper(they.certificate, by=None, now=now).language == "en"


def test_of_a_void_paper_a_new_edition_is_made(paper: Document, they: people.People, now: datetime) -> None:
    void_document(document=paper, reason="姓名有误", by=they.office, now=now)
    new = certificate_paper(they.certificate, by=they.alice, now=now)
    assert (new.edition, new.supersedes) == (2, paper)
    [row] = with_papers([they.certificate])
    assert row.paper == new


def test_one_that_is_over_gets_no_paper_but_keeps_the_one_it_has(
    they: people.People, now: datetime, at: At
) -> None:
    end = they.certificate.valid_until
    assert end is not None
    with pytest.raises(WrongState) as refused:
        certificate_paper(they.certificate, by=they.alice, now=end)
    assert refused.value.code == "training.expired"
    kept = certificate_paper(they.certificate, by=they.alice, now=end - DAY)
    withdraw_certificate(certificate=they.certificate, reason="违规", by=they.teng, now=end - DAY)
    assert certificate_paper(they.certificate, by=they.alice, now=end) == kept


def test_one_that_was_withdrawn_without_a_paper_gets_none(they: people.People, now: datetime) -> None:
    withdraw_certificate(certificate=they.certificate, reason="违规", by=they.teng, now=now)
    with pytest.raises(WrongState) as refused:
        certificate_paper(they.certificate, by=they.alice, now=now)
    assert refused.value.code == "training.withdrawn"
    assert not Document.objects.exists()


# --- the check page ---


def test_one_in_force_counts_today_and_one_to_come_does_not_yet(
    paper: Document, they: people.People, now: datetime
) -> None:
    assert told_by_the_check_page(paper) == Standing.VALID
    ahead = {"valid_from": now + DAY, "valid_until": now + 2 * DAY}
    later = _given(they, now, instrument=they.sem, **ahead)
    assert told_by_the_check_page(certificate_paper(later, by=None, now=now)) == Standing.NOT_YET


def test_one_whose_time_is_over_is_expired(paper: Document, they: people.People, at: At) -> None:
    assert they.certificate.valid_until is not None
    at(they.certificate.valid_until + timedelta(seconds=1))
    assert told_by_the_check_page(paper) == Standing.EXPIRED


def test_a_withdrawn_one_is_withdrawn_and_the_reason_stays_inside(
    paper: Document, they: people.People, now: datetime
) -> None:
    withdraw_certificate(certificate=they.certificate, reason="违规操作", by=they.teng, now=now)
    assert told_by_the_check_page(paper) == Standing.WITHDRAWN
    shown = Client().get(reverse("document_check", args=[paper.check_code])).content.decode()
    assert "违规操作" not in shown


def test_a_suspended_one_counts_again_when_it_is_reinstated(
    paper: Document, they: people.People, now: datetime
) -> None:
    suspend_certificate(certificate=they.certificate, reason="调查", by=they.teng, now=now)
    assert told_by_the_check_page(paper) == Standing.SUSPENDED
    reinstate_certificate(certificate=they.certificate, by=they.teng, now=now)
    assert told_by_the_check_page(paper) == Standing.VALID


def test_while_its_holders_account_is_suspended_it_does_not_count(
    paper: Document, they: people.People, now: datetime
) -> None:
    suspend_user(user=they.alice, reason="调查", by=they.office, now=now)
    assert told_by_the_check_page(paper) == Standing.SUSPENDED
    reinstate_user(user=they.alice, by=they.office, now=now)
    assert told_by_the_check_page(paper) == Standing.VALID
    end_user(user=they.alice, reason="离校", by=they.office, now=now)
    assert told_by_the_check_page(paper) == Standing.SUSPENDED  # until the news has reached training


def test_one_that_was_not_used_has_lapsed(they: people.People, now: datetime, at: At) -> None:
    Certificate.objects.filter(pk=they.certificate.pk).update(disuse_days=400)
    they.certificate.refresh_from_db()
    paper = certificate_paper(they.certificate, by=None, now=now)
    assert lapse_certificates(now=now + 36 * DAY).lapsed == 1
    at(now + 37 * DAY)
    assert told_by_the_check_page(paper) == Standing.LAPSED


def test_a_lowered_one_is_replaced_and_the_lower_one_counts(
    paper: Document, they: people.People, now: datetime
) -> None:
    lower = downgrade_certificate(
        certificate=they.certificate,
        level="assisted",
        reason="事故",
        by=they.teng,
        source_case="incident:1",
        now=now,
    )
    assert told_by_the_check_page(paper) == Standing.REPLACED
    assert told_by_the_check_page(certificate_paper(lower, by=they.teng, now=now)) == Standing.VALID


def test_a_paper_about_nothing_is_never_shown_as_valid(they: people.People, now: datetime) -> None:
    stray = issue_document(
        context=sheet_of(they.certificate),
        subject_ref="certificate:nowhere",
        holder=they.alice,
        by=None,
        now=now,
        language="en",
    )
    assert told_by_the_check_page(stray) == Standing.UNKNOWN


# --- who reads it ---


def test_holder_trainers_managers_and_the_office_read_it_and_nobody_else(
    paper: Document, they: people.People, now: datetime
) -> None:
    for who in (they.alice, they.teng, they.office):
        assert may_read(who, paper, now), who
    for who in (they.bob, they.charlie, they.olga, they.finance, they.wang):
        assert not may_read(who, paper, now), who
        client = Client()
        client.force_login(who)
        assert client.get(reverse("document_detail", args=[paper.ulid])).status_code == 404
        with pytest.raises(NotPermitted) as refused:
            certificate_paper(they.certificate, by=who, now=now)
        assert refused.value.code == "training.paper_not_yours"


def test_who_countersigned_reads_it(they: people.People, now: datetime) -> None:
    Certificate.objects.filter(pk=they.certificate.pk).update(countersigned_by=they.wang)
    they.certificate.refresh_from_db()
    paper = certificate_paper(they.certificate, by=they.wang, now=now)
    assert may_read(they.wang, paper, now)


def test_who_trains_on_another_instrument_of_its_class_reads_it(
    paper: Document, they: people.People, now: datetime
) -> None:
    other = sister(they.sem, "QY900001", now, class6="999999")
    appoint_crew(instrument=other, user=they.olga, role="trainer", by=they.office, now=now)
    assert not may_read(they.olga, paper, now)
    same = sister(they.sem, "QY900002", now)
    appoint_crew(instrument=same, user=they.olga, role="trainer", by=they.office, now=now)
    assert may_read(they.olga, paper, now)


def test_the_right_to_manage_its_unit_opens_it_and_to_see_reports_does_not(
    paper: Document, they: people.People, now: datetime
) -> None:
    scope = f"unit:{they.lab.ulid}"
    grant_authorization(user=they.bob, kind="report", scope=scope, grantor=they.office, now=now)
    assert not may_read(they.bob, paper, now)
    grant_authorization(user=they.wang, kind="manage", scope=scope, grantor=they.office, now=now)
    assert may_read(they.wang, paper, now)


def test_the_office_reads_documents_of_every_kind(they: people.People, now: datetime) -> None:
    printed = issue_document(
        context=case(), subject_ref="case:1", holder=they.alice, by=None, now=now, language="en"
    )
    assert may_read(they.office, printed, now)
    for who in (they.teng, they.bob, they.finance):
        assert not may_read(who, printed, now)
    suspend_user(user=they.office, reason="x", by=None, now=now)
    assert not may_read(they.office, printed, now)


def test_its_queries_are_few(
    paper: Document, they: people.People, now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    others = [_given(they, now, source_case=f"import:{n}") for n in range(5)]
    for one in others:
        certificate_paper(one, by=None, now=now)
    with django_assert_num_queries(1):
        assert all(row.paper for row in with_papers([they.certificate, *others]))
    with django_assert_num_queries(0):
        assert with_papers([]) == []
    with django_assert_num_queries(3):
        assert asked_standing(paper, now) == Standing.VALID


def _given(they: people.People, now: datetime, **changes: Any) -> Certificate:
    asked: dict[str, Any] = {
        "user": they.bob,
        "instrument": they.sem,
        "level": "basic",
        "valid_from": now,
        "valid_until": now + 730 * DAY,
        "issued_by": None,
        "source_case": "import:bob",
        **changes,
    }
    return issue_certificate(**asked, now=now)
