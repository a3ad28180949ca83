"""The pages of evaluation schemes: reading, editing with live checks, adopting, and the simulator."""

import json
from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from apps.evaluation import editing, schemes
from apps.evaluation.content import stored
from apps.evaluation.models import Scheme, SchemeVersion
from apps.evaluation.shipped import shipped
from tests.web.conftest import SignedIn
from tests.web.scene import Scene


@pytest.fixture
def office(scene: Scene, signed_in: SignedIn) -> Client:
    schemes.install_shipped(now=scene.now)
    return english(signed_in(scene.people.office))


def english(client: Client) -> Client:
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


@pytest.fixture
def draft(scene: Scene, office: Client) -> SchemeVersion:
    scheme = Scheme.objects.get(key="ministry")
    return schemes.begin_draft(scheme=scheme, by=scene.people.office, now=scene.now)


def form_of(version: SchemeVersion, **changes: str) -> dict[str, str]:
    """What the editor would send."""
    kept = json.loads(version.content)
    sent = {name: str(kept[name]) for name in ("subject", "period", "decimals")}
    for name in ("title", "note"):
        sent |= {f"{name}_{language}": kept[name][language] for language in ("zh", "en")}
    for name, rows in editing.rows(kept).items():
        for number, row in enumerate(rows):
            sent |= {f"{name}-{number}-{column}": text for column, text in row.items()}
    return sent | {"revision": str(version.revision)} | changes


def page(client: Client, name: str, version: SchemeVersion, **query: str) -> str:
    answer = client.get(reverse(name, args=[version.ulid]), query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_what_the_editor_shows_is_what_it_sends(draft: SchemeVersion, office: Client) -> None:
    answer = office.post(reverse("evaluation_scheme_edit", args=[draft.ulid]), form_of(draft))
    assert answer.status_code == 302
    draft.refresh_from_db()
    assert stored(SchemeVersion.objects.get(pk=draft.pk).tree) == stored(shipped("ministry"))
    assert draft.revision == 2


def test_the_checks_follow_what_is_typed_and_save_nothing(draft: SchemeVersion, office: Client) -> None:
    address = reverse("evaluation_scheme_check", args=[draft.ulid])
    fine = office.post(address, form_of(draft)).content.decode()
    assert "100.00" in fine  # the example with everything
    assert "The checks find nothing to mend." in fine
    wrong = office.post(
        address, form_of(draft, **{"parts-2-weight": "20", "parts-0-formula": "effective_hours / (quota"})
    ).content.decode()
    assert "The weights total 95, not 100." in wrong
    assert "“)” is missing at position 25" in wrong
    odd = office.post(address, form_of(draft, **{"parts-0-weight": "x"})).content.decode()
    assert "The scheme cannot be read" in odd
    draft.refresh_from_db()
    assert draft.revision == 1


def test_what_cannot_be_saved_is_kept_on_the_page(draft: SchemeVersion, office: Client) -> None:
    address = reverse("evaluation_scheme_edit", args=[draft.ulid])
    answer = office.post(address, form_of(draft, revision="7", title_en="Another"))
    assert answer.status_code == 409
    assert "Somebody else has changed this draft" in answer.content.decode()
    assert 'value="Another"' in answer.content.decode()
    answer = office.post(address, form_of(draft, decimals="many"))
    assert answer.status_code == 422
    assert 'value="many"' in answer.content.decode()


def test_adopting_and_what_differs(draft: SchemeVersion, office: Client) -> None:
    changed = form_of(draft, **{"parts-2-weight": "30", "parts-0-weight": "30"})
    office.post(reverse("evaluation_scheme_edit", args=[draft.ulid]), changed)
    adopt = reverse("evaluation_scheme_adopt", args=[draft.ulid])
    late = office.post(adopt, {"revision": "1", "valid_from": "2026-09-01", "citation": ""})
    assert late.status_code == 422
    assert office.post(adopt, {"revision": "2", "valid_from": "2026-09-01"}).status_code == 302
    shown = page(office, "evaluation_scheme", SchemeVersion.objects.get(pk=draft.pk))
    assert "What differs from version 1" in shown
    assert "Parts: hours" in shown
    assert office.get(reverse("evaluation_scheme_edit", args=[draft.ulid])).status_code == 302


def test_a_draft_with_a_fault_is_not_adopted(draft: SchemeVersion, office: Client) -> None:
    office.post(
        reverse("evaluation_scheme_edit", args=[draft.ulid]), form_of(draft, **{"parts-2-weight": "20"})
    )
    adopt = reverse("evaluation_scheme_adopt", args=[draft.ulid])
    answer = office.post(adopt, {"revision": "2", "valid_from": "2026-09-01"})
    assert answer.status_code == 422
    assert "The weights total 95, not 100." in answer.content.decode()


def test_drafts_are_the_offices(draft: SchemeVersion, scene: Scene, signed_in: SignedIn) -> None:
    alice = signed_in(scene.people.alice)
    for name in ("evaluation_scheme", "evaluation_simulator"):
        assert alice.get(reverse(name, args=[draft.ulid])).status_code == 404
    assert draft.ulid not in alice.get(reverse("evaluation_scheme_list")).content.decode()


def test_a_scheme_of_our_own(office: Client) -> None:
    like = SchemeVersion.objects.get(scheme__key="school")
    answer = office.post(reverse("evaluation_scheme_new"), {"key": "ours", "like": like.ulid})
    made = SchemeVersion.objects.get(scheme__key="ours")
    assert answer["Location"] == reverse("evaluation_scheme_edit", args=[made.ulid])
    again = office.post(reverse("evaluation_scheme_new"), {"key": "ours", "like": like.ulid})
    assert again.status_code == 422
    discard = reverse("evaluation_scheme_discard", args=[made.ulid])
    assert office.get(discard).status_code == 200
    assert office.post(discard).status_code == 302
    assert not Scheme.objects.filter(key="ours").exists()


def test_the_simulator_ranks_and_says_what_is_full(scene: Scene, office: Client, signed_in: SignedIn) -> None:
    version = SchemeVersion.objects.get(scheme__key="ministry")
    alice = english(signed_in(scene.people.alice))
    shown = page(
        alice,
        "evaluation_simulator",
        version,
        effective_hours="1400",
        trained_alone="3",
        income="25000",
        papers_core="1",
    )
    assert "57.25" in shown  # 35 + 6 + 1.25 + 15
    assert "capped at 100" in shown
    assert "its part is full" in shown
    assert shown.index("National and international prizes") < shown.index("Core papers")
    part = alice.get(
        reverse("evaluation_simulator", args=[version.ulid]),
        {"effective_hours": "800"},
        headers={"HX-Request": "true"},
    )
    assert "<html" not in part.content.decode()
    assert "20.00" in part.content.decode()


@pytest.mark.parametrize("wrong", ["x", "-3", "1e9", "9" * 40, "½", "\uff11\uff12"])
def test_the_simulator_takes_what_is_no_number_as_nothing(office: Client, wrong: str) -> None:
    version = SchemeVersion.objects.get(scheme__key="ministry")
    assert "0.00" in page(office, "evaluation_simulator", version, effective_hours=wrong, cohort="nobody")


def test_the_pages_take_few_queries(
    draft: SchemeVersion,
    office: Client,
    django_assert_max_num_queries: DjangoAssertNumQueries,
    now: datetime,
) -> None:
    for name, most in (
        ("evaluation_scheme_list", 14),
        ("evaluation_scheme", 15),
        ("evaluation_scheme_edit", 14),
        ("evaluation_simulator", 14),
    ):
        args = [] if name.endswith("list") else [draft.ulid]
        with django_assert_max_num_queries(most):
            assert office.get(reverse(name, args=args)).status_code == 200
