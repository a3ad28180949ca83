"""Samples for programs, as the crew: each sample from receipt to return, its results and files. The same
operations and the same refusals as on the pages.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Status
from pydantic import Field

from apps.core import clock
from apps.core.api import Asked
from apps.core.errors import Invalid, NotFound
from apps.people.models import User
from apps.people.views import viewer
from apps.samples.api import READ, WRITE, router
from apps.samples.asked import SampleWhy
from apps.samples.attaching import attach_file
from apps.samples.crew_api import instrument_of
from apps.samples.custody import dispose_sample, move_sample, receive_sample, return_sample, transfer_sample
from apps.samples.models import Objection, Sample
from apps.samples.objecting import decide_objection
from apps.samples.queries import find_sample, held_by
from apps.samples.queueing import drop_sample, hold_sample, resume_sample
from apps.samples.testing import check_result, record_result
from apps.samples.told import (
    SampleFileTold,
    SampleInFull,
    SamplesTold,
    file_told,
    sample_in_full,
    samples_told,
)
from apps.tokens.auth import scoped
from apps.tokens.repeating import IdempotencyKey, once

OnSample = Callable[[Sample, User, datetime], object]


class SampleReceipt(Asked):
    """In which condition it came, what it weighs, where it lies."""

    condition: str = Field("good", max_length=20)
    weight_mg: int | None = Field(None, le=10**12)
    place: str = Field("", max_length=80)
    note: str = Field("", max_length=500)


class SampleMove(Asked):
    """To whom of the crew (a user name); stored, where."""

    holder: str = Field(max_length=150)
    stored: bool = False
    place: str = Field("", max_length=80)
    note: str = Field("", max_length=500)


class SampleTransfer(Asked):
    """To which sister instrument, and why."""

    asset_no: str = Field(max_length=20)
    reason: str = Field("", max_length=500)


class SampleNote(Asked):
    """A word, if any."""

    note: str = Field("", max_length=500)


class SampleHold(Asked):
    """A reason code, and a word."""

    reason: str = Field(max_length=20)
    note: str = Field("", max_length=200)


class SampleResultWish(Asked):
    """What came out, and what was needed besides the test by the codes of the fee standard."""

    summary: str = Field(max_length=20_000)
    extras: dict[str, int] = Field(default_factory=dict)


class SampleCheckWish(Asked):
    """Whether the result holds; a no needs a note."""

    passed: bool
    note: str = Field("", max_length=500)


class SampleFileWish(Asked):
    """A photograph or a result: its name, its bytes, and its SHA-256 where the sender knows it."""

    kind: str = Field(max_length=10)
    name: str = Field(max_length=300)
    size: int = Field(ge=-(10**15), le=10**15)
    sha256: str = Field("", max_length=100)


class SampleJudgement(Asked):
    """Whether an objection is upheld, why, and by when it is tested again."""

    uphold: bool
    why: str = Field(max_length=500)
    promised_on: date | None = None


@router.get("/held", response=SamplesTold, **scoped(READ, _("The samples of others that you have")))
def samples_held(request: HttpRequest) -> SamplesTold:
    """What the person answers for, the earliest first, at most 500."""
    rows = held_by(viewer(request)).select_related("request", "instrument", "holder")
    return samples_told(rows[:500])


@router.post("/pieces/{ulid}/receive", response=SampleInFull, **scoped(WRITE, _("Receive a sample")))
def receive_piece(
    request: HttpRequest, ulid: str, wish: SampleReceipt, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """From now on the person has it. 403 `samples.` crew_only, own_request; 404 `samples.no_sample`; 409
    `samples.` not_agreed, received, disposed; 422 `samples.` condition, weight.
    """
    return _on_sample(
        request,
        ulid,
        idempotency_key,
        lambda one, by, now: receive_sample(sample=one, by=by, now=now, **wish.model_dump()),
    )


@router.post(
    "/pieces/{ulid}/move", response=SampleInFull, **scoped(WRITE, _("Hand a sample on, or store it"))
)
def move_piece(
    request: HttpRequest, ulid: str, wish: SampleMove, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """Within the crew. 403 `samples.` crew_only, own_request; 404 `samples.no_sample`; 409
    `samples.not_here`; 422 `samples.` holder, place.
    """

    def move(one: Sample, by: User, now: datetime) -> object:
        holder = User.objects.filter(username=wish.holder).first()
        if holder is None:
            raise Invalid(_("Only the crew can take it."), code="samples.holder", field="holder")
        return move_sample(
            sample=one, holder=holder, by=by, now=now, stored=wish.stored, place=wish.place, note=wish.note
        )

    return _on_sample(request, ulid, idempotency_key, move)


@router.post(
    "/pieces/{ulid}/transfer",
    response=SampleInFull,
    **scoped(WRITE, _("Send a sample to a sister instrument")),
)
def transfer_piece(
    request: HttpRequest, ulid: str, wish: SampleTransfer, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """On the way, it stays the person's until it is received. 403 `samples.` crew_only, own_request; 404
    `samples.no_sample`, `core.not_found`; 409 `samples.` not_under_way, being_tested; 422
    `core.reason_required`, `samples.sister`.
    """
    return _on_sample(
        request,
        ulid,
        idempotency_key,
        lambda one, by, now: transfer_sample(
            sample=one, instrument=instrument_of(wish.asset_no), by=by, now=now, reason=wish.reason
        ),
    )


@router.post("/pieces/{ulid}/return", response=SampleInFull, **scoped(WRITE, _("Give a sample back")))
def return_piece(
    request: HttpRequest, ulid: str, wish: SampleNote, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """Once its test is over. 403 `samples.` crew_only, own_request; 404 `samples.no_sample`; 409 `samples.`
    not_here, not_done.
    """
    return _on_sample(
        request,
        ulid,
        idempotency_key,
        lambda one, by, now: return_sample(sample=one, by=by, now=now, note=wish.note),
    )


@router.post("/pieces/{ulid}/dispose", response=SampleInFull, **scoped(WRITE, _("Dispose of a sample")))
def dispose_piece(
    request: HttpRequest, ulid: str, why: SampleWhy, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """After its last call, or where its requester wants it so. 403 `samples.` crew_only, own_request; 404
    `samples.no_sample`; 409 `samples.` not_here, not_done, last_call; 422 `core.reason_required`.
    """
    return _on_sample(
        request,
        ulid,
        idempotency_key,
        lambda one, by, now: dispose_sample(sample=one, by=by, now=now, reason=why.reason),
    )


@router.post("/pieces/{ulid}/hold", response=SampleInFull, **scoped(WRITE, _("Put a sample on hold")))
def hold_piece(
    request: HttpRequest, ulid: str, wish: SampleHold, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """The requester reads the reason. 403 `samples.crew_only`; 404 `samples.no_sample`; 409 `samples.`
    not_queued, held; 422 `samples.hold_reason`.
    """
    return _on_sample(
        request,
        ulid,
        idempotency_key,
        lambda one, by, now: hold_sample(sample=one, reason=wish.reason, by=by, now=now, note=wish.note),
    )


@router.post("/pieces/{ulid}/resume", response=SampleInFull, **scoped(WRITE, _("Go on with a sample")))
def resume_piece(request: HttpRequest, ulid: str, idempotency_key: IdempotencyKey = None) -> "Status[Any]":
    """What it waited for is settled. 403 `samples.crew_only`; 404 `samples.no_sample`; 409
    `samples.not_held`.
    """
    return _on_sample(
        request, ulid, idempotency_key, lambda one, by, now: resume_sample(sample=one, by=by, now=now)
    )


@router.post("/pieces/{ulid}/drop", response=SampleInFull, **scoped(WRITE, _("Do not test a sample")))
def drop_piece(
    request: HttpRequest, ulid: str, why: SampleWhy, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """It costs nothing. 403 `samples.crew_only`; 404 `samples.no_sample`; 409 `samples.not_queued`; 422
    `core.reason_required`.
    """
    return _on_sample(
        request,
        ulid,
        idempotency_key,
        lambda one, by, now: drop_sample(sample=one, reason=why.reason, by=by, now=now),
    )


@router.post(
    "/pieces/{ulid}/result", response=SampleInFull, **scoped(WRITE, _("Record the result of a sample"))
)
def record_piece(
    request: HttpRequest, ulid: str, wish: SampleResultWish, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """Until it is checked or released a further one corrects it. 403 `samples.` crew_only, own_request; 404
    `samples.no_sample`; 409 `samples.not_tested`; 422 `samples.` summary, extras.
    """
    return _on_sample(
        request,
        ulid,
        idempotency_key,
        lambda one, by, now: record_result(
            sample=one, summary=wish.summary, by=by, now=now, extras=wish.extras
        ),
    )


@router.post(
    "/pieces/{ulid}/check", response=SampleInFull, **scoped(WRITE, _("Check the result of a sample"))
)
def check_piece(
    request: HttpRequest, ulid: str, wish: SampleCheckWish, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """By a second person. 403 `samples.` crew_only, own_request, own_result; 404 `samples.no_sample`; 409
    `samples.not_to_check`; 422 `core.reason_required`.
    """
    return _on_sample(
        request,
        ulid,
        idempotency_key,
        lambda one, by, now: check_result(sample=one, passed=wish.passed, by=by, now=now, note=wish.note),
    )


@router.post(
    "/pieces/{ulid}/files",
    response={201: SampleFileTold},
    **scoped(WRITE, _("Begin to send a file of a sample")),
)
def begin_sample_file(
    request: HttpRequest, ulid: str, wish: SampleFileWish, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """Its bytes follow at `/api/v1/uploads/{upload}` (scope `files:write`). 403 `samples.` crew_only,
    own_request; 404 `samples.no_sample`; 409 `samples.` not_here, not_tested, `files.too_many`; 422
    `samples.file_kind`, `files.` name, size, too_large, digest; 507 `files.no_room`.
    """

    def act() -> SampleFileTold:
        user, now = viewer(request), clock.now()
        made = attach_file(
            sample=find_sample(ulid, user, now),
            kind=wish.kind,
            name=wish.name,
            size=wish.size,
            by=user,
            now=now,
            announced=wish.sha256,
        )
        return file_told(made)

    return once(request, idempotency_key, act, status=201)


@router.post(
    "/pieces/{ulid}/judge", response=SampleInFull, **scoped(WRITE, _("Decide about an objection to a result"))
)
def judge_objection(
    request: HttpRequest, ulid: str, wish: SampleJudgement, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """By whoever is responsible for the instrument and did not test. 403 `samples.` manager_only, own_result,
    own_request; 404 `samples.no_sample`, `samples.no_objection`; 422 `core.reason_required`,
    `samples.promise`.
    """

    def judge(one: Sample, by: User, now: datetime) -> object:
        objection = one.objections.filter(state=Objection.State.OPEN).first()
        if objection is None:
            raise NotFound(_("There is no objection to this result."), code="samples.no_objection")
        return decide_objection(
            objection=objection,
            uphold=wish.uphold,
            why=wish.why,
            by=by,
            now=now,
            promised_on=wish.promised_on,
        )

    return _on_sample(request, ulid, idempotency_key, judge)


def _on_sample(request: HttpRequest, ulid: str, key: str | None, do: OnSample) -> "Status[Any]":
    """An act on a sample that the person may know of. Who has sent it away knows no more of it than that."""

    def act() -> SampleInFull:
        user, now = viewer(request), clock.now()
        found = find_sample(ulid, user, now)
        do(found, user, now)
        found.refresh_from_db()
        return sample_in_full(found, user, now)

    return once(request, key, act)
