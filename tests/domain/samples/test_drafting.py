"""Writing a request: every fault of every row is told, a draft is its writer's, and what was handed in
stays.
"""

from dataclasses import replace
from typing import Any

import pytest

from apps.core.errors import Invalid, NotFound, NotPermitted, WrongState
from apps.people.operations import suspend_user
from apps.samples.drafting import (
    SampleDraft,
    change_draft,
    discard_draft,
    draft_request,
    reopen_draft,
    set_samples,
    submit_request,
)
from apps.samples.models import Sample, SampleRequest
from apps.samples.queries import find_request, my_requests
from apps.samples.services import add_service, end_service, instruments_for, services_of
from tests.factories.facts import audited, told
from tests.factories.instruments import sister
from tests.factories.refusals import refused
from tests.factories.samples import DRAFT, FIELDS, Lab, row, samples_of

pytestmark = pytest.mark.django_db


def test_samples_are_kept_as_they_were_typed_and_stay_with_their_requester(place: Lab) -> None:
    request = place.drafted(0)
    made = set_samples(
        request=request,
        rows=[
            row("A1", values={"material": " SiC ", "spots": "3", "form": "粉末", "coated": "是"}),
            row("A2", hazards=("toxic", "toxic"), magnetic=True, size_mm=None),
        ],
        by=place.they.alice,
        now=place.now,
    )
    first, second = samples_of(request)
    assert [one.pk for one in made] == [first.pk, second.pk]
    assert first.values == {"material": "SiC", "spots": "3", "form": "powder", "coated": True}
    assert (second.hazards, second.magnetic, second.size_mm) == (["toxic"], True, None)
    assert {(one.custody, one.holder, one.custody_seq) for one in (first, second)} == {
        ("requester", place.they.alice, 0)
    }
    assert first.code == f"{request.number}-01"


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"name": " "}, "name", "samples.name_missing"),
        ({"name": "n" * 81}, "name", "samples.name_long"),
        ({"name": "good"}, "name", "samples.name_twice"),
        ({"values": {}}, "material", "samples.field_required"),
        ({"values": {"material": "m" * 201}}, "material", "samples.field_long"),
        ({"values": {"material": "x", "spots": "many"}}, "spots", "samples.field_number"),
        ({"values": {"material": "x", "spots": "NaN"}}, "spots", "samples.field_number"),
        ({"values": {"material": "x", "spots": "51"}}, "spots", "samples.field_bounds"),
        ({"values": {"material": "x", "spots": "0"}}, "spots", "samples.field_bounds"),
        ({"values": {"material": "x", "form": "gas"}}, "form", "samples.field_choice"),
        ({"values": {"material": "x", "coated": "maybe"}}, "coated", "samples.field_flag"),
        ({"hazards": ("loud",)}, "hazards", "samples.hazard"),
        ({"size_mm": 0}, "size_mm", "samples.size"),
    ],
)
def test_a_row_with_a_fault_is_named_and_nothing_is_taken(
    place: Lab, changes: dict[str, Any], field: str, code: str
) -> None:
    request = place.drafted(1)
    rows = [row("good"), replace(row("other"), **changes)]
    with refused(Invalid, "samples.rows") as met:
        set_samples(request=request, rows=rows, by=place.they.alice, now=place.now)
    [fault] = met.details["faults"]
    assert (fault["row"], fault["field"], fault["code"]) == (2, field, code)
    assert fault["message"]
    assert [one.name for one in samples_of(request)] == ["S1"]


def test_all_faults_of_all_rows_are_told_at_once(place: Lab) -> None:
    request = place.drafted(0)
    rows = [SampleDraft(name=""), row("b", hazards=("loud",), size_mm=-1)]
    with refused(Invalid, "samples.rows") as met:
        set_samples(request=request, rows=rows, by=place.they.alice, now=place.now)
    assert [(one["row"], one["field"]) for one in met.details["faults"]] == [
        (1, "name"),
        (1, "material"),
        (2, "hazards"),
        (2, "size_mm"),
    ]
    too_many = [row(f"s{number}") for number in range(11)]
    with refused(Invalid, "samples.too_many"):
        set_samples(request=request, rows=too_many, by=place.they.alice, now=place.now)


def test_a_draft_is_its_writers_alone(place: Lab) -> None:
    request = place.drafted()
    others = (place.they.bob, place.they.olga, place.they.wang, place.they.office)
    for who in others:
        with refused(NotPermitted, "samples.not_yours"):
            submit_request(request=request, by=who, now=place.now)
        with refused(NotFound, "samples.no_request"):
            find_request(request.ulid, who, place.now)
    assert find_request(request.ulid, place.they.alice, place.now) == request
    assert [one.sample_count for one in my_requests(place.they.alice)] == [2]  # type: ignore[attr-defined]


def test_what_was_handed_in_is_not_a_draft_any_more(place: Lab) -> None:
    request = place.submitted()
    assert (request.state, request.submitted_at) == ("submitted", place.now)
    assert told("samples.request_changed")[-1] == {"request": request.ulid, "state": "submitted"}
    assert [entry.actor for entry in audited("samples.submit_request")] == [place.they.alice]
    for act in (
        lambda: set_samples(request=request, rows=[row("x")], by=place.they.alice, now=place.now),
        lambda: submit_request(request=request, by=place.they.alice, now=place.now),
        lambda: discard_draft(request=request, by=place.they.alice, now=place.now),
    ):
        with refused(WrongState, "samples.not_draft"):
            act()


def test_a_request_without_samples_is_not_handed_in(place: Lab) -> None:
    with refused(Invalid, "samples.none"):
        submit_request(request=place.drafted(0), by=place.they.alice, now=place.now)


def test_what_was_handed_in_goes_back_to_be_corrected_before_an_offer(place: Lab) -> None:
    request = place.accepted()
    reopened = reopen_draft(request=request, by=None, now=place.now, reason="which alloy?")
    assert (reopened.state, reopened.acceptance, reopened.outcome_note) == ("draft", "", "which alloy?")
    set_samples(request=request, rows=[row("again")], by=place.they.alice, now=place.now)
    quoted = place.quoted()
    with refused(WrongState, "samples.not_submitted"):
        reopen_draft(request=quoted, by=place.they.alice, now=place.now, reason="")


def test_a_draft_is_changed_and_discarded_with_its_samples(place: Lab) -> None:
    request = place.drafted()
    changed = change_draft(
        request=request,
        by=place.they.alice,
        now=place.now,
        instrument=None,
        wishes=" slowly ",
        rush=True,
        disposition="dispose",
    )
    assert (changed.wishes, changed.rush, changed.disposition) == ("slowly", True, "dispose")
    assert changed.instrument == place.sem
    discard_draft(request=request, by=place.they.alice, now=place.now)
    assert not SampleRequest.objects.exists()
    assert not Sample.objects.exists()


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"disposition": "eat"}, "samples.disposition"), ({"rush": True}, "samples.no_rush")],
)
def test_what_the_service_does_not_offer_is_refused(place: Lab, changes: dict[str, Any], code: str) -> None:
    slow = add_service(
        draft=replace(DRAFT, rush_allowed=False), instrument=place.sem, by=place.they.teng, now=place.now
    )
    with refused(Invalid, code):
        draft_request(service=slow, by=place.they.alice, now=place.now, **changes)


def test_somebody_suspended_hands_nothing_in(place: Lab) -> None:
    request = place.drafted()
    suspend_user(
        user=place.they.alice,
        reason="unpaid",
        by=place.they.office,
        now=place.now,
    )
    with refused(NotPermitted, "people.not_active"):
        submit_request(request=request, by=place.they.alice, now=place.now)
    with refused(NotPermitted, "people.not_active"):
        draft_request(service=place.service, by=place.they.alice, now=place.now)


def test_a_service_of_a_class_is_offered_by_all_that_take_samples(place: Lab) -> None:
    twin = sister(place.sem, "QY990001", place.now, service_modes="S T")
    sister(place.sem, "QY990002", place.now, service_modes="S")
    with refused(NotPermitted, "people.office_only"):
        add_service(draft=DRAFT, class6=place.sem.class6, by=place.they.teng, now=place.now)
    wide = add_service(draft=DRAFT, class6=place.sem.class6, by=place.they.office, now=place.now)
    assert set(instruments_for(wide, place.now)) == {place.sem, twin}
    assert wide in services_of(twin, place.now)
    any_of = draft_request(service=wide, by=place.they.alice, now=place.now)
    assert any_of.instrument is None
    with refused(Invalid, "samples.instrument"):
        draft_request(service=place.service, instrument=twin, by=place.they.alice, now=place.now)


def test_a_service_is_never_changed_in_place(place: Lab) -> None:
    with refused(NotPermitted, "samples.manager_only"):
        add_service(draft=DRAFT, instrument=place.sem, by=place.they.olga, now=place.now)
    request = place.drafted()
    following = add_service(
        draft=replace(DRAFT, max_samples=1),
        instrument=place.sem,
        by=place.they.teng,
        now=place.now,
        replaces=place.service,
    )
    request.refresh_from_db()
    assert request.template == place.service
    assert list(services_of(place.sem, place.now)) == [following]
    with refused(WrongState, "samples.service_over"):
        submit_request(request=request, by=place.they.alice, now=place.now)
    with refused(WrongState, "samples.service_over"):
        end_service(service=place.service, by=place.they.teng, now=place.now)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name_en": " "}, "samples.name"),
        ({"fields": [{"key": "a b", "kind": "text", "label_zh": "甲", "label_en": "A"}]}, "samples.fields"),
        ({"fields": [FIELDS[0], FIELDS[0]]}, "samples.fields"),
        ({"fields": [{**FIELDS[0], "kind": "choice"}]}, "samples.fields"),
        ({"fields": [{**FIELDS[1], "least": "few"}]}, "samples.fields"),
        ({"fields": [{**FIELDS[0], "colour": "red"}]}, "samples.fields"),
        ({"minutes_per_sample": 0}, "samples.number"),
        ({"day_minutes": 1441}, "samples.number"),
        ({"hazards_refused": ("loud",)}, "samples.hazard"),
        ({"magnetic": "perhaps"}, "samples.tolerance"),
    ],
)
def test_a_service_that_makes_no_sense_is_refused(place: Lab, changes: dict[str, Any], code: str) -> None:
    with refused(Invalid, code):
        add_service(draft=replace(DRAFT, **changes), instrument=place.sem, by=place.they.teng, now=place.now)


def test_a_service_belongs_to_one_thing(place: Lab) -> None:
    with refused(Invalid, "samples.of_what"):
        add_service(draft=DRAFT, by=place.they.office, now=place.now)
