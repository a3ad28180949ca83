"""Schemes: a draft is edited and adopted once; what was adopted never changes, for nobody."""

from dataclasses import replace
from datetime import date, datetime
from fractions import Fraction

import pytest
from django.db import DatabaseError, transaction

from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.evaluation import schemes
from apps.evaluation.comparing import differences
from apps.evaluation.content import Content
from apps.evaluation.models import Scheme, SchemeVersion
from apps.evaluation.shipped import SHIPPED, shipped
from tests.factories.refusals import refused
from tests.people import People

pytestmark = pytest.mark.django_db
DAY = date(2026, 9, 1)


@pytest.fixture
def draft(they: People, now: datetime) -> SchemeVersion:
    schemes.install_shipped(now=now)
    return schemes.begin_draft(scheme=Scheme.objects.get(key="ministry"), by=they.office, now=now)


def reweighed(content: Content, key: str, weight: int) -> Content:
    parts = tuple(replace(one, weight=Fraction(weight)) if one.key == key else one for one in content.parts)
    return replace(content, parts=parts)


def test_the_shipped_schemes_come_once(now: datetime) -> None:
    assert [one.scheme.key for one in schemes.install_shipped(now=now)] == list(SHIPPED)
    assert schemes.install_shipped(now=now) == []
    for version in SchemeVersion.objects.select_related("scheme"):
        assert version.tree == shipped(version.scheme.key)
        assert not version.is_draft


def test_a_draft_is_a_copy_and_there_is_one_at_a_time(
    draft: SchemeVersion, they: People, now: datetime
) -> None:
    assert (draft.number, draft.tree) == (2, shipped("ministry"))
    assert schemes.begin_draft(scheme=draft.scheme, by=they.office, now=now) == draft


def test_a_draft_may_have_faults_but_is_not_adopted_with_them(
    draft: SchemeVersion, they: People, now: datetime
) -> None:
    wrong = reweighed(draft.tree, "results", 20)
    saved = schemes.save_draft(version=draft, revision=1, content=wrong, by=they.office, now=now)
    assert saved.revision == 2
    with pytest.raises(Invalid) as caught:
        schemes.adopt(version=saved, revision=2, valid_from=DAY, citation="", by=they.office, now=now)
    assert caught.value.code == "evaluation.weights"
    assert "95" in str(caught.value.message)


def test_what_was_adopted_is_never_changed(draft: SchemeVersion, they: People, now: datetime) -> None:
    content = reweighed(reweighed(draft.tree, "results", 30), "hours", 30)
    saved = schemes.save_draft(version=draft, revision=1, content=content, by=they.office, now=now)
    adopted = schemes.adopt(
        version=saved, revision=2, valid_from=DAY, citation="No. 7", by=they.office, now=now
    )
    with refused(WrongState, "evaluation.adopted"):
        schemes.save_draft(version=adopted, revision=2, content=content, by=they.office, now=now)
    with refused(WrongState, "evaluation.adopted"):
        schemes.discard_draft(version=adopted, by=they.office, now=now)
    for act in (
        lambda: SchemeVersion.objects.filter(pk=adopted.pk).update(content="{}"),
        lambda: SchemeVersion.objects.filter(pk=adopted.pk).delete(),
    ):
        with pytest.raises(DatabaseError, match="evaluation_version_frozen"), transaction.atomic():
            act()
    assert [(one.where, one.before, one.after) for one in differences(shipped("ministry"), adopted.tree)] == [
        ("parts.hours", "35", "30"),
        ("parts.results", "25", "30"),
    ]


def test_the_version_of_a_period_is_the_newest_that_is_meant_for_it(
    draft: SchemeVersion, they: People, now: datetime
) -> None:
    content = reweighed(reweighed(draft.tree, "results", 30), "hours", 30)
    saved = schemes.save_draft(version=draft, revision=1, content=content, by=they.office, now=now)
    adopted = schemes.adopt(version=saved, revision=2, valid_from=DAY, citation="", by=they.office, now=now)
    assert schemes.version_in_force(draft.scheme, DAY) == adopted
    before = schemes.version_in_force(draft.scheme, date(2026, 8, 31))
    assert before is not None
    assert before.number == 1
    assert schemes.version_in_force(draft.scheme, date(1990, 1, 1)) is None


def test_a_version_that_says_nothing_new_is_not_adopted(
    draft: SchemeVersion, they: People, now: datetime
) -> None:
    with refused(Invalid, "evaluation.unchanged"):
        schemes.adopt(version=draft, revision=1, valid_from=DAY, citation="", by=they.office, now=now)


def test_two_people_at_one_draft(draft: SchemeVersion, they: People, now: datetime) -> None:
    schemes.save_draft(version=draft, revision=1, content=draft.tree, by=they.office, now=now)
    with refused(WrongState, "evaluation.changed_meanwhile"):
        schemes.save_draft(version=draft, revision=1, content=draft.tree, by=they.office, now=now)
    with refused(WrongState, "evaluation.changed_meanwhile"):
        schemes.adopt(version=draft, revision=1, valid_from=DAY, citation="", by=they.office, now=now)


def test_only_the_office_touches_schemes(draft: SchemeVersion, they: People, now: datetime) -> None:
    for act in (
        lambda: schemes.begin_draft(scheme=draft.scheme, by=they.teng, now=now),
        lambda: schemes.create_scheme(key="own", content=draft.tree, by=they.teng, now=now),
        lambda: schemes.save_draft(version=draft, revision=1, content=draft.tree, by=they.teng, now=now),
        lambda: schemes.adopt(version=draft, revision=1, valid_from=DAY, citation="", by=they.teng, now=now),
        lambda: schemes.discard_draft(version=draft, by=they.teng, now=now),
        lambda: schemes.install_shipped(by=they.teng, now=now),
    ):
        with refused(NotPermitted, "people.office_only"):
            act()


def test_a_scheme_of_our_own_and_giving_it_up(draft: SchemeVersion, they: People, now: datetime) -> None:
    own = schemes.create_scheme(key="own", content=draft.tree, by=they.office, now=now)
    with refused(WrongState, "evaluation.scheme_exists"):
        schemes.create_scheme(key="own", content=draft.tree, by=they.office, now=now)
    schemes.discard_draft(version=own, by=they.office, now=now)
    assert not Scheme.objects.filter(key="own").exists()
