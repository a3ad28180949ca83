"""She cannot measure everything herself and hands samples in: written down, offered, agreed to, received,
measured by one engineer, checked by another, charged, released, judged, given back.
"""

from datetime import datetime

from apps.core.clock import now as clock_now
from apps.core.money import format_yuan
from apps.fees.models import FeeItem, Tier
from apps.fees.operations import ItemDraft, approve_version
from apps.instruments.models import CrewMember, Instrument
from apps.instruments.operations import appoint_crew
from apps.people.models import User
from apps.samples.custody import receive_sample, return_sample
from apps.samples.drafting import SampleDraft, draft_request, set_samples
from apps.samples.models import Sample, SampleRequest
from apps.samples.services import ServiceDraft, add_service
from apps.samples.testing import check_result, end_run, record_result, start_run
from scripts.story.school import CASE, School, sister_of
from scripts.story.stage import Stage, StoryBroken
from scripts.story.teller import Teller
from workflows import services
from workflows.models import Case
from workflows.sample.beginning import hand_in

SAMPLE_FEN = 80_00
NAMES = ("SiC-1", "SiC-2")


def hand_samples_in(stage: Stage, school: School, teller: Teller) -> int:
    """From the draft to the samples back in her hands; gives what was charged, in fen."""
    instrument, engineer = _sister(school, clock_now())
    request, case = _handed_in(school, instrument)
    _answer(case, engineer, "complete", instrument=instrument.asset_no)
    request.refresh_from_db()
    teller.say(
        f"Alice writes {len(NAMES)} samples down and hands them in ({request.number}); the rules take them. "
        f"The engineer offers a price and {request.promised_on:%Y-%m-%d}, from the queue as it is."
    )
    _answer(case, school.student, "approve", fund=school.fund)
    _measured(instrument, request, engineer)
    stage.wait(lambda: _waits(case) == {"check"}, "a second person to be asked")
    for sample in _samples(request):
        check_result(sample=sample, passed=True, by=school.trainer, now=clock_now())
    stage.wait(lambda: _waits(case) == {"verdict"}, "the results to be released", seconds=30)
    charged = SampleRequest.objects.filter(pk=request.pk, charged_at__isnull=False)
    stage.wait(charged.exists, "the samples to be charged", seconds=30)
    request.refresh_from_db()
    if request.charged_fen != len(NAMES) * SAMPLE_FEN:
        raise StoryBroken(f"charged {request.charged_fen} fen for {len(NAMES)} samples of {SAMPLE_FEN}")
    teller.say(
        "She agrees, and the most that it may cost is held. Received, measured by one, checked by another, "
        f"charged {format_yuan(request.charged_fen)}, released."
    )
    _answer(case, school.student, "approve", stars=5)
    for sample in _samples(request):
        return_sample(sample=sample, by=engineer, now=clock_now())
    stage.wait(lambda: not _waits(case), "the case to end")
    case.refresh_from_db()
    held = {(one.custody, one.holder_id) for one in _samples(request)}
    if case.outcome != "closed" or held != {(Sample.Custody.RETURNED, school.student.pk)}:
        raise StoryBroken(f"the case is {case.outcome}, the samples are with {held}")
    teller.say(f"She is content, and her samples are back with her; the case {case.number} is closed.")
    return int(request.charged_fen)


def _sister(school: School, now: datetime) -> tuple[Instrument, User]:
    """An instrument that takes samples, with a price by the sample, its engineer and a second pair of
    eyes.
    """
    instrument, engineer = sister_of(school.instrument, now)
    appoint_crew(instrument=instrument, user=school.trainer, role=CrewMember.Role.MANAGER, by=None, now=now)
    item = ItemDraft(
        code="SEM",
        name_zh="样品测试",
        name_en="Sample test",
        service_mode="sample",
        unit=FeeItem.Unit.SAMPLE,
        tier=Tier.INTERNAL,
        price_fen=SAMPLE_FEN,
    )
    approve_version(
        instrument=instrument,
        approval_no="QY-FEE-SAMPLES",
        items=[item],
        valid_from=now,
        source_case=CASE,
        now=now,
    )
    return instrument, engineer


def _handed_in(school: School, instrument: Instrument) -> tuple[SampleRequest, Case]:
    draft = ServiceDraft(name_zh="扫描电镜测试", name_en="SEM imaging", needs_check=True)
    now = clock_now()
    service = add_service(draft=draft, instrument=instrument, by=None, now=now)
    request = draft_request(service=service, by=school.student, now=now)
    set_samples(request=request, rows=[SampleDraft(name=one) for one in NAMES], by=school.student, now=now)
    return request, hand_in(request=request, by=school.student, now=now)


def _measured(instrument: Instrument, request: SampleRequest, engineer: User) -> None:
    for sample in _samples(request):
        receive_sample(sample=sample, by=engineer, now=clock_now())
    run = start_run(instrument=instrument, samples=_samples(request), by=engineer, now=clock_now())
    for sample in _samples(request):
        record_result(sample=sample, summary="grain 2 µm", by=engineer, now=clock_now())
    end_run(run=run, by=engineer, now=clock_now())


def _samples(request: SampleRequest) -> list[Sample]:
    return list(Sample.objects.filter(request=request).select_related("request", "holder"))


def _waits(case: Case) -> set[str]:
    return set(case.steps.filter(answered_at__isnull=True).values_list("node", flat=True))


def _answer(case: Case, by: User, outcome: str, **data: object) -> None:
    step = case.steps.select_related("task__owner", "case").get(answered_at__isnull=True)
    services.answer(step=step, by=by, now=clock_now(), outcome=outcome, opinion="", data=data)
