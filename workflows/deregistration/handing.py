"""Hand-overs: what a leaver holds that somebody else must take, one small case for each, so that each is
asked of the right people and nobody waits for another.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext_noop as _
from viewflow import this

from apps.core.errors import Invalid
from apps.instruments.models import CrewMember, Instrument
from apps.instruments.operations import appoint_crew
from apps.people.forms import TEXT, PersonField
from apps.people.models import OrgUnit, Post, ResearchGroup, User
from apps.people.operations import appoint_post, end_post, hand_over_group
from apps.people.queries import groups_of
from apps.people.roles import office_users, superiors, unit_managers
from workflows import services
from workflows.base import BaseFlow
from workflows.deregistration.facts import groups_led, managed_alone, posts_held
from workflows.errors import Overtaken
from workflows.forms import StepForm
from workflows.models import Case
from workflows.nodes import Answer, Begin, End, Work
from workflows.nodes.due import WorkingDays
from workflows.words import in_each

INSTRUMENT, GROUP, POST, CHARGES, SAMPLES = "instrument", "group", "post", "charges", "samples"
# These change hands by an operation; the others are the group's from now on without one.
NAMED = (INSTRUMENT, GROUP, POST)


@dataclass(frozen=True)
class Thing:
    """One thing to hand over: what kind, which row, how people call it in both languages, and the unit whose
    people decide.
    """

    kind: str
    ref: str
    name: Mapping[str, str]
    unit: OrgUnit | None


def things_of(user: User, at: datetime, *, charges: int, samples: int) -> Iterator[Thing]:
    """Everything that somebody else must take over. Three queries."""
    for instrument in managed_alone(user, at):
        no = instrument.asset_no
        yield Thing(INSTRUMENT, instrument.ulid, _both(instrument, f" ({no})"), instrument.unit)
    for group in groups_led(user):
        yield Thing(GROUP, group.ulid, _both(group), None)
    for post in posts_held(user, at):
        kind = in_each(post.get_kind_display)
        both = {language: f"{words} {kind[language]}" for language, words in _both(post.unit).items()}
        yield Thing(POST, post.ulid, both, None)
    if charges:
        yield Thing(CHARGES, user.ulid, in_each(partial(gettext, _("unsettled charges"))), user.unit)
    if samples:
        yield Thing(SAMPLES, user.ulid, in_each(partial(gettext, _("open sample requests"))), user.unit)


def _both(named: Any, suffix: str = "") -> dict[str, str]:
    """The name in both languages, the Chinese one where there is no English."""
    return {"zh": f"{named.name_zh}{suffix}", "en": f"{named.name_en or named.name_zh}{suffix}"}


def begin_hand_over(*, thing: Thing, leaver: User, parent: Any, now: datetime) -> Case:
    """The case of one hand-over, a child of the deregistration."""
    return services.start(
        HandOverFlow,
        by=None,
        now=now,
        applicant=leaver,
        subject_ref=f"{thing.kind}:{thing.ref}:{leaver.pk}",
        unit=thing.unit,
        title_args={"thing": thing.name, "name": leaver},
        data={"kind": thing.kind, "ref": thing.ref},
        dossier=[
            {
                "title": _("Hand-over"),
                "rows": [
                    {"label": _("What"), "value": thing.name},
                    {"label": _("Of whom"), "value": _both(leaver, f" ({leaver.username})")},
                ],
            }
        ],
        parent=parent,
    )


class HandOverForm(StepForm):
    """Who takes it, or why nobody needs to."""

    successor = PersonField(label=gettext_lazy("Login of the successor"), required=False)
    note = forms.CharField(
        label=pgettext_lazy("hand-over", "Why nobody needs to take it over"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs=TEXT),
    )

    def prepare(self) -> None:
        """Charges and samples are the group's: nobody is named for them."""
        if self.case.process.data.get("kind") not in NAMED:
            del self.fields["successor"]
            del self.fields["note"]


class HandOverFlow(BaseFlow):
    """Hand-over"""

    key = "hand_over"
    prefix = "HAN"
    process_title = _("Hand-over")
    case_title = _("Hand-over of {thing} from {name}")
    deciding = frozenset({"take"})

    start = Begin().Next(this.take)
    take = Work(
        _("Who takes this over?"),
        title=_("Take over"),
        candidates=this.takers,
        qualifies=this.takes,
        role="manager",
        due=WorkingDays("deregistration.hand_over_days"),
        form=HandOverForm,
        do=this.taken,
    ).Next(this.done, label=_("Hand over"))
    done = End(outcome="handed_over", title=_("Handed over"))

    def may_withdraw(self, case: Case, user: Any) -> bool:
        """Nobody: it ends with the deregistration that it belongs to."""
        return False

    def takers(self, activation: Any) -> list[User]:
        """For an instrument the managers of its unit; for charges and samples the principal investigators;
        for groups and posts the office.
        """
        case, now = activation.case, activation.now
        kind = activation.recall("kind")
        if kind == INSTRUMENT and case.unit is not None:
            return unit_managers(case.unit, now) or superiors(case.unit, now)
        if kind in (CHARGES, SAMPLES):
            leaver = User.objects.get(pk=case.applicant_id)
            return [group.pi for group in groups_of(leaver, now).select_related("pi")]
        return office_users(now)

    def takes(self, activation: Any, user: User) -> bool:
        """A substitute has to hold the right themselves: the operations ask for it."""
        return user in self.takers(activation)

    def taken(self, activation: Any, answer: Answer) -> None:
        """The domain follows: a manager, a lead, a holder of the post. A leaver's own row ends with them."""
        kind, ref = activation.recall("kind"), activation.recall("ref")
        if kind not in NAMED:
            return
        successor = answer.data.get("successor")
        if successor is None:
            if not answer.data.get("note"):
                raise Invalid(
                    gettext("Name a successor, or say why nobody needs to take it over."),
                    code="deregistration.successor",
                    field="successor",
                )
            return
        if successor.pk == activation.case.applicant_id:
            raise Invalid(
                gettext("This is the person who leaves."), code="deregistration.leaver", field="successor"
            )
        _TAKE[kind](ref, successor, answer, activation.now)


def _take_instrument(ref: str, successor: User, answer: Answer, now: datetime) -> None:
    instrument = Instrument.objects.filter(ulid=ref, retired_at__isnull=True).first()
    if instrument is None:
        raise Overtaken(gettext("The instrument has left service."))
    appoint_crew(instrument=instrument, user=successor, role=CrewMember.Role.MANAGER, by=answer.by, now=now)


def _take_group(ref: str, successor: User, answer: Answer, now: datetime) -> None:
    group = ResearchGroup.objects.get(ulid=ref)
    hand_over_group(
        group=group, pi=successor, by=answer.by, now=now, reason=gettext("The lead leaves the school.")
    )


def _take_post(ref: str, successor: User, answer: Answer, now: datetime) -> None:
    post = Post.objects.select_related("unit", "user").get(ulid=ref)
    if post.revoked_at is not None:
        raise Overtaken(gettext("The post has ended meanwhile."))
    reason = gettext("The holder leaves the school.")
    end_post(post=post, reason=reason, by=answer.by, now=now)
    appoint_post(user=successor, unit=post.unit, kind=post.kind, by=answer.by, now=now, reason=reason)


_TAKE = {INSTRUMENT: _take_instrument, GROUP: _take_group, POST: _take_post}
