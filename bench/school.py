"""A school for benches: as many instruments as asked for, some with a person who may use them now, some
behind enrolled controllers. Made by the product's own operations, so that what is measured is what runs; only
a crowd of instruments is written in one statement. Its people are an import.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.bookings.operations import book
from apps.decisions.operations import install_defaults
from apps.fees.models import FeeItem, Tier
from apps.fees.operations import ItemDraft, approve_version
from apps.funding.models import FundAccount
from apps.funding.operations import open_fund, top_up
from apps.instruments.importing import import_instruments
from apps.instruments.layout import DATA
from apps.instruments.models import Instrument
from apps.people.cards import card_digest, school_card_key
from apps.people.models import OrgUnit, ResearchGroup, User
from apps.people.operations import add_member, create_group, issue_card, register_user
from apps.training.operations import endorse_night, grant_safety_clearance, issue_certificate
from devices.provisioning import Enrolment, enrol_controller

CASE = "bench"
YEAR = timedelta(days=365)
HOUR_FEN = 120_00
PURSE_FEN = 1_000_000_00
GROUP_SIZE = 8


@dataclass(frozen=True)
class Place:
    """An instrument behind a controller; `card` (a digest) belongs to somebody who may use it now, where
    there is such a person.
    """

    enrolment: Enrolment
    instrument: Instrument
    user: User | None = None
    card: str = ""


def found(now: datetime) -> list[Instrument]:
    """The rule sets, the organisation and the 84 instruments of the demonstration school."""
    install_defaults(now=now)
    return import_instruments(source=DATA / "demo_instruments.csv", now=now)


def crowd(like: Instrument, count: int) -> list[Instrument]:
    """`count` more instruments like one in hand, open to anybody with a certificate at any hour."""
    copied = {
        field.name: getattr(like, field.name)
        for field in Instrument._meta.concrete_fields
        if field.name not in ("id", "ulid", "asset_no")
    }
    open_to_all = {"opening_level": 5, "night_self_use": True, "night_people": 1, "required_level": "basic"}
    copied |= open_to_all | {
        "hosting": "own",
        "service_modes": "S A T",
        "customs_supervised": False,
        "walk_in_allowed": False,
    }
    return Instrument.objects.bulk_create(
        [Instrument(**copied, asset_no=f"BN{number:06d}") for number in range(count)], batch_size=1000
    )


def equip(instruments: Sequence[Instrument], *, cleared: int, now: datetime) -> list[Place]:
    """A controller for each instrument; for the first `cleared` of them also a person with everything that a
    booked use needs, and a booking that has begun when the bench swipes.
    """
    unit = instruments[0].unit
    pi = person("benchpi", unit, now)
    places, group, fund = [], None, None
    for number, instrument in enumerate(instruments):
        enrolment = enrol_controller(dev=f"bench{number:05d}", asset_no=instrument.asset_no, now=now)
        if number >= cleared:
            places.append(Place(enrolment, instrument))
            continue
        if group is None or fund is None or number % GROUP_SIZE == 0:
            group, fund = _group(number, pi, unit, now)
        user, card = _cleared_user(number, instrument, group, now)
        _booked(user, instrument, fund, now)
        places.append(Place(enrolment, instrument, user, card))
    return places


def person(username: str, unit: OrgUnit | None, now: datetime) -> User:
    """A member of staff."""
    return register_user(
        username=username, name_zh="测试", name_en="Bench", kind=User.Kind.STAFF, unit=unit, now=now
    )


def _group(number: int, pi: User, unit: OrgUnit, now: datetime) -> tuple[ResearchGroup, FundAccount]:
    group = create_group(name_zh=f"课题组{number}", name_en=f"Group {number}", pi=pi, unit=unit, now=now)
    fund = open_fund(
        number=f"BENCH-{number}", name_zh="测试费", name_en="Test fund", group=group, valid_from=now, now=now
    )
    top_up(fund=fund, amount_fen=PURSE_FEN, source=f"bench:opening:{number}", now=now)
    return group, fund


def _cleared_user(
    number: int, instrument: Instrument, group: ResearchGroup, now: datetime
) -> tuple[User, str]:
    """Somebody with card, safety clearance, certificate and night endorsement: a bench runs at any hour."""
    user = person(f"bench{number}", group.unit, now)
    add_member(group=group, user=user, by=None, now=now)
    card = card_digest(f"04BE{number:08X}", school_card_key())
    issue_card(user=user, digest=card, label=f"…{number:04X}", by=None, now=now)
    until = now + YEAR
    grant_safety_clearance(
        user=user, valid_from=now, valid_until=until, source_case=f"{CASE}:{number}", now=now
    )
    issue_certificate(
        user=user,
        instrument=instrument,
        level="basic",
        valid_from=now,
        valid_until=until,
        issued_by=None,
        source_case=f"{CASE}:certificate:{number}",
        now=now,
    )
    endorse_night(
        user=user,
        instrument=instrument,
        valid_from=now,
        valid_until=until,
        source_case=f"{CASE}:night:{number}",
        now=now,
    )
    return user, card


def _booked(user: User, instrument: Instrument, fund: FundAccount, now: datetime) -> None:
    """A fee standard, and a booking that begins in a moment; `access.early_minutes` lets it begin now."""
    item = ItemDraft(
        "HOUR", "自主上机", "Self-operated use", "self", FeeItem.Unit.HOUR, Tier.INTERNAL, HOUR_FEN
    )
    approve_version(
        instrument=instrument,
        approval_no=f"BENCH-{instrument.asset_no}",
        items=[item],
        valid_from=now,
        source_case=CASE,
        now=now,
    )
    start = now.replace(second=0, microsecond=0) + timedelta(minutes=2)
    book(
        user=user,
        instrument=instrument,
        start=start,
        end=start + timedelta(hours=6),
        fund=fund,
        by=user,
        now=now,
    )
