"""The pages of leaving and being suspended: what hangs on a person is listed first, and who may do what."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from apps.people.models import User
from apps.people.operations import appoint_post, suspend_user
from apps.people.queries import user_state
from tests.web.conftest import SignedIn
from tests.web.scene import HOUR, Scene
from tests.web.test_pages import INLINE
from workflows.models import Case


def _page(client: Client, name: str, *args: object, **query: str) -> str:
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def test_whoever_closes_their_own_account_sees_first_what_hangs_on_it(
    scene: Scene, signed_in: SignedIn
) -> None:
    scene.unlock()
    client: Any = signed_in(scene.people.alice)
    page = _page(client, "leave")
    assert "obstacles.session" in page
    assert 'name="urgent"' not in page
    assert not Case.objects.exists()
    assert client.post(reverse("leave"), {"reason": ""}).status_code == 422
    answer = client.post(reverse("leave"), {"reason": "毕业"})
    case = Case.objects.get()
    assert answer.url == reverse("case_detail", args=[case.ulid])  # it waits for her to end the use
    assert user_state(scene.people.alice, scene.now + HOUR) == "active"
    again = client.post(reverse("leave"), {"reason": "毕业"})
    assert "workflows.case_open" in again.content.decode()


def test_whoever_has_left_is_not_signed_in_any_more(scene: Scene, signed_in: SignedIn) -> None:
    client: Any = signed_in(scene.people.bob)
    assert "obstacles.none" in _page(client, "leave")
    answer = client.post(reverse("leave"), {"reason": "毕业"})
    assert answer.url == reverse("account_login")
    assert client.get(reverse("booking_list")).status_code == 302
    assert Case.objects.get().outcome == "ended"


def test_the_office_finds_somebody_and_deregisters_urgently(scene: Scene, signed_in: SignedIn) -> None:
    people = scene.people
    client: Any = signed_in(people.office)
    page = _page(client, "person_list", q="滕")
    assert reverse("person_leave", args=[people.teng.ulid]) in page
    assert reverse("person_leave", args=[people.alice.ulid]) not in page
    address = reverse("person_leave", args=[people.teng.ulid])
    assert "obstacles.instruments" in client.get(address).content.decode()
    assert client.post(address, {"reason": "事故", "urgent": "on"}).status_code == 302
    people.teng.refresh_from_db()
    assert user_state(people.teng, scene.now + HOUR) == "inactive"
    assert people.teng.username not in _page(client, "person_list", q="滕").split("<tbody>")[-1]


def test_a_principal_investigator_sees_the_members_and_asks(scene: Scene, signed_in: SignedIn) -> None:
    people = scene.people
    client: Any = signed_in(people.wang)
    page = _page(client, "person_list")
    assert reverse("person_suspend", args=[people.bob.ulid]) in page
    assert people.teng.ulid not in page
    assert client.get(reverse("person_leave", args=[people.teng.ulid])).status_code == 404
    answer = client.post(
        reverse("person_suspend", args=[people.bob.ulid]),
        {"cause": "violation", "reason": "违规", "until": ""},
    )
    assert answer.status_code == 302
    assert user_state(people.bob, scene.now + HOUR) == "active"
    step = Case.objects.get().steps.get()
    assert step.node == "allow"
    listed = _page(client, "person_list")
    assert reverse("person_suspend", args=[people.bob.ulid]) not in listed  # asked for already


def test_somebody_in_authority_suspends_until_a_day(scene: Scene, signed_in: SignedIn) -> None:
    people = scene.people
    client: Any = signed_in(people.office)
    address = reverse("person_suspend", args=[people.bob.ulid])
    typed = {"cause": "unpaid", "reason": "欠费", "until": "2020-01-01"}
    assert "core.period" in client.post(address, typed).content.decode()
    assert client.post(address, {**typed, "cause": "mood", "until": ""}).status_code == 422
    assert client.post(address, {**typed, "until": "2026-12-31"}).status_code == 302
    assert user_state(people.bob, scene.now + HOUR) == "suspended"
    listed = _page(client, "person_list", q="包博")
    assert "state-stop" in listed
    assert reverse("case_detail", args=[Case.objects.get().ulid]) in listed  # where they are reinstated
    assert address not in listed
    assert "people.suspended" in client.post(address, {**typed, "until": ""}).content.decode()


def test_a_suspended_person_reads_their_own_case(scene: Scene, signed_in: SignedIn) -> None:
    people = scene.people
    signed_in(people.office).post(
        reverse("person_suspend", args=[people.bob.ulid]), {"cause": "unpaid", "reason": "欠费", "until": ""}
    )
    people.bob.refresh_from_db()
    assert "欠费" in _page(signed_in(people.bob), "case_detail", Case.objects.get().ulid)


def test_a_safety_officer_may_ask_for_a_suspension_only(scene: Scene, signed_in: SignedIn) -> None:
    people = scene.people
    assert people.lab.parent is not None
    appoint_post(user=people.olga, unit=people.lab.parent, kind="safety_officer", by=None, now=scene.now)
    client: Any = signed_in(people.olga)
    address = reverse("person_leave", args=[people.bob.ulid])
    refused = client.post(address, {"reason": "x"})
    assert "people.not_authorized" in refused.content.decode()
    asked = reverse("person_suspend", args=[people.bob.ulid])
    assert client.post(asked, {"cause": "safety", "reason": "违规", "until": ""}).status_code == 302


def test_no_page_of_leaving_carries_inline_script_or_style(scene: Scene, signed_in: SignedIn) -> None:
    client = signed_in(scene.people.office)
    bob = scene.people.bob.ulid
    pages = [_page(client, "person_list"), _page(client, "leave")]
    pages += [_page(client, name, bob) for name in ("person_leave", "person_suspend")]
    assert [INLINE.findall(page) for page in pages] == [[]] * len(pages)


@pytest.mark.parametrize("crowd", [0, 30])
def test_the_list_of_people_takes_its_number_of_queries(
    crowd: int, scene: Scene, signed_in: SignedIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    people = scene.people
    suspend_user(user=people.bob, reason="x", by=None, now=scene.now)
    User.objects.bulk_create(
        User(username=f"c{n}", name_zh="人", valid_from=scene.now, unit=people.lab) for n in range(crowd)
    )
    client = signed_in(people.office)
    _page(client, "person_list")
    with django_assert_num_queries(12):
        _page(client, "person_list")
