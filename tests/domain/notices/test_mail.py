"""Mails through a real SMTP conversation: what they hold, in which language, once, and what becomes of
refusals.
"""

from datetime import UTC, datetime, time, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from pytest_django import Settings

from apps.core import outbox
from apps.core.models import Delivery
from apps.notices import sending
from apps.notices.delivering import Outcome
from apps.notices.kinds import Channel
from apps.notices.models import Dispatch, EmailSuppression, Notice, Preference, Profile
from apps.notices.operations import mark_read
from apps.notices.preferences import choose, lift_suppression, remember_page_language
from apps.notices.sending import LEASE, claim, record, send_due
from apps.people.models import User
from apps.people.operations import end_user
from tests.domain.notices.conftest import KIND, URGENT, Send, Tell
from tests.fakes.smtp import MailHost

pytestmark = pytest.mark.django_db
EMAIL = Channel.EMAIL.value


def state(notice: Notice, channel: str = EMAIL) -> str:
    return Dispatch.objects.get(notice=notice, channel=channel).state


def prefer(user: User, now: datetime, **wishes: object) -> Profile:
    """The person's choices: a mode for mails of tasks, quiet hours, a language."""
    told = {"mode": "", "language": "", "quiet_from": None, "quiet_until": None, "way": "email", **wishes}
    modes = {("tasks", str(told.pop("way"))): str(told.pop("mode"))}
    return choose(user=user, modes=modes, now=now, **told)  # type: ignore[arg-type]


def test_a_mail_says_what_it_is_about_links_to_the_site_and_is_marked_as_automatic(
    alice: User, tell: Tell, send: Send, host: MailHost
) -> None:
    notice = tell(alice, url="/bookings/")
    assert send() == 1
    [mail] = host.mails
    message = mail.message
    assert (mail.sender, mail.recipients) == ("clearbench@example.edu.cn", ["alice@example.edu.cn"])
    assert message["Subject"] == "[Clearbench] Session at 电镜中心"
    assert message["To"] == "艾丽 <alice@example.edu.cn>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Id"] == "Clearbench <notices.bench.example.edu.cn>"
    assert message["List-Unsubscribe"] == "<https://bench.example.edu.cn/notices/preferences/>"
    assert message["Message-ID"] == f"<{notice.ulid}.1@bench.example.edu.cn>"
    link = f"https://bench.example.edu.cn/notices/{notice.ulid}/"
    assert link in mail.text
    assert f'href="{link}"' in mail.html
    assert "Bring 手套." in mail.text
    assert state(notice) == "sent"


def test_in_the_demo_a_mail_is_a_file_and_a_copy_replaces_it(
    alice: User, tell: Tell, host: MailHost, now: datetime, settings: Settings, tmp_path: Path
) -> None:
    settings.EMAIL_BACKEND = "apps.notices.mailfiles.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    notice = tell(alice)
    for _ in range(2):
        outbox.relay(channel=outbox.WORKER, now=now)
        Dispatch.objects.update(state=Dispatch.State.PENDING, due_at=now)
        assert send_due(channel=EMAIL, clock=lambda: now) == 1
    [file] = (tmp_path / "mail").iterdir()
    assert file.name == f"{notice.ulid}.1-alice.eml"
    read = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert read["Subject"] == "[Clearbench] Session at 电镜中心"


def test_everybody_is_written_to_in_their_own_language(
    alice: User, bob: User, tell: Tell, send: Send, host: MailHost, now: datetime
) -> None:
    prefer(bob, now, language="en")
    for user in (alice, bob):
        tell(user)
    send()
    to = {mail.recipients[0]: mail for mail in host.mails}
    english, chinese = to["bob@example.edu.cn"], to["alice@example.edu.cn"]
    assert "Microscopy Centre" in english.message["Subject"]
    assert "sign-in needed" in english.text
    assert 'lang="en"' in english.html
    assert '<span lang="zh">手套</span>' in english.html
    assert english.message["To"] == "Bob <bob@example.edu.cn>"
    assert "电镜中心" in chinese.message["Subject"]
    assert 'lang="zh-Hans"' in chinese.html


def test_the_language_of_the_pages_counts_until_one_is_chosen(
    alice: User, tell: Tell, send: Send, host: MailHost, now: datetime
) -> None:
    remember_page_language(user=alice, language="en", now=now)
    remember_page_language(user=alice, language="xx", now=now)
    tell(alice)
    send()
    prefer(alice, now, language="zh-hans")
    tell(alice)
    send()
    assert ["Microscopy Centre" in mail.message["Subject"] for mail in host.mails] == [True, False]


def test_a_fact_that_is_delivered_twice_sends_one_mail(
    alice: User, tell: Tell, send: Send, host: MailHost
) -> None:
    tell(alice)
    send()
    Delivery.objects.update(state=Delivery.State.PENDING)
    send()
    assert len(host.mails) == 1
    assert Dispatch.objects.filter(channel=EMAIL).count() == 1


def test_a_worker_that_dies_before_sending_loses_nothing(
    alice: User, tell: Tell, host: MailHost, now: datetime
) -> None:
    notice = tell(alice)
    outbox.relay(channel=outbox.WORKER, now=now)
    assert claim(EMAIL, now)  # and here the worker dies
    assert send_due(channel=EMAIL, clock=lambda: now + LEASE / 2) == 0
    assert send_due(channel=EMAIL, clock=lambda: now + LEASE) == 1
    assert [mail.message["Message-ID"] for mail in host.mails] == [f"<{notice.ulid}.1@bench.example.edu.cn>"]


def test_a_worker_that_dies_after_sending_sends_a_copy_that_is_known_to_be_one(
    alice: User, tell: Tell, host: MailHost, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(alice)
    outbox.relay(channel=outbox.WORKER, now=now)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(sending, "record", die)
        with pytest.raises(KeyboardInterrupt):
            send_due(channel=EMAIL, clock=lambda: now)
    assert send_due(channel=EMAIL, clock=lambda: now + LEASE) == 1
    first, second = host.mails
    assert first.message["Message-ID"] == second.message["Message-ID"]
    assert send_due(channel=EMAIL, clock=lambda: now + 10 * LEASE) == 0


def test_a_late_answer_does_not_undo_what_another_worker_recorded(
    alice: User, tell: Tell, host: MailHost, now: datetime
) -> None:
    notice = tell(alice)
    outbox.relay(channel=outbox.WORKER, now=now)
    slow = claim(EMAIL, now)
    assert send_due(channel=EMAIL, clock=lambda: now + LEASE) == 1
    record(slow, Outcome(error="timed out", down=True), now + LEASE)
    assert state(notice) == "sent"


def test_one_sender_at_a_time_and_one_connection_for_all(
    alice: User, bob: User, tell: Tell, send: Send, host: MailHost, now: datetime
) -> None:
    for user in (alice, bob, alice):
        tell(user)
    outbox.relay(channel=outbox.WORKER, now=now)
    claim(EMAIL, now)
    assert send() == 0  # somebody else is at it
    assert send(seconds=LEASE.total_seconds()) == 3
    assert (len(host.mails), host.connections) == (3, 1)


def test_an_address_that_refuses_for_good_gets_no_more_mail_until_its_owner_says_so(
    alice: User, tell: Tell, send: Send, host: MailHost, now: datetime
) -> None:
    host.refuses["alice@example.edu.cn"] = "550 5.1.1 no such mailbox"
    first = tell(alice)
    send()
    assert state(first) == "failed"
    assert EmailSuppression.objects.get().reason == "550 5.1.1 no such mailbox"
    second = tell(alice)
    send(hours=1)
    assert state(second) == "skipped"
    assert host.mails == []
    host.refuses.clear()
    lift_suppression(user=alice, now=now)
    tell(alice)
    send(hours=2)
    assert len(host.mails) == 1


def test_a_refusal_for_now_is_tried_again_later(
    alice: User, tell: Tell, send: Send, host: MailHost, now: datetime
) -> None:
    host.refuses["alice@example.edu.cn"] = "451 greylisted"
    notice = tell(alice)
    send()
    assert state(notice) == "pending"
    assert not EmailSuppression.objects.exists()
    host.refuses.clear()
    assert send(seconds=30) == 0
    assert send(minutes=2) == 1
    assert len(host.mails) == 1


def test_a_mail_that_is_refused_for_what_it_holds_is_given_up_and_the_address_stays_good(
    alice: User, tell: Tell, send: Send, host: MailHost
) -> None:
    host.after_data = "554 rejected as spam"
    notice = tell(alice)
    send()
    assert state(notice) == "failed"
    assert not EmailSuppression.objects.exists()


def test_a_mail_host_that_is_away_costs_a_delay_and_stops_the_round(
    alice: User, bob: User, tell: Tell, send: Send, settings: Settings, host: MailHost
) -> None:
    notices = [tell(alice), tell(bob)]
    settings.EMAIL_PORT = 1  # nobody listens there
    assert send() == 1
    assert {state(notice) for notice in notices} == {"pending"}
    for hour in range(1, 60):
        assert send(hours=hour) == 1
    settings.EMAIL_PORT = host.port
    assert send(hours=60) == 2
    assert len(host.mails) == 2


def test_what_could_not_be_sent_for_three_days_is_no_news_any_more(
    alice: User, tell: Tell, send: Send, settings: Settings, host: MailHost
) -> None:
    notice = tell(alice)
    settings.EMAIL_PORT = 1
    send()
    send(days=3, seconds=1)
    assert state(notice) == "failed"


def test_a_refusal_for_now_that_never_ends_is_given_up(
    alice: User, tell: Tell, send: Send, host: MailHost
) -> None:
    host.refuses["alice@example.edu.cn"] = "451 later"
    notice = tell(alice)
    for hour in range(0, 60, 3):
        send(hours=hour)
    assert state(notice) == "failed"
    assert Dispatch.objects.get().attempts == 10


def test_a_defect_in_one_notice_does_not_hold_up_the_others(
    alice: User, bob: User, tell: Tell, send: Send, host: MailHost
) -> None:
    broken = tell(alice)
    Notice.objects.filter(pk=broken.pk).update(args={"place": [], "what": "x"})
    tell(bob)
    send()
    assert [mail.recipients for mail in host.mails] == [["bob@example.edu.cn"]]
    assert state(broken) == "pending"
    assert "TypeError" in Dispatch.objects.get(notice=broken).last_error


def test_nobody_without_an_address_and_nobody_who_has_left_is_written_to(
    alice: User, bob: User, tell: Tell, send: Send, host: MailHost, now: datetime
) -> None:
    User.objects.filter(pk=alice.pk).update(email="")
    alice.refresh_from_db()
    tell(alice)
    end_user(user=bob, reason="毕业", by=None, now=now)
    bob.refresh_from_db()
    tell(bob)
    send()
    assert host.mails == []
    tell(bob, kind=URGENT)
    send()
    assert len(host.mails) == 1


def test_mails_that_are_not_wanted_are_not_sent_but_urgent_ones_are(
    alice: User, tell: Tell, send: Send, host: MailHost, now: datetime
) -> None:
    prefer(alice, now, mode="off")
    tell(alice)
    tell(alice, kind=URGENT)
    send()
    assert [mail.message["Subject"] for mail in host.mails] == ["[Clearbench] Leave 电镜中心"]
    prefer(alice, now, mode="")
    assert not Preference.objects.exists()
    tell(alice)
    send()
    assert len(host.mails) == 2


def test_the_daily_summary_is_one_mail_in_the_morning_without_what_was_read_meanwhile(
    alice: User, bob: User, tell: Tell, send: Send, host: MailHost, now: datetime
) -> None:
    prefer(alice, now, mode="daily", language="en")
    prefer(bob, now, mode="daily")
    notices = [tell(alice) for _ in range(3)]
    tell(bob)
    assert send() == 0
    mark_read(notice=notices[1], by=alice, now=now)
    eight = datetime(2026, 11, 24, 0, 0, tzinfo=UTC)  # 08:00 at the school
    assert send(eight - timedelta(seconds=1)) == 0
    assert send(eight) == 3
    [mine] = [mail for mail in host.mails if mail.recipients == ["alice@example.edu.cn"]]
    assert mine.message["Subject"] == "[Clearbench] 2 notices"
    assert [mine.text.count(notice.ulid) for notice in notices] == [1, 0, 1]
    assert state(notices[1]) == "skipped"


def test_quiet_hours_hold_mails_back_until_they_end_and_urgent_ones_not(
    alice: User, tell: Tell, send: Send, host: MailHost, now: datetime
) -> None:
    evening = datetime(2026, 11, 23, 15, 30, tzinfo=UTC)  # 23:30 at the school
    prefer(
        alice,
        now,
        quiet_from=time(22, 0),
        quiet_until=time(7, 30),
    )
    tell(alice, at=evening)
    tell(alice, at=evening, kind=URGENT)
    assert send(evening) == 1
    morning = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)  # 07:30 at the school
    assert send(morning - timedelta(seconds=1)) == 0
    assert send(morning) == 1
    assert tell(alice, at=morning)
    assert send(morning) == 1


def test_a_silenced_bell_keeps_the_notice_and_the_mail(
    alice: User, tell: Tell, send: Send, host: MailHost, now: datetime
) -> None:
    prefer(alice, now, mode="off", way="in_app")
    notice = tell(alice)
    send()
    notice.refresh_from_db()
    assert notice.silent
    assert len(host.mails) == 1
    assert KIND.key == notice.kind
