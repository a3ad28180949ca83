"""What facts mean for openings under way. Each handler only looks again: late and twice is no harm."""

from datetime import datetime

from apps.core.outbox import WORKER, Payload, subscribe
from apps.core.parameters import value
from apps.hosting.models import Agreement
from apps.instruments.ladder import needs_controller
from apps.instruments.models import Instrument
from apps.instruments.opening import last_self_test
from apps.library.models import Asset
from apps.library.quality import quality_of
from workflows import services
from workflows.models import Case, Step
from workflows.onboarding.beginning import begin_by_itself
from workflows.onboarding.flow import OnboardingFlow
from workflows.onboarding.standing import instrument_of, is_priced, level_of, needed_score


@subscribe("onboarding_flow.offered", to="workflows.step_offered", channel=WORKER)
def look_at_once(payload: Payload, now: datetime) -> None:
    """What was done while the step was being made was told to nobody."""
    step = Step.objects.select_related("case__process").get(ulid=payload["step"])
    if step.flow == OnboardingFlow.key and step.case.is_open:
        catch_up(step.case, now)


@subscribe(
    "onboarding_flow.done",
    to=("library.record_changed", "fees.version_approved", "instruments.commissioned", "instruments.changed"),
    channel=WORKER,
)
def look_again(payload: Payload, now: datetime) -> None:
    """A record, prices or a controller of an instrument."""
    instrument = Instrument.objects.filter(ulid=payload["instrument"]).first()
    asset = Asset.objects.filter(asset_no=instrument.asset_no).first() if instrument is not None else None
    if asset is None:
        return
    cases = Case.objects.filter(flow=OnboardingFlow.key, subject_ref=f"asset:{asset.ulid}")
    for case in cases.filter(ended_at__isnull=True).select_related("process"):
        catch_up(case, now)


@subscribe("onboarding_flow.hosted", to="hosting.agreement_changed", channel=WORKER)
def open_hosted(payload: Payload, now: datetime) -> None:
    """An instrument that was handed over and is not shared yet: the host's manager goes on with it."""
    agreement = Agreement.objects.select_related("instrument__unit").get(ulid=payload["agreement"])
    instrument, since = agreement.instrument, agreement.started_at
    if agreement.state != Agreement.State.RUNNING or instrument is None or since is None:
        return
    level = value("hosting.opening_level", at=now)
    if instrument.opening_level < level:
        begin_by_itself(instrument=instrument, level=level, since=since, now=now)


def catch_up(case: Case, now: datetime) -> Step | None:
    """Complete the step that waits, if what it waits for is there. Gives the step that was completed."""
    instrument = instrument_of(case)
    step = case.steps.filter(answered_at__isnull=True).order_by("id").first()
    if instrument is None or step is None:
        return None
    return services.fulfil(case=case, node=step.node, now=now) if _is_there(step, instrument, now) else None


def _is_there(step: Step, instrument: Instrument, now: datetime) -> bool:
    level = level_of(step.case)
    if step.node == "complete":
        return quality_of(instrument, now).points >= needed_score(level, now)
    if step.node == "price":
        return is_priced(instrument, now)
    if step.node == "commission" and needs_controller(level):
        test = last_self_test(instrument)
        return test is not None and test.ok
    return False
