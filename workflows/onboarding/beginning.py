"""Somebody wants an asset to be opened, or opened further."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from apps.core.errors import NotPermitted, WrongState
from apps.core.periods import in_force
from apps.instruments.models import CrewMember, Instrument
from apps.instruments.queries import manages
from apps.library.models import Asset
from apps.people.models import User
from apps.people.queries import active_users, is_office
from workflows import services
from workflows.beginning import offer
from workflows.models import Case
from workflows.onboarding.flow import OnboardingFlow
from workflows.onboarding.forms import OnboardingForm


def ask_to_open(*, by: User, now: datetime, data: Mapping[str, Any]) -> Case:
    """The case of opening an asset at a level. Of one that is an instrument already its manager asks; of any
    other the staff of the school.

    Raises NotPermitted `onboarding.not_yours`; WrongState `instruments.same_level`, `workflows.case_open`.
    """
    asset: Asset = data["asset_no"]
    level = int(data["level"])
    instrument = Instrument.objects.select_related("unit").filter(asset_no=asset.asset_no).first()
    if not _may_ask(by, instrument, now):
        raise NotPermitted(
            _("Its manager asks for this, or the staff for an asset that nobody runs yet."),
            code="onboarding.not_yours",
        )
    if instrument is not None and instrument.opening_level >= level:
        raise WrongState(_("It is open at this level already."), code="instruments.same_level", field="level")
    return begin_opening(asset=asset, instrument=instrument, level=level, applicant=by, by=by, now=now)


def begin_opening(
    *,
    asset: Asset,
    instrument: Instrument | None,
    level: int,
    applicant: User,
    by: User | None,
    now: datetime,
) -> Case:
    """The case, also one that begins by itself (`by` None). Raises WrongState `workflows.case_open`."""
    return services.start(
        OnboardingFlow,
        by=by,
        now=now,
        applicant=applicant,
        subject_ref=f"asset:{asset.ulid}",
        unit=instrument.unit if instrument is not None else applicant.unit,
        title_args={"asset": asset, "level": level},
        data={"level": level},
        dossier=[
            {
                "title": gettext_noop("Asset"),
                "rows": [
                    {"label": gettext_noop("Asset number"), "value": asset.asset_no},
                    {"label": gettext_noop("Name"), "value": asset.name_zh},
                    {"label": gettext_noop("Model"), "value": f"{asset.maker} {asset.model}".strip()},
                    {"label": gettext_noop("Price"), "value": asset.price_fen, "type": "money"},
                    {"label": gettext_noop("Unit"), "value": asset.unit_name or asset.unit_code},
                    {"label": gettext_noop("Opening level wished"), "value": level},
                ],
            }
        ],
    )


def begin_by_itself(*, instrument: Instrument, level: int, since: datetime, now: datetime) -> Case | None:
    """The opening that nobody asked for, with a manager of the instrument as its applicant, once since a
    moment. None where the register has no such asset, nobody manages it, or an opening is under way.
    """
    asset = Asset.objects.filter(asset_no=instrument.asset_no, gone_at__isnull=True).first()
    manager = managers_of(instrument, now).first()
    if asset is None or manager is None:
        return None
    before = Case.objects.filter(
        flow=OnboardingFlow.key, subject_ref=f"asset:{asset.ulid}", created_at__gte=since
    )
    if before.exists():
        return None
    try:
        return begin_opening(
            asset=asset, instrument=instrument, level=level, applicant=manager, by=None, now=now
        )
    except WrongState:
        return None  # one is open already


def managers_of(instrument: Instrument, at: datetime) -> QuerySet[User]:
    """Its active managers, the first one first."""
    crew = CrewMember.objects.filter(in_force(at), instrument=instrument, role=CrewMember.Role.MANAGER)
    return active_users(at).filter(pk__in=crew.values("user")).order_by("id")


def _may_ask(user: User, instrument: Instrument | None, at: datetime) -> bool:
    if instrument is not None:
        return manages(user, instrument, at)
    return user.kind == User.Kind.STAFF or is_office(user, at)


def is_staff(user: User, now: datetime) -> bool:
    """Whom it concerns: the staff of the school."""
    return user.kind == User.Kind.STAFF


offer(
    "onboarding",
    summary=_("Open an instrument for sharing"),
    form=OnboardingForm,
    begin=ask_to_open,
    concerns=is_staff,
)
