"""The pages of hosting: what the owner, the host and the office read and do, and that nobody else does."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook
from pytest_django import DjangoAssertNumQueries, Settings

from apps.core.clock import school_time
from apps.core.outbox import WORKER, relay
from apps.hosting.breaches import suspend_for
from apps.hosting.inventory import Thing, write_inventory
from apps.hosting.models import Agreement, RepairCost
from apps.hosting.negotiating import propose_terms
from apps.hosting.signing import sign
from apps.instruments.operations import open_work_order
from apps.notices.models import Notice
from documents.models import Document
from tests.factories.hosting import (
    THINGS,
    House,
    agreed,
    breached,
    countersigned,
    fresh,
    house,
    inspected,
    offered,
    running,
    terms,
)
from tests.factories.instruments import sister
from tests.people import another_group, gather_with_rules
from tests.workflows.hosting import walking
from workflows.hosting.ending import look_after
from workflows.hosting.forms import ThingsField
from workflows.hosting.stating import state_all
from workflows.models import Case

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def home(present: datetime) -> House:
    return house(gather_with_rules(present), present)


def page(client: Client, name: str, *args: object, **query: str) -> str:
    return client.get(reverse(name, args=args), query, headers={"accept-language": "en"}).content.decode()


def filled(home: House, **changes: Any) -> dict[str, Any]:
    """The form of terms, filled in."""
    said = terms(home.now)
    return {
        "base": "0",
        "since": said.since.isoformat(),
        "until": said.until.isoformat(),
        "place": "A201",
        "owner_pays": "50",
        "insurer": "none",
        "insured": "",
        "exit_days": "60",
        "consumables": "user",
        "share_owner": "20",
        "share_host": "60",
        "share_school": "10",
        "share_repair": "10",
        "days_0": ["1", "3"],
        "first_0": "08:00",
        "last_0": "12:00",
        "others_0": "24",
        "from_0": "0",
        "bears_0": "0",
        "from_1": "5000",
        "bears_1": "50",
        **changes,
    }


def test_the_owner_sees_what_is_hosted_and_the_host_too(
    client: Client, home: House, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.force_login(home.owner)
    assert "Nothing is hosted for you" in page(client, "hosting_list")
    agreement = running(home)
    page(client, "hosting_list")
    with django_assert_num_queries(10):
        text = page(client, "hosting_list")
    assert reverse("hosting_agreement", args=[agreement.ulid]) in text
    assert "Running" in text
    client.force_login(home.hana)
    assert "Hosted by my facilities" in page(client, "hosting_list")
    client.force_login(home.they.alice)
    assert agreement.asset_no not in page(client, "hosting_list")


def test_the_agreement_leads_each_side_to_what_waits_for_it(client: Client, home: House) -> None:
    case = walking.offered(home)
    agreement, step = walking.agreement_of(case), case.steps.get(answered_at__isnull=True)
    link = reverse("task_detail", args=[step.ulid])
    client.force_login(home.hana)
    assert link in page(client, "hosting_agreement", agreement.ulid)
    client.force_login(home.owner)
    text = page(client, "hosting_agreement", agreement.ulid)
    assert "What happens next" in text
    assert link not in text
    assert reverse("case_detail", args=[step.case.ulid]) in text


def test_the_agreement_says_everything_in_words(
    client: Client, home: House, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    agreement = running(home)
    client.force_login(home.owner)
    page(client, "hosting_agreement", agreement.ulid)
    with django_assert_num_queries(30):
        text = page(client, "hosting_agreement", agreement.ulid)
    assert "Monday 08:00 to 12:00 (others from 24 hours before)" in text
    assert "The owner&#x27;s group pays 50 % of the internal price." in text
    assert "样品台" in text
    assert "confirmed by both" in text
    assert "Give notice of exit" in text
    assert "The first statement comes on the first of next month." in text


def test_a_stranger_with_a_valid_login_finds_nothing(client: Client, home: House) -> None:
    agreement = inspected(home)
    propose_terms(agreement=agreement, terms=terms(home.now), by=home.hana, now=home.now, base=0)
    client.force_login(another_group(home.they, home.now).pi)
    for name in (
        "hosting_agreement",
        "hosting_terms",
        "hosting_differences",
        "hosting_leave",
        "hosting_breach",
    ):
        assert client.get(reverse(name, args=[agreement.ulid])).status_code == 404
        assert client.post(reverse(name, args=[agreement.ulid])).status_code in (404, 405)
    answer = client.post(reverse("hosting_accept", args=[agreement.ulid]), {"number": "1"})
    assert answer.status_code == 404
    assert fresh(agreement).state == "negotiating"
    assert agreement.versions.get().acceptances.count() == 1


def test_a_side_proposes_and_a_share_of_a_hundred_and_one_is_told_at_its_field(
    client: Client, home: House
) -> None:
    agreement = inspected(home)
    client.force_login(home.hana)
    address = reverse("hosting_terms", args=[agreement.ulid])
    assert "Propose terms" in page(client, "hosting_terms", agreement.ulid)
    answer = client.post(address, filled(home, share_owner="21"), headers={"accept-language": "en"})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "The shares make 101 %, and not 100 %." in text
    assert 'value="21"' in text
    for wrong in ({"insured": "x"}, {"until": "2020-01-01"}, {"days_0": ["9"]}, {"owner_pays": "-1"}):
        assert client.post(address, filled(home, **wrong)).status_code == 422
    assert not agreement.versions.exists()
    answer = client.post(address, filled(home))
    assert (answer.status_code, answer["Location"]) == (
        302,
        reverse("hosting_agreement", args=[agreement.ulid]),
    )
    version = agreement.versions.get()
    assert version.content["shares"] == {"owner": 200, "host": 600, "school": 100, "repair": 100}
    assert version.content["windows"][0]["weekdays"] == "13"
    assert version.content["repairs"][1] == {"from_fen": 500_000, "owner_permille": 500}
    relay(channel=WORKER, now=home.now + DAY, limit=500)
    assert Notice.objects.filter(user=home.owner, kind="hosting.proposed").exists()
    assert client.post(address, filled(home, exit_days="90")).status_code == 422  # from an old version


def test_both_see_the_difference_and_accept_the_last_version(
    client: Client, home: House, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    agreement = inspected(home)
    propose_terms(agreement=agreement, terms=terms(home.now), by=home.hana, now=home.now, base=0)
    client.force_login(home.owner)
    assert "Read and accept version 1" in page(client, "hosting_agreement", agreement.ulid)
    text = page(client, "hosting_differences", agreement.ulid)
    assert text.count("Version 1</th>") == 1  # one version is not compared with itself
    propose_terms(
        agreement=agreement, terms=terms(home.now, exit_days=90), by=home.owner, now=home.now, base=1
    )
    assert "Read and accept" not in page(client, "hosting_agreement", agreement.ulid)
    client.force_login(home.hana)
    assert "Read and accept version 2" in page(client, "hosting_agreement", agreement.ulid)
    page(client, "hosting_differences", agreement.ulid)
    with django_assert_num_queries(13):
        text = page(client, "hosting_differences", agreement.ulid)
    assert "<del>Either side may give it up with 60 days of notice.</del>" in text
    assert "<ins>Either side may give it up with 90 days of notice.</ins>" in text
    assert text.count("table-warning") == 1
    assert "Accept version 2" in text
    client.force_login(home.owner)
    assert "Accept version 2" not in page(client, "hosting_differences", agreement.ulid)
    client.force_login(home.hana)
    assert "Only the last version" in page(client, "hosting_differences", agreement.ulid, after="1")
    address = reverse("hosting_accept", args=[agreement.ulid])
    client.post(address, {"number": "1"})
    assert fresh(agreement).state == "negotiating"
    client.post(address, {"number": "2"})
    assert fresh(agreement).state == "agreed"


def test_without_terms_there_is_nothing_to_compare(client: Client, home: House) -> None:
    client.force_login(home.owner)
    assert client.get(reverse("hosting_differences", args=[offered(home).ulid])).status_code == 404


def test_the_office_finds_every_agreement_and_takes_it_along(
    client: Client, home: House, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    agreement = running(home)
    client.force_login(home.they.office)
    page(client, "hosting_board")
    with django_assert_num_queries(8):
        text = page(client, "hosting_board")
    assert agreement.asset_no in text
    assert agreement.asset_no in page(client, "hosting_board", state="force", q=agreement.asset_no)
    assert "No agreement fits" in page(client, "hosting_board", state="open")
    assert agreement.asset_no in page(
        client, "hosting_board", state="nonsense", facility="x", page="x", order="-x"
    )
    sheet = client.get(reverse("hosting_export"), {"state": "running"})
    rows = list(load_workbook(BytesIO(b"".join(sheet.streaming_content))).active.values)  # type: ignore[attr-defined,union-attr]
    assert rows[1][0] == agreement.asset_no
    assert len(rows) == 2


def test_photographs_are_for_the_sides_and_pictures_only(
    client: Client, home: House, settings: Settings, tmp_path: Any
) -> None:
    settings.ATTACHMENTS_DIR = tmp_path
    agreement = inspected(home)
    client.force_login(home.hana)
    address = reverse("hosting_photo_add", args=[agreement.ulid])
    picture = b"\x89PNG\r\n\x1a\n0000"
    for name, content in (("a.exe", picture), ("a.png", b"MZ"), ("a.jpg", picture)):
        sent = {"about": "inspection", "file": SimpleUploadedFile(name, content)}
        assert client.post(address, sent).status_code == 422
    sent = {"about": "inspection", "item": "主机", "file": SimpleUploadedFile("a.png", picture)}
    assert client.post(address, sent).status_code == 302
    photo = agreement.photos.get()
    answer = client.get(reverse("hosting_photo", args=[photo.ulid]))
    assert (answer.content, answer["Content-Type"], answer["X-Content-Type-Options"]) == (
        picture,
        "image/png",
        "nosniff",
    )
    client.force_login(home.they.alice)
    assert client.get(reverse("hosting_photo", args=[photo.ulid])).status_code == 404


def test_a_photograph_stays_with_its_thing_when_the_line_is_written_anew(
    client: Client, home: House, settings: Settings, tmp_path: Any
) -> None:
    settings.ATTACHMENTS_DIR = tmp_path
    agreement = countersigned(home)
    write_inventory(agreement=agreement, way="in", things=THINGS, by=home.hana, now=home.now)
    client.force_login(home.hana)
    address = reverse("hosting_photo_add", args=[agreement.ulid])
    assert '<option value="2">样品台</option>' in client.get(address).content.decode()
    for thing, status in (("7", 422), ("2", 302)):
        picture = SimpleUploadedFile("a.png", b"\x89PNG\r\n\x1a\n0000")
        sent = {"about": "in", "thing": thing, "file": picture}
        assert client.post(address, sent).status_code == status
    photo = agreement.photos.get()
    things = [Thing("样品台, 三件", 3, "worn", key=2), Thing("主机", 1)]
    write_inventory(agreement=agreement, way="in", things=things, by=home.hana, now=home.now)
    text = page(client, "hosting_agreement", agreement.ulid)
    [row] = re.findall(r"<th scope=.row.>(?:(?!</th>).)*样品台, 三件.*?</th>", text)
    assert reverse("hosting_photo", args=[photo.ulid]) in row


def test_the_host_writes_what_a_repair_has_cost(client: Client, home: House) -> None:
    agreement = running(home)
    order = open_work_order(instrument=home.machine, summary="pump", by=home.hugo, now=home.now)
    client.force_login(home.hana)
    address = reverse("hosting_cost", args=[agreement.ulid, order.ulid])
    assert "Write its cost" in page(client, "hosting_agreement", agreement.ulid)
    for wrong in ({"cost": ""}, {"cost": "x"}, {"cost": "-1"}):
        assert client.post(address, wrong).status_code == 422
    assert client.post(address, {"cost": "10,000.01"}).status_code == 302
    cost = RepairCost.objects.get()
    assert (cost.owner_fen, cost.host_fen) == (500_001, 500_000)
    client.force_login(home.owner)
    assert client.post(address, {"cost": "1"}).status_code == 422
    assert "¥5,000.01" in page(client, "hosting_agreement", agreement.ulid)


def test_a_side_gives_notice_and_reports_a_breach(client: Client, home: House) -> None:
    agreement = running(home)
    client.force_login(home.owner)
    address = reverse("hosting_breach", args=[agreement.ulid])
    assert client.post(address, {"side": "owner", "what": "x"}).status_code == 422
    answer = client.post(address, {"side": "host", "what": "closed for weeks"})
    assert answer["Location"] == reverse("case_detail", args=[Case.objects.get().ulid])
    relay(channel=WORKER, now=home.now + DAY, limit=500)
    assert Notice.objects.filter(user=home.hana, kind="hosting.breached").exists()
    assert "closed for weeks" in page(client, "hosting_agreement", agreement.ulid)
    address = reverse("hosting_leave", args=[agreement.ulid])
    assert client.post(address, {"reason": ""}).status_code == 422
    assert client.post(address, {"reason": "a new project"}).status_code == 302
    assert fresh(agreement).state == "leaving"
    assert "Notice of exit by: Owner" in page(client, "hosting_agreement", agreement.ulid)


def test_a_suspended_agreement_says_what_rests(client: Client, home: House) -> None:
    agreement = running(home)
    breach = breached(home, agreement)
    suspend_for(breach=breach, by=home.they.office, now=home.now, note="grave")
    client.force_login(home.owner)
    assert "priority and discount rest" in page(client, "hosting_agreement", agreement.ulid)


def test_an_agreement_before_its_first_day_says_that_no_clause_counts_yet(
    client: Client, home: House
) -> None:
    beside = replace(home, machine=sister(home.machine, "QY990001", home.now))
    early = running(home, since=school_time(home.now).date() + timedelta(days=20))
    client.force_login(home.owner)
    assert "No clause counts before" in page(client, "hosting_agreement", early.ulid)
    counting = running(beside)
    assert "No clause counts before" not in page(client, "hosting_agreement", counting.ulid)


def test_the_statement_comes_on_the_first_once_with_its_paper_and_a_notice(
    client: Client, home: House, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    agreement = running(home)
    assert state_all(now=home.now) == 0  # October: it did not run then
    first = datetime(2026, 12, 1, 1, tzinfo=home.now.tzinfo)
    assert state_all(now=first) == 1
    assert state_all(now=first) == 0
    statement = agreement.statements.get()
    assert statement.month == "2026-11"
    assert Document.objects.filter(kind="hosting_statement").count() == 1
    relay(channel=WORKER, now=first + DAY, limit=500)
    assert Notice.objects.filter(user=home.owner, kind="hosting.stated").count() == 1
    client.force_login(home.owner)
    page(client, "hosting_statement", statement.ulid)
    with django_assert_num_queries(10):
        text = page(client, "hosting_statement", statement.ulid)
    assert "Statement 2026-11" in text
    assert "There was no income in this month." in text
    client.force_login(home.they.alice)
    assert client.get(reverse("hosting_statement", args=[statement.ulid])).status_code == 404
    paper = Document.objects.get(kind="hosting_statement")
    assert client.get(reverse("document_detail", args=[paper.ulid])).status_code == 404
    assert look_after(first) == 0


def test_the_pages_speak_chinese_without_a_word_of_english(client: Client, home: House) -> None:
    agreement = running(home)
    client.force_login(home.owner)
    for name in ("hosting_agreement", "hosting_terms", "hosting_differences"):
        text = client.get(
            reverse(name, args=[agreement.ulid]), headers={"accept-language": "zh-hans"}
        ).content.decode()
        for word in ("hours of priority", "Propose", "Version ", "Accept ", "Share of", "Mended"):
            assert word not in text, (name, word)


def test_signatures_are_seen_by_both(client: Client, home: House) -> None:
    agreement = agreed(home)
    assert agreement.terms is not None
    sign(agreement=agreement, side="owner", digest=agreement.terms.digest, by=home.owner, now=home.now)
    client.force_login(home.hana)
    text = page(client, "hosting_agreement", agreement.ulid)
    assert "Signatures" in text
    assert home.owner.display_name in text
    assert Agreement.objects.get(pk=agreement.pk).state == "agreed"


@pytest.mark.parametrize("sent", ["²", "9" * 5000, "-1", "1.0", ""])
def test_a_number_that_is_none_is_refused_and_breaks_nothing(client: Client, home: House, sent: str) -> None:
    agreement = inspected(home)
    propose_terms(agreement=agreement, terms=terms(home.now), by=home.hana, now=home.now, base=0)
    client.force_login(home.owner)
    answer = client.post(reverse("hosting_accept", args=[agreement.ulid]), {"number": sent})
    assert answer.status_code == 302
    assert fresh(agreement).state == "negotiating"
    for quantity in ("²", "9" * 5000, "-1", "0.5"):
        with pytest.raises(ValidationError):
            ThingsField().clean(f"pump; {quantity}")
