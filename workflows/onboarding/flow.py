"""Onboarding: what has to be there comes one after another, each completed by the fact itself; the office
takes the asset in at the beginning and confirms at the end. Whether everything is there is the ladder's to
say (apps.instruments.ladder).
"""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from viewflow import this

from apps.core.clock import school_time
from apps.instruments.ladder import needs_controller, unmet
from apps.instruments.opening import enlist_instrument, last_self_test, open_level
from apps.instruments.operations import appoint_crew
from apps.instruments.queries import manages
from apps.library.describing import keep_score
from apps.library.quality import quality_of
from apps.people.models import User
from apps.people.roles import office_users
from workflows.base import BaseFlow
from workflows.errors import Overtaken
from workflows.models import Case, Step
from workflows.nodes import Answer, Approval, Begin, End, If, Work
from workflows.onboarding.forms import EnlistForm
from workflows.onboarding.standing import (
    asset_of,
    instrument_of,
    is_priced,
    level_of,
    needed_score,
    standing_of,
)


def _page(name: str) -> Any:
    def link(case: Case) -> str:
        instrument = instrument_of(case)
        return "" if instrument is None else reverse(name, args=[instrument.asset_no])

    return link


class OnboardingFlow(BaseFlow):
    """Opening an instrument"""

    key = "onboarding"
    prefix = "ONB"
    process_title = _("Opening an instrument")
    case_title = _("Opening of {asset} at level {level}")
    deciding = frozenset({"confirm"})

    start = Begin().Next(this.known)
    known = (
        If(this.is_enlisted, title=_("Is it a shared instrument already?"))
        .Then(this.record)
        .Else(this.enlist)
    )
    enlist = (
        Approval(
            _("Is this asset to be a shared instrument? Say who runs and who manages it."),
            title=_("Take in as an instrument"),
            candidates=this.the_office,
            role="office",
            form=EnlistForm,
            do=this.enlisted,
        )
        .Approve(this.record)
        .Reject(this.refused)
    )
    record = (
        If(this.is_complete, title=_("Is its record complete enough?")).Then(this.prices).Else(this.complete)
    )
    complete = Work(
        _("Complete the record until its score is enough for the level wished."),
        title=_("Complete the record"),
        of_applicant=True,
        automatic=True,
        due=None,
        link=_page("quality_detail"),
    ).Next(this.prices)
    prices = If(this.has_prices, title=_("Are its prices in force?")).Then(this.wired).Else(this.price)
    price = Work(
        _("Propose its prices; this step ends when they are approved, or when its use is free of charge."),
        title=_("Prices in force"),
        of_applicant=True,
        automatic=True,
        due=None,
        link=this.price_page,
    ).Next(this.wired)
    wired = (
        If(this.is_commissioned, title=_("Is its controller commissioned, or none needed?"))
        .Then(this.confirm)
        .Else(this.commission)
    )
    commission = Work(
        _("Let the controller test itself and see that it passes."),
        title=_("Commission the controller"),
        of_applicant=True,
        automatic=True,
        due=None,
        link=_page("instrument_commission"),
    ).Next(this.confirm)
    confirm = (
        Approval(
            _("Is everything there for this level, so that the instrument opens now?"),
            title=_("Office confirms"),
            candidates=this.the_office,
            role="office",
            do=this.confirmed,
            back_to=(this.complete,),
        )
        .Approve(this.opened)
        .Reject(this.refused)
    )
    opened = End(outcome="opened", title=_("Open"))
    refused = End(outcome="refused", title=_("Refused"))

    def the_office(self, activation: Any) -> list[User]:
        return office_users(activation.now)

    def is_enlisted(self, activation: Any) -> bool:
        return instrument_of(activation.case) is not None

    def is_complete(self, activation: Any) -> bool:
        instrument = self._instrument(activation.case)
        needed = needed_score(level_of(activation.case), activation.now)
        return quality_of(instrument, activation.now).points >= needed

    def has_prices(self, activation: Any) -> bool:
        return level_of(activation.case) == 1 or is_priced(self._instrument(activation.case), activation.now)

    def is_commissioned(self, activation: Any) -> bool:
        if not needs_controller(level_of(activation.case)):
            return True
        test = last_self_test(self._instrument(activation.case))
        return test is not None and test.ok

    def enlisted(self, activation: Any, answer: Answer) -> None:
        if answer.outcome != "approve":
            return
        asset = asset_of(activation.case)
        if asset is None:
            raise Overtaken(gettext("The register no longer has this asset."))
        said, now = answer.data, activation.now
        instrument = enlist_instrument(
            asset_no=asset.asset_no,
            name_zh=asset.name_zh,
            name_en=asset.name_en,
            class6=said["class6"],
            class_name=asset.class_name,
            model=asset.model,
            maker=asset.maker,
            origin=asset.origin,
            price_fen=asset.price_fen,
            commissioned=asset.acquired or school_time(now).date(),
            facility=said["facility"],
            unit=said["unit"],
            service_modes=said["service_modes"],
            access_node=said["access_node"],
            required_level=said["required_level"],
            customs_supervised=asset.customs,
            customs_until=asset.customs_until,
            by=answer.by,
            now=now,
        )
        appoint_crew(instrument=instrument, user=said["manager"], role="manager", by=answer.by, now=now)
        keep_score(instrument, quality_of(instrument, now), now)

    def confirmed(self, activation: Any, answer: Answer) -> None:
        if answer.outcome != "approve":
            return
        instrument, now = self._instrument(activation.case), activation.now
        open_level(
            instrument=instrument,
            level=level_of(activation.case),
            by=answer.by,
            now=now,
            standing=standing_of(instrument, now),
            source_case=f"case:{activation.case.ulid}",
        )

    def price_page(self, case: Case) -> str:
        return reverse("fee_proposal_new")

    def may_see(self, case: Case, user: Any, now: Any) -> bool:
        """Whoever manages the instrument."""
        instrument = instrument_of(case)
        return instrument is not None and manages(user, instrument, now)

    def beside(self, step: Step) -> dict[str, Any]:
        """The check-list of the level, where the office confirms."""
        instrument = instrument_of(step.case)
        if step.node != "confirm" or instrument is None:
            return {}
        level = level_of(step.case)
        standing = standing_of(instrument, step.task.created)
        return {"instrument": instrument, "level": level, "missing": unmet(level, standing)}

    def _instrument(self, case: Case) -> Any:
        instrument = instrument_of(case)
        if instrument is None:
            raise Overtaken(gettext("The asset is no instrument."))
        return instrument
