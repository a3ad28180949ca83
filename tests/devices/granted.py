"""Somebody whom the rules permit: Alice at the FE-SEM A, which takes walk-ins free of charge, so that a test
of devices needs neither booking nor money."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from apps.decisions.operations import install_defaults
from apps.instruments.models import Instrument
from apps.people.models import User
from apps.people.operations import issue_card, register_user
from apps.training.operations import issue_certificate
from devices.provisioning import enrol_controller
from tests.devices.enrolled import Wire
from tests.people import ALICES_UID, FE_SEM_A, People, cleared, digest, gather

YEAR = timedelta(days=365)
ALICES_CARD = digest(ALICES_UID)


@dataclass
class Scene:
    """Everyone, and the controller at the instrument."""

    people: People
    wire: Wire


def open_to_walk_ins(instrument: Instrument) -> Instrument:
    """Self-use by day and night, free of charge, without a booking."""
    Instrument.objects.filter(pk=instrument.pk).update(
        walk_in_allowed=True, use_charged=False, opening_level=5, night_self_use=True, night_people=1
    )
    instrument.refresh_from_db()
    return instrument


def set_scene(now: datetime, *, dev: str = "fesem1", **terms: Any) -> Scene:
    """Alice may use the FE-SEM A, whose controller is enrolled on these terms."""
    people = gather(now)
    install_defaults(now=now - YEAR)
    open_to_walk_ins(people.sem)
    return Scene(people, Wire(enrol_controller(dev=dev, asset_no=FE_SEM_A, now=now, **terms)))


def permit(login: str, instruments: list[Instrument], *, card: str, now: datetime) -> User:
    """Another person with everything in order on these instruments."""
    before = now - YEAR
    user = register_user(
        username=login, name_zh=login, name_en=login, kind="staff", unit=instruments[0].unit, now=before
    )
    cleared(user, before, now + YEAR)
    issue_card(user=user, digest=card, label=login, by=None, now=before)
    for instrument in instruments:
        issue_certificate(
            user=user,
            instrument=instrument,
            level="basic",
            valid_from=before,
            valid_until=now + YEAR,
            issued_by=None,
            source_case=f"training:{login}:{instrument.asset_no}",
            now=before,
        )
    return user
