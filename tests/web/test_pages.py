"""What the pages say and do, how many queries each takes, and that a refusal keeps what was typed."""

import re
from datetime import timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from apps.billing.operations import charge_record
from apps.bookings.models import Booking
from apps.clearances import gate
from apps.core.clock import school_time
from apps.instruments.models import InstrumentLock
from apps.training.operations import withdraw_certificate
from devices.models import DeviceCommand
from devices.operations import lock_node
from tests.factories.instruments import many
from tests.people import PASSWORD
from tests.web.conftest import SignedIn
from tests.web.scene import DEV, HOUR, MINUTE, Scene

INLINE = re.compile(
    r"""<script(?![^>]*\b(?:src=|type="application/json"))|<style|\sstyle\s*=|\son[a-z]+\s*=|javascript:""",
    re.IGNORECASE,
)
SECOND = timedelta(seconds=1)
FORMAT = "%Y-%m-%dT%H:%M"


def _page(client: Client, name: str, *args: object, **query: str) -> str:
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def test_health_needs_nobody_to_sign_in(db: None, client: Client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok")


def test_no_page_carries_inline_script_or_style(scene: Scene, signed_in: SignedIn) -> None:
    scene.unlock()
    teng, alice = signed_in(scene.people.teng), signed_in(scene.people.alice)
    sem = scene.people.sem.asset_no
    pages = [
        _page(Client(), "account_login"),
        _page(teng, "home"),
        _page(alice, "home"),
        _page(alice, "instrument_list"),
        _page(alice, "instrument_detail", sem),
        _page(alice, "booking_create", sem),
        _page(alice, "booking_list"),
        _page(alice, "booking_cancel", scene.booking.ulid),
        _page(alice, "usage_list"),
        _page(teng, "wall"),
        _page(teng, "wall_lock", DEV, 1),
        _page(alice, "mfa_index"),
        _page(alice, "mfa_list_webauthn"),
        _page(alice, "account_reauthenticate"),
        alice.get("/no-such-page/").content.decode(),
        alice.get(reverse("wall")).content.decode(),
    ]
    assert [INLINE.findall(page) for page in pages] == [[]] * len(pages)


def test_the_policy_allows_nothing_inline(db: None, client: Client) -> None:
    policy = client.get(reverse("account_login")).headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy


@pytest.mark.parametrize(
    ("name", "who", "queries"),
    [
        ("home", "alice", 10),
        ("home", "teng", 17),
        ("instrument_list", "alice", 9),
        ("booking_list", "alice", 8),
        ("usage_list", "alice", 12),
        ("controller_list", "teng", 13),
        ("controller_list", "office", 14),
        ("wall", "teng", 11),
        ("wall_tiles", "teng", 8),
    ],
)
def test_a_page_takes_its_number_of_queries(
    name: str,
    who: str,
    queries: int,
    scene: Scene,
    signed_in: SignedIn,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    scene.unlock()
    client = signed_in(getattr(scene.people, who))
    with django_assert_num_queries(queries):
        _page(client, name)


def test_the_list_takes_as_many_queries_for_a_thousand_instruments(
    scene: Scene, signed_in: SignedIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    many(scene.people.sem, 1000)
    client = signed_in(scene.people.alice)
    with django_assert_num_queries(9):
        page = _page(client, "instrument_list")
    assert "共 1001 台仪器" in page


def test_the_list_finds_in_chinese_english_and_by_number(scene: Scene, signed_in: SignedIn) -> None:
    client = signed_in(scene.people.alice)
    for text in ("扫描电镜", "fe-sem", "QY000004", "Merlin", scene.people.sem.facility.name_en):
        assert "QY000004" in _page(client, "instrument_list", q=text), text
    assert "QY000004" not in _page(client, "instrument_list", q="无此仪器")


def test_the_excel_file_holds_every_row_of_the_filtered_list(scene: Scene, signed_in: SignedIn) -> None:
    many(scene.people.sem, 40)
    answer = signed_in(scene.people.alice).get(reverse("instrument_export"), {"q": "扫描电镜"})
    with ZipFile(BytesIO(b"".join(answer))) as book:
        rows = book.read("xl/worksheets/sheet1.xml").decode().count("<row ")
    assert rows == 1 + 41


def test_the_instrument_page_says_yes_to_alice_until_her_booking_ends(
    scene: Scene, signed_in: SignedIn
) -> None:
    page = _page(signed_in(scene.people.alice), "instrument_detail", scene.people.sem.asset_no)
    assert "你现在可以使用" in page
    assert f"{school_time(scene.booking.end):%m-%d %H:%M}" in page
    assert "check-failed" not in page


def test_the_instrument_page_tells_bob_all_that_is_missing_and_who_mends_it(
    scene: Scene, signed_in: SignedIn
) -> None:
    page = _page(signed_in(scene.people.bob), "instrument_detail", scene.people.sem.asset_no)
    assert "你现在不能使用" in page
    assert "training.none" in page
    assert "这台仪器的培训师" in page
    assert page.count("check-failed") == 2


def test_met_conditions_fold_and_failing_ones_never_do(scene: Scene, signed_in: SignedIn) -> None:
    page = _page(signed_in(scene.people.bob), "instrument_detail", scene.people.sem.asset_no)
    before, _fold, folded = page.partition('<details class="fold">')
    assert before.count("check-failed") == 2
    assert "check-failed" not in folded
    assert "check-met" not in before
    assert f"{folded.count('check-met')} 项条件已满足" in folded


def test_what_stands_on_a_failing_condition_is_not_called_met(scene: Scene, signed_in: SignedIn) -> None:
    page = _page(signed_in(scene.people.bob), "instrument_detail", scene.people.sem.asset_no)
    met = page.partition("check-met")[2]
    assert "操作证等级足够" in page
    assert "操作证等级足够" not in met


def test_a_withdrawn_certificate_turns_the_page_to_no(scene: Scene, signed_in: SignedIn) -> None:
    withdraw_certificate(
        certificate=scene.people.certificate, reason="事故", by=scene.people.teng, now=scene.now
    )
    page = _page(signed_in(scene.people.alice), "instrument_detail", scene.people.sem.asset_no)
    assert "training.none" in page


def test_a_free_slot_is_booked_from_the_page(scene: Scene, signed_in: SignedIn) -> None:
    start = scene.booking.end
    answer = signed_in(scene.people.alice).post(
        reverse("booking_create", args=[scene.people.sem.asset_no]),
        {
            "start": school_time(start).strftime(FORMAT),
            "end": school_time(start + HOUR).strftime(FORMAT),
            "fund": scene.fund.number,
        },
    )
    assert answer.status_code == 302
    made = Booking.objects.latest("id")
    assert (made.user, made.start, made.end) == (scene.people.alice, start, start + HOUR)


def test_a_refused_booking_keeps_what_was_typed_and_says_why_with_its_code(
    scene: Scene, signed_in: SignedIn
) -> None:
    start = school_time(scene.booking.start + 40 * MINUTE).strftime(FORMAT)
    end = school_time(scene.booking.start + 90 * MINUTE).strftime(FORMAT)
    answer = signed_in(scene.people.alice).post(
        reverse("booking_create", args=[scene.people.sem.asset_no]),
        {"start": start, "end": end, "fund": scene.fund.number},
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "bookings.overlap" in page
    assert f'value="{start}"' in page
    assert f'value="{end}"' in page


def test_every_reason_against_a_booking_is_told_at_once(scene: Scene, signed_in: SignedIn) -> None:
    start = scene.now + timedelta(days=1, hours=14)  # at night, and Bob has no certificate
    answer = signed_in(scene.people.bob).post(
        reverse("booking_create", args=[scene.people.sem.asset_no]),
        {
            "start": school_time(start).strftime(FORMAT),
            "end": school_time(start + HOUR).strftime(FORMAT),
            "fund": scene.fund.number,
        },
    )
    page = answer.content.decode()
    assert "bookings.no_certificate" in page
    assert "bookings.no_night" in page


def test_cancelling_late_is_told_before_it_is_done_and_the_crew_cancels_freely(
    scene: Scene, signed_in: SignedIn
) -> None:
    address = reverse("booking_cancel", args=[scene.booking.ulid])
    mine, crews = (signed_in(who).get(address) for who in (scene.people.alice, scene.people.teng))
    assert mine.context["price"].points == 1
    assert "1 分" in mine.content.decode()
    assert crews.context["price"].points == 0
    assert "1 分" not in crews.content.decode()


def test_a_booking_is_cancelled_after_asking(scene: Scene, signed_in: SignedIn) -> None:
    client = signed_in(scene.people.alice)
    address = reverse("booking_cancel", args=[scene.booking.ulid])
    assert client.get(address).status_code == 200
    scene.booking.refresh_from_db()
    assert scene.booking.state == "confirmed"
    assert client.post(address, {"reason": "实验改期"}).status_code == 302
    scene.booking.refresh_from_db()
    assert (scene.booking.state, scene.booking.cancel_reason) == ("cancelled", "实验改期")
    again = client.post(address)
    assert again.status_code == 409
    assert "bookings.cancelled" in again.content.decode()


def test_usage_shows_every_line_of_the_charge_and_the_total(scene: Scene, signed_in: SignedIn) -> None:
    record = scene.use(30)
    charge = charge_record(record=record, now=scene.now + HOUR)
    client = signed_in(scene.people.alice)
    page = _page(client, "usage_list", month=f"{school_time(scene.now):%Y-%m}")
    assert charge.amount_fen == 130_00
    assert page.count("¥130.00") >= 2
    assert "QY-FEE-QY000004" in page
    assert "0.5 h" in page
    answer = client.get(reverse("usage_export"))
    with ZipFile(BytesIO(b"".join(answer))) as book:
        assert "<v>130</v>" in book.read("xl/worksheets/sheet1.xml").decode()


def test_the_usage_of_others_is_not_mine(scene: Scene, signed_in: SignedIn) -> None:
    scene.use(30)
    assert "FE-SEM" not in _page(signed_in(scene.people.bob), "usage_list")


def test_the_wall_names_the_user_to_the_crew_and_to_nobody_else(scene: Scene, signed_in: SignedIn) -> None:
    scene.unlock()
    assert "艾丽" in _page(signed_in(scene.people.teng), "wall_tiles")
    finance = _page(signed_in(scene.people.finance), "wall_tiles")
    assert "艾丽" in finance  # the right to see the reports of the school
    assert "wall_stop" not in finance
    assert reverse("wall_stop", args=[DEV, 1]) not in finance


def test_an_unchanged_wall_is_not_sent_again(scene: Scene, signed_in: SignedIn) -> None:
    client = signed_in(scene.people.teng)
    first = client.get(reverse("wall_tiles"))
    etag = first.headers["ETag"]
    same = client.get(reverse("wall_tiles"), headers={"If-None-Match": etag})
    assert (same.status_code, same.content) == (304, b"")
    scene.unlock()
    changed = client.get(reverse("wall_tiles"), headers={"If-None-Match": etag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != etag


def test_a_silent_controller_turns_grey_on_the_wall(scene: Scene, signed_in: SignedIn) -> None:
    scene.connect(at=scene.now - HOUR)
    assert "未连接" in _page(signed_in(scene.people.teng), "wall_tiles")


def test_a_stop_that_nobody_answers_is_told_on_the_wall_and_comes_first(
    scene: Scene, signed_in: SignedIn
) -> None:
    scene.unlock()
    client = signed_in(scene.people.teng)
    before = client.get(reverse("wall_tiles"))
    assert "电源可能仍然接通" not in before.content.decode()
    lock_node(dev=DEV, node=1, by=scene.people.teng, now=scene.now - 20 * SECOND, reason="检查")
    after = client.get(reverse("wall_tiles"), headers={"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200
    assert "电源可能仍然接通" in after.content.decode()
    assert "断电未确认" in _page(client, "home")
    assert "断电未确认" in _page(client, "instrument_detail", scene.people.sem.asset_no)
    DeviceCommand.objects.update(acked_at=scene.now, ok=True)
    assert "电源可能仍然接通" not in _page(client, "wall_tiles")


def test_locking_needs_a_reason_and_no_password(scene: Scene, signed_in: SignedIn) -> None:
    client = signed_in(scene.people.teng)
    address = reverse("wall_lock", args=[DEV, 1])
    assert client.post(address, {"reason": ""}).status_code == 422
    assert not InstrumentLock.objects.exists()
    assert client.post(address, {"reason": "真空泄漏"}).status_code == 302
    assert InstrumentLock.objects.get().reason == "真空泄漏"
    assert "真空泄漏" in _page(client, "instrument_detail", scene.people.sem.asset_no)
    assert "instruments.locked" in client.post(address, {"reason": "再次"}).content.decode()


def test_stopping_and_unlocking_ask_for_the_password_first(scene: Scene, client: Client) -> None:
    client.post(reverse("account_login"), {"login": "teng", "password": PASSWORD})
    address = reverse("wall_unlock", args=[DEV, 1])
    asked = client.get(address)
    assert asked.headers["Location"].startswith(reverse("account_reauthenticate"))
    client.post(asked.headers["Location"], {"password": PASSWORD, "next": address})
    unknown = client.post(address, {"person": "nobody", "reason": "忘带卡"})
    assert unknown.status_code == 422
    assert not DeviceCommand.objects.exists()
    assert client.post(address, {"person": "alice", "reason": "忘带卡"}).status_code == 302
    command = DeviceCommand.objects.get()
    assert (command.kind, command.subject, command.asked_by) == ("ask", scene.people.alice, scene.people.teng)


def test_a_lock_is_released_with_the_password(scene: Scene, client: Client) -> None:
    client.post(reverse("account_login"), {"login": "teng", "password": PASSWORD})
    client.post(reverse("instrument_lock", args=["QY000004"]), {"reason": "检查"})
    address = reverse("instrument_release", args=["QY000004"])
    asked = client.post(address, {"reason": ""})
    client.post(asked.headers["Location"], {"password": PASSWORD, "next": address})
    assert InstrumentLock.objects.get().released_at is not None


def test_a_decision_explains_itself_to_its_subject(scene: Scene, signed_in: SignedIn) -> None:
    people = scene.people
    verdict = gate.check(user=people.bob, instrument=people.sem, at=scene.now, now=scene.now, asked_by="test")
    page = _page(signed_in(people.bob), "decision_detail", verdict.decision)
    assert "拒绝" in page
    for code in verdict.codes:
        assert code in page
    assert "access.unlock" in page
    assert "durable" in page or "codegen" in page


def test_switching_the_language_keeps_the_page(scene: Scene, signed_in: SignedIn) -> None:
    client = signed_in(scene.people.alice)
    here = reverse("instrument_list") + "?q=SEM&order=-name_zh"
    assert "搜索仪器" in client.get(here).content.decode()
    answer = client.post(reverse("set_language"), {"language": "en", "next": here})
    assert answer.headers["Location"] == here
    assert "Search instruments" in client.get(here).content.decode()


def test_the_language_switch_never_leaves_the_site(db: None, client: Client) -> None:
    answer = client.post(reverse("set_language"), {"language": "en", "next": "https://example.org/"})
    assert "example.org" not in answer.headers["Location"]
