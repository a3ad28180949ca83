"""The pages of committees: who sits where, and what I say I know."""

from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from apps.panels.models import Expertise
from tests.factories.panels import board
from tests.people import People, gather
from tests.workflows.committee.appointing import Cast, all_say_yes, appointment_in, says

pytestmark = pytest.mark.django_db


@pytest.fixture
def they(present: datetime) -> People:
    return gather(present)


def page(client: Client, name: str) -> str:
    return client.get(reverse(name), headers={"accept-language": "en"}).content.decode()


def test_the_committees_with_their_members_and_terms(
    client: Client, they: People, present: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    who = board(they, present)
    client.force_login(who.members[0])
    page(client, "committee_list")
    with django_assert_num_queries(8):
        text = page(client, "committee_list")
    assert "Fee Review Committee" in text
    assert "You sit on it" in text
    assert text.count("<tr>") == 11
    assert reverse("process_begin", args=["committee"]) not in text
    client.force_login(they.office)
    assert reverse("process_begin", args=["committee"]) in page(client, "committee_list")


def test_a_composition_that_begins_later_stands_beside_with_its_paper(
    client: Client, they: People, present: datetime
) -> None:
    cast = Cast(they, present)
    case = cast.proposed(present)
    all_say_yes(case, present)
    says(case, cast.head, present)
    client.force_login(they.alice)
    text = page(client, "committee_list")
    assert "begins later" in text
    assert reverse("document_detail", args=[appointment_in(case).document]) in text
    assert "in force" not in text


def test_before_there_is_a_committee_the_page_says_what_it_is_for(client: Client, they: People) -> None:
    client.force_login(they.alice)
    assert "No committee yet" in page(client, "committee_list")


def test_i_say_how_well_i_know_a_class(
    client: Client, they: People, present: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.force_login(they.teng)
    class6 = they.sem.class6
    assert "nothing said" in page(client, "expertise")
    answer = client.post(reverse("expertise"), {"class6": class6, "level": "3"})
    assert (answer.status_code, answer["Location"]) == (302, reverse("expertise"))
    assert Expertise.objects.get(user=they.teng).level == 3
    page(client, "expertise")
    with django_assert_num_queries(6):
        text = page(client, "expertise")
    assert '<option value="3" selected>' in text
    for wrong in ({"class6": class6, "level": "4"}, {"class6": "SEM", "level": "1"}, {"class6": class6}):
        assert client.post(reverse("expertise"), wrong).status_code == 422
    assert Expertise.objects.count() == 1
