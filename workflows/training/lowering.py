"""A certificate after an incident: it does not count from the moment at which somebody who may decide about
it says so; its holder is heard; the head of the lab lowers it, withdraws it or lets it count again.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.db import transaction
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext_noop as _
from viewflow import this

from apps.core.clock import school_time
from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.ids import new_ulid
from apps.core.periods import in_force
from apps.instruments.models import Instrument
from apps.people.forms import SELECT, TEXT, PersonField
from apps.people.models import User
from apps.people.queries import ACTIVE, user_state
from apps.people.roles import lab_heads
from apps.training.certifying import downgrade_certificate
from apps.training.models import Certificate
from apps.training.operations import (
    end_certificate,
    reinstate_certificate,
    suspend_certificate,
    withdraw_certificate,
)
from apps.training.queries import LEVELS, certificates_held, held_by_case, may_certify, rank
from apps.training.releasing import release_certificates
from workflows import services
from workflows.base import BaseFlow
from workflows.beginning import BeginForm
from workflows.errors import Overtaken
from workflows.forms import StepForm
from workflows.models import Case
from workflows.nodes import Answer, Approval, Begin, Do, End, Work, WorkingDays
from workflows.services.locking import overtake
from workflows.training.issuing import print_certificate

REFERENCE = "certificate:"
LOWER, WITHDRAW, LIFT = "lower", "withdraw", "lift"
_LEVELS = [(name, words) for name, words in Certificate.Level.choices if name != "trainer"]


def certificate_of(case: Case, now: datetime) -> Certificate:
    """The highest of the certificates that a case is about. Raises Overtaken when none is left."""
    return _held(case, now)[0]


def _held(case: Case, now: datetime) -> list[Certificate]:
    """All that the person holds for the instrument, the highest first: what is decided about one holds for
    those below, which would stand in for it. Raises Overtaken when none is left.
    """
    about = find_certificate(case)
    found = certificates_held(about.user, about.instrument, now) if about is not None else []
    if not found:
        raise Overtaken(gettext("The certificate has ended meanwhile."))
    return found


def find_certificate(case: Case) -> Certificate | None:
    """The one with which the case began, whatever became of it."""
    rows = Certificate.objects.select_related("user", "instrument__unit", "instrument__facility")
    return rows.filter(ulid=case.subject_ref.removeprefix(REFERENCE)).first()


def highest_suspended(case: Case) -> Certificate | None:
    """The highest of those that the case suspended and that nobody has ended."""
    rows = Certificate.objects.filter(
        suspensions__source_case=f"case:{case.ulid}", revoked_at__isnull=True
    ).distinct()
    return max(rows, key=lambda one: rank(one.level), default=None)


class LoweringForm(BeginForm):
    """Whose certificate for what, why, and what is proposed."""

    person = PersonField(label=gettext_lazy("Holder (school number)"))
    instrument = forms.CharField(
        label=gettext_lazy("Instrument (asset number)"), max_length=40, widget=forms.TextInput(attrs=TEXT)
    )
    level = forms.ChoiceField(
        label=gettext_lazy("Proposed level"),
        required=False,
        choices=[("", gettext_lazy("No proposal")), *_LEVELS],
        widget=forms.Select(attrs=SELECT),
    )
    reason = forms.CharField(
        label=gettext_lazy("What happened"),
        max_length=2000,
        widget=forms.Textarea(attrs={**TEXT, "rows": 3}),
    )


class DecideForm(StepForm):
    """The level to which it is lowered."""

    level = forms.ChoiceField(label=gettext_lazy("New level"), required=False)

    def prepare(self) -> None:
        """The levels below the one that is held; the proposed one stands there already."""
        held = highest_suspended(self.case)
        field = self.fields["level"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [("", "---------")] + [
            (name, words) for name, words in _LEVELS if held is not None and rank(name) < rank(held.level)
        ]
        self.initial = {"level": self.case.process.data.get("level", "")}


@transaction.atomic
def begin_lowering(*, by: User, now: datetime, data: Mapping[str, Any]) -> Case:
    """Whatever the person holds for the instrument is suspended now, and the case begins. Raises Invalid
    `training.certificate_unknown`; NotPermitted `training.own_certificate`; Invalid `core.reason_required`;
    WrongState `workflows.case_open`.
    """
    instrument = Instrument.objects.filter(asset_no=data["instrument"].strip()).first()
    held = certificates_held(data["person"], instrument, now) if instrument is not None else []
    certificate = held[0] if held else None
    if certificate is None or not may_certify(by, certificate.instrument, certificate.level, now):
        raise Invalid(
            gettext("There is no such certificate about which you may decide."),
            code="training.certificate_unknown",
            field="person",
        )
    if by.pk == certificate.user_id:
        raise NotPermitted(gettext("Nobody decides in their own case."), code="training.own_certificate")
    if held_by_case(certificate.user, certificate.instrument, now):
        raise WrongState(gettext("A case about this is already in progress."), code="workflows.case_open")
    ulid = new_ulid()
    for one in held:
        suspend_certificate(
            certificate=one, reason=data["reason"], by=by, now=now, source_case=f"case:{ulid}"
        )
    return services.start(
        LoweringFlow,
        by=by,
        now=now,
        applicant=certificate.user,
        subject_ref=f"{REFERENCE}{certificate.ulid}",
        unit=certificate.instrument.unit,
        title_args={"name": certificate.user, "instrument": certificate.instrument},
        data={"reason": data["reason"], "level": data.get("level") or ""},
        dossier=[_section(certificate, data)],
        ulid=ulid,
    )


class LoweringFlow(BaseFlow):
    """Certificate after an incident"""

    key = "lowering"
    prefix = "LOW"
    process_title = _("Certificate after an incident")
    case_title = _("Certificate of {name} for {instrument} after an incident")
    deciding = frozenset({"decide"})

    start = Begin().Next(this.heard)
    heard = (
        Work(
            _("Your certificate is suspended. You may answer what is held against you before it is decided."),
            title=_("The holder is heard"),
            of_applicant=True,
            due=WorkingDays("training.hearing_days"),
        )
        .Next(this.decide, label=_("Send my answer"))
        .OnDue(this.decide)
    )
    decide = (
        Approval(
            _("What becomes of this certificate?"),
            title=_("Head of the lab decides"),
            candidates=this.the_lab_heads,
            role="lab_head",
            form=DecideForm,
            do=this.decided,
            back_to=(this.heard,),
        )
        .On(LOWER, this.lower, label=_("Lower it"))
        .On(LIFT, this.lift, label=_("Let it count again"))
        .On(WITHDRAW, this.take, label=_("Withdraw it"), refuses=True)
    )
    lower = Do(this.lowered_now, title=_("Lower certificate in force")).Next(this.lowered)
    lift = Do(this.lifted_now, title=_("The certificate counts again")).Next(this.lifted)
    take = Do(this.withdrawn_now, title=_("Certificate withdrawn")).Next(this.withdrawn)

    lowered = End(outcome="lowered", title=_("Lowered"))
    lifted = End(outcome="lifted", title=_("Counts again"))
    withdrawn = End(outcome="withdrawn", title=_("Withdrawn"))

    def the_lab_heads(self, activation: Any) -> list[User]:
        unit = certificate_of(activation.case, activation.now).instrument.unit
        return lab_heads(unit, activation.now)

    def conflicts(self, case: Case) -> set[int]:
        """Whoever brought it does not decide about it."""
        return {case.started_by_id} if case.started_by_id is not None else set()

    def may_withdraw(self, case: Case, user: Any) -> bool:
        """Whoever brought it, not the holder."""
        return bool(case.started_by_id == user.pk)

    def decided(self, activation: Any, answer: Answer) -> None:
        activation.remember(why=answer.opinion or activation.recall("reason", ""))
        if answer.outcome == LOWER:
            held = certificate_of(activation.case, activation.now)
            proposed = activation.recall("level", "") or LEVELS[rank(held.level) - 1]
            activation.remember(given=answer.data.get("level") or proposed)

    def lowered_now(self, activation: Any) -> None:
        given, why, now = activation.recall("given"), activation.recall("why"), activation.now
        highest, *others = _held(activation.case, now)
        for one in others:
            if rank(one.level) > rank(given):
                end_certificate(one, as_=Certificate.Ending.DOWNGRADED, reason=why, by=None, now=now)
        lower = downgrade_certificate(
            certificate=highest,
            level=given,
            reason=why,
            by=None,
            source_case=f"case:{activation.case.ulid}",
            now=now,
        )
        print_certificate(activation, lower)

    def lifted_now(self, activation: Any) -> None:
        """All of them, also what somebody had suspended before: the head of the lab has decided."""
        for one in _held(activation.case, activation.now):
            if one.suspensions.filter(in_force(activation.now)).exists():
                reinstate_certificate(
                    certificate=one, by=None, now=activation.now, reason=activation.recall("why")
                )

    def withdrawn_now(self, activation: Any) -> None:
        for one in _held(activation.case, activation.now):
            withdraw_certificate(
                certificate=one, reason=activation.recall("why"), by=None, now=activation.now
            )

    def closed(self, case: Case) -> None:
        """What this case suspended and what is still held counts again: it was taken back, or something else
        decided. Whose account is not in force gets nothing back by itself.
        """
        about = find_certificate(case)
        if about is None or case.ended_at is None:
            return
        counts = user_state(about.user, case.ended_at) == ACTIVE
        reason = case.process.data.get("why") or case.reason
        release_certificates(source_case=f"case:{case.ulid}", counts=counts, reason=reason, now=case.ended_at)


def follow_certificate(ulid: str, now: datetime) -> None:
    """A certificate has ended: an open case about what its holder has for the instrument is overtaken when
    nothing is left. One that decided so has ended.
    """
    ended = Certificate.objects.select_related("user", "instrument").get(ulid=ulid)
    if certificates_held(ended.user, ended.instrument, now):
        return
    ulids = Certificate.objects.filter(user=ended.user, instrument=ended.instrument).values_list(
        "ulid", flat=True
    )
    about = [f"{REFERENCE}{one}" for one in ulids]
    for case in Case.objects.filter(flow=LoweringFlow.key, subject_ref__in=about, state=Case.State.OPEN):
        overtake(case, Overtaken(gettext("The certificate has ended meanwhile.")), now)


def _section(certificate: Certificate, data: Mapping[str, Any]) -> dict[str, Any]:
    instrument, holder, until = certificate.instrument, certificate.user, certificate.valid_until
    rows: list[dict[str, Any]] = [
        {"label": _("Holder"), "value": f"{holder.name_zh} ({holder.username})"},
        {"label": _("Instrument"), "value": f"{instrument.name_zh} ({instrument.asset_no})"},
        {"label": _("Level"), "value": str(Certificate.Level(certificate.level).value), "type": "choice"},
        {"label": _("Until"), "value": school_time(until).isoformat() if until else None, "type": "datetime"},
        {"label": _("What happened"), "value": data["reason"]},
        {"label": _("Proposed level"), "value": data.get("level") or "", "type": "choice"},
    ]
    return {"title": _("Certificate"), "rows": [row for row in rows if row["value"] not in ("", None)]}
