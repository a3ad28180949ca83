"""The bell, the list and the page of preferences: what they say and do, and how many queries each takes."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from apps.notices.models import EmailSuppression, MessengerAddress, Notice, Preference, Profile
from apps.notices.operations import notify
from apps.notices.views import PAGE
from apps.people.models import User
from tests.fakes.webhooks import Service, web_service
from tests.web.conftest import SignedIn
from tests.web.scene import Scene
from tests.web.test_pages import INLINE

WECOM = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7xxx-4bc4"


@pytest.fixture
def service(settings: Settings) -> Iterator[Service]:
    with web_service() as service:
        settings.NOTICES_ENDPOINTS = {"https://qyapi.weixin.qq.com": service.url}
        yield service


def told(scene: Scene, user: User, number: int = 1, **more: str) -> list[Notice]:
    return [
        notify(
            user=user,
            kind="account.card_blocked",
            now=scene.now - timedelta(minutes=number - index),
            args={"card": f"…{index:04}", "reason": "遗失"},
            **more,
        )
        for index in range(number)
    ]


def page(client: Client, name: str, **query: str) -> str:
    answer = client.get(reverse(name), query)
    assert answer.status_code == 200
    return answer.content.decode()


def post(client: Client, name: str, *args: object, **data: str) -> str:
    answer = client.post(reverse(name, args=args), data, follow=True)
    return answer.content.decode()


def test_the_bell_counts_what_is_unread_and_the_list_shows_it_newest_first(
    scene: Scene, signed_in: SignedIn
) -> None:
    client = signed_in(scene.people.alice)
    assert 'class="count"' not in page(client, "home")
    told(scene, scene.people.alice, 3)
    assert '<span class="count" aria-hidden="true">3</span>' in page(client, "home")
    listed = page(client, "notice_list")
    assert listed.index("…0002") < listed.index("…0001") < listed.index("…0000")
    assert "…0000" not in page(signed_in(scene.people.bob), "notice_list")


def test_opening_a_notice_goes_where_it_leads_and_counts_as_reading(
    scene: Scene, signed_in: SignedIn
) -> None:
    [notice] = told(scene, scene.people.alice, url="/bookings/?x=1")
    client = signed_in(scene.people.alice)
    answer = client.get(reverse("notice_open", args=[notice.ulid]))
    assert (answer.status_code, answer.headers["Location"]) == (302, "/bookings/?x=1")
    notice.refresh_from_db()
    assert notice.read_at is not None
    assert 'class="count"' not in page(client, "notice_list")


def test_the_link_of_a_mail_asks_to_sign_in_and_then_goes_on(scene: Scene, client: Client) -> None:
    [notice] = told(scene, scene.people.alice, url="/bookings/")
    address = reverse("notice_open", args=[notice.ulid])
    asked = client.get(address)
    assert asked.headers["Location"] == f"{reverse('account_login')}?next={address}"
    notice.refresh_from_db()
    assert notice.read_at is None


def test_one_or_all_are_marked_as_read_and_the_filter_stays(scene: Scene, signed_in: SignedIn) -> None:
    notices = told(scene, scene.people.alice, 3)
    client = signed_in(scene.people.alice)
    answer = client.post(reverse("notice_read", args=[notices[0].ulid]), {"group": "account", "unread": "1"})
    assert answer.headers["Location"] == f"{reverse('notice_list')}?group=account&unread=1"
    unread = page(client, "notice_list", unread="1")
    assert "…0000" not in unread
    assert "…0001" in unread
    post(client, "notice_read_all", group="training")
    assert Notice.objects.filter(read_at__isnull=True).count() == 2
    post(client, "notice_read_all")
    assert not Notice.objects.filter(read_at__isnull=True).exists()


def test_the_list_is_filtered_by_group_and_says_when_nothing_fits(scene: Scene, signed_in: SignedIn) -> None:
    told(scene, scene.people.alice)
    client = signed_in(scene.people.alice)
    assert "…0000" in page(client, "notice_list", group="account")
    empty = page(client, "notice_list", group="training")
    assert "…0000" not in empty
    assert 'class="empty"' in empty
    assert 'class="empty"' in page(signed_in(scene.people.bob), "notice_list")


def test_older_notices_are_a_page_away(scene: Scene, signed_in: SignedIn) -> None:
    notices = told(scene, scene.people.alice, PAGE + 2)
    client = signed_in(scene.people.alice)
    first = page(client, "notice_list")
    last_shown = notices[2].ulid
    assert f"before={last_shown}" in first
    second = page(client, "notice_list", before=last_shown)
    assert "…0001" in second
    assert "…0000" in second
    assert "…0002" not in second
    assert 'rel="next"' not in second


@pytest.mark.parametrize(
    ("name", "number", "queries"), [("notice_list", 30, 5), ("notice_preferences", 3, 7)]
)
def test_the_pages_take_their_number_of_queries(
    name: str,
    number: int,
    queries: int,
    scene: Scene,
    signed_in: SignedIn,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    told(scene, scene.people.alice, number)
    client = signed_in(scene.people.alice)
    with django_assert_num_queries(queries):
        page(client, name)


def test_the_pages_carry_no_inline_script_or_style(scene: Scene, signed_in: SignedIn) -> None:
    told(scene, scene.people.alice)
    client = signed_in(scene.people.alice)
    for name in ("notice_list", "notice_preferences"):
        assert INLINE.findall(page(client, name)) == []


def choices(**changed: str) -> dict[str, str]:
    """The form as it is first shown, with changes."""
    groups = ("tasks", "cases", "training", "bookings", "account", "system")
    given = {f"{group}-in_app": "now" for group in groups}
    given |= {f"{group}-{way}": "" for group in groups for way in ("email", "messenger")}
    return given | {"language": "", "quiet_from": "", "quiet_until": ""} | changed


def test_preferences_are_kept_and_shown_again(scene: Scene, signed_in: SignedIn) -> None:
    alice, client = scene.people.alice, signed_in(scene.people.alice)
    wanted = choices(
        language="en",
        quiet_from="22:00",
        quiet_until="07:30",
        **{"tasks-email": "daily", "cases-in_app": "off"},
    )
    answer = client.post(reverse("notice_preferences"), wanted)
    assert answer.status_code == 302
    kept = Preference.objects.filter(user=alice).order_by("group")
    assert [(row.group, row.way, row.mode) for row in kept] == [
        ("cases", "in_app", "off"),
        ("tasks", "email", "daily"),
    ]
    shown = page(client, "notice_preferences")
    assert 'value="22:00"' in shown
    assert '<option value="daily" selected>' in shown
    client.post(reverse("notice_preferences"), choices())
    assert not Preference.objects.filter(user=alice).exists()
    assert Profile.objects.get(user=alice).quiet_from is None


def test_a_wrong_choice_is_told_and_what_was_typed_is_kept(scene: Scene, signed_in: SignedIn) -> None:
    client = signed_in(scene.people.alice)
    answer = client.post(reverse("notice_preferences"), choices(quiet_from="22:00"))
    assert answer.status_code == 422
    assert "notices.quiet_hours" in answer.content.decode()
    assert 'value="22:00"' in answer.content.decode()
    assert client.post(reverse("notice_preferences"), {}).status_code == 422
    assert not Profile.objects.exists()


def test_a_messenger_is_entered_tried_and_forgotten(
    scene: Scene, signed_in: SignedIn, service: Service
) -> None:
    client = signed_in(scene.people.alice)
    kept = post(client, "notice_messenger", do="set", address=WECOM)
    assert "wecombot://…-4bc4" in kept or "wecombot://…4bc4" in kept
    assert "693a91f6" not in kept
    post(client, "notice_messenger", do="try")
    assert len(service.heard) == 1
    post(client, "notice_messenger", do="remove")
    assert not MessengerAddress.objects.exists()


def test_a_messenger_that_refuses_says_why(scene: Scene, signed_in: SignedIn, service: Service) -> None:
    client = signed_in(scene.people.alice)
    post(client, "notice_messenger", do="set", address=WECOM)
    service.answer = b'{"errcode": 93000, "errmsg": "invalid webhook url"}'
    assert "93000 invalid webhook url" in post(client, "notice_messenger", do="try")
    assert "93000 invalid webhook url" in page(client, "notice_preferences")


def test_an_address_that_looks_inside_is_refused_on_the_page(
    scene: Scene, signed_in: SignedIn, settings: Settings
) -> None:
    settings.NOTICES_ALLOW_LOCAL = False
    client = signed_in(scene.people.alice)
    answer = client.post(reverse("notice_messenger"), {"do": "set", "address": "http://127.0.0.1:1883/"})
    assert answer.status_code == 422
    assert "notices.local_address" in answer.content.decode()
    assert not MessengerAddress.objects.exists()


def test_a_mailbox_that_refused_is_told_and_its_owner_says_that_it_works_again(
    scene: Scene, signed_in: SignedIn
) -> None:
    alice = scene.people.alice
    User.objects.filter(pk=alice.pk).update(email="Alice@example.edu.cn")
    EmailSuppression.objects.create(
        address="alice@example.edu.cn", since=scene.now, reason="550 no such mailbox"
    )
    client = signed_in(alice)
    assert "550 no such mailbox" in page(client, "notice_preferences")
    post(client, "notice_mailbox")
    assert not EmailSuppression.objects.exists()


def test_switching_the_pages_language_is_remembered_for_mails(
    scene: Scene, signed_in: SignedIn, client: Client
) -> None:
    signed_in(scene.people.alice).post(reverse("set_language"), {"language": "en", "next": "/"})
    client.post(reverse("set_language"), {"language": "en", "next": "/"})
    assert [(row.user, row.page_language) for row in Profile.objects.all()] == [(scene.people.alice, "en")]
