"""Whoever judges by a figure opens the records behind it, and reads no names in them: the panel of a round,
the panel of a facility. The frozen number stands beside what the records say now.
"""

from datetime import timedelta

import pytest
from django.urls import reverse

from apps.evaluation.models import Judge, Sheet
from tests.factories.evaluations import opened as opened_round
from tests.factories.evaluations import sheet_of
from tests.factories.panels import staff
from tests.factories.usage import Past, past_uses
from tests.web.conftest import SignedIn
from tests.web.scene import Scene
from tests.workflows.facility_review.years import Year, opened
from workflows.evaluation.drawing import draw

HOUR_MS = 3_600_000
DAY = timedelta(days=1)
ENGLISH = {"accept-language": "en"}


@pytest.fixture
def sheet(scene: Scene) -> Sheet:
    """Of the FE-SEM A, which Alice used for three hours; what records answer is frozen."""
    round_ = opened_round(scene.people, scene.now)
    past_uses(scene.people.sem, [Past(round_.starts + 30 * DAY, 3 * HOUR_MS, scene.people.alice)])
    draw(round_, scene.now)
    return sheet_of(round_, scene.people.sem)


def test_a_judge_of_a_round_opens_what_is_behind_a_figure_without_names(
    scene: Scene, sheet: Sheet, signed_in: SignedIn
) -> None:
    judge = staff("judge", "评委", scene.now - 30 * DAY)
    address = reverse("evaluation_figure", args=[sheet.ulid, "effective_hours"])
    assert signed_in(judge).get(address).status_code == 404
    Judge.objects.create(round=sheet.round, user=judge, stage="bands", at=scene.now)
    Sheet.objects.filter(pk=sheet.pk).update(band=Sheet.Band.TOP)
    assert address in signed_in(judge).get(reverse("evaluation_sheet", args=[sheet.ulid])).content.decode()
    answer = signed_in(judge).get(address, headers=ENGLISH)
    assert (answer.status_code, answer.context["total"].value) == (200, 3 * HOUR_MS)
    assert [row.person for row, _added in answer.context["rows"]] == [None]
    named = signed_in(scene.people.teng).get(address, headers=ENGLISH)
    assert [row.person for row, _added in named.context["rows"]] == [scene.people.alice]


def test_what_the_records_say_now_stands_beside_what_was_frozen(
    scene: Scene, sheet: Sheet, signed_in: SignedIn
) -> None:
    past_uses(scene.people.sem, [Past(sheet.round.starts + 40 * DAY, 4 * HOUR_MS, scene.people.alice)])
    address = reverse("evaluation_figure", args=[sheet.ulid, "effective_hours"])
    answer = signed_in(scene.people.teng).get(address, headers=ENGLISH)
    assert (answer.context["frozen"].value, answer.context["total"].value) == (3 * HOUR_MS, 7 * HOUR_MS)
    assert "it is 3 h, the records below make 7 h" in answer.content.decode()
    book = signed_in(scene.people.teng).get(address, {"excel": "1"})
    assert b"".join(book.streaming_content).startswith(b"PK")  # type: ignore[attr-defined]


def test_only_who_reads_the_evidence_of_a_sheet_opens_its_records(
    scene: Scene, sheet: Sheet, signed_in: SignedIn
) -> None:
    for key in ("effective_hours", "prizes_school", "nothing"):
        address = reverse("evaluation_figure", args=[sheet.ulid, key])
        assert signed_in(scene.people.charlie).get(address).status_code == 404
    for key in ("prizes_school", "nothing"):
        address = reverse("evaluation_figure", args=[sheet.ulid, key])
        assert signed_in(scene.people.teng).get(address).status_code == 404


@pytest.fixture
def year(scene: Scene) -> Year:
    return opened(scene.people, scene.now)


def test_the_panel_of_a_facility_opens_what_is_behind_a_number_once_it_is_confirmed(
    year: Year, signed_in: SignedIn
) -> None:
    judge = year.judges[0]
    table = reverse("facility_table", args=[year.table.ulid])
    address = reverse("facility_figure", args=[year.table.ulid, "effective_hours"])
    papers = reverse("facility_papers", args=[2025, year.table.facility.ulid])
    year.complete()
    assert {signed_in(judge).get(one).status_code for one in (table, address, papers)} == {404}
    year.confirm()
    year.seat()
    assert address in signed_in(judge).get(table).content.decode()
    answer = signed_in(judge).get(address, headers=ENGLISH)
    assert (answer.status_code, answer.context["total"].value) == (200, 3 * HOUR_MS)
    assert [row.person for row, _added in answer.context["rows"]] == [None]
    assert signed_in(judge).get(papers).status_code == 200


def test_what_the_facility_wrote_itself_has_no_records(year: Year, signed_in: SignedIn) -> None:
    for key in ("seminars", "staff", "nothing"):
        address = reverse("facility_figure", args=[year.table.ulid, key])
        assert signed_in(year.head).get(address).status_code == 404, key
    measured = reverse("facility_figure", args=[year.table.ulid, "effective_hours"])
    assert signed_in(year.they.alice).get(measured).status_code == 404
    book = signed_in(year.head).get(measured, {"excel": "1"})
    assert b"".join(book.streaming_content).startswith(b"PK")  # type: ignore[attr-defined]
