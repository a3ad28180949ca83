"""After the handover the instrument is led to be shared by its host, without anybody asking."""

from datetime import timedelta

from apps.core.outbox import publish
from apps.library.models import Asset
from tests.factories.assets import mirrored
from tests.factories.hosting import House
from tests.factories.opening import at_level
from tests.workflows.hosting.walking import agreement_of, facts_are_told, running
from workflows.models import Case

OPENINGS = Case.objects.filter(flow="onboarding")
DAY = timedelta(days=1)


def _closed(home: House, level: int = 0) -> None:
    """The FE-SEM A has an asset in the register and is not shared further than a level."""
    sem, office, before = home.they.sem, home.they.office, home.now - DAY
    at_level(sem, level, before, by=office)
    mirrored([{"asset_no": sem.asset_no}], office, before)


def test_the_hosts_manager_goes_on_with_its_opening_once(home: House) -> None:
    _closed(home)
    case = running(home)
    assert not OPENINGS.exists()
    facts_are_told(home.now)
    opening = OPENINGS.get()
    assert opening.applicant == home.hugo
    assert opening.process.data["level"] == 3
    told = {"agreement": agreement_of(case).ulid, "state": "running"}
    publish("hosting.agreement_changed", now=home.now, **told)  # told twice
    facts_are_told(home.now)
    assert OPENINGS.count() == 1


def test_what_is_shared_already_needs_no_opening(home: House) -> None:
    _closed(home, level=3)
    running(home)
    facts_are_told(home.now)
    assert not OPENINGS.exists()


def test_what_the_register_does_not_have_waits_for_it(home: House) -> None:
    _closed(home)
    case = running(home)
    Asset.objects.update(gone_at=home.now)
    facts_are_told(home.now)
    assert not OPENINGS.exists()
    Asset.objects.update(gone_at=None)
    told = {"agreement": agreement_of(case).ulid, "state": "running"}
    publish("hosting.agreement_changed", now=home.now, **told)
    facts_are_told(home.now)
    assert OPENINGS.exists()
