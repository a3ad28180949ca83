"""The demonstration school's standing: instruments, people, groups, money, certificates, crews and cards. An
import: what had been there before anybody applied for anything.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password

from apps.decisions.operations import install_defaults
from apps.funding.models import FundAccount
from apps.funding.operations import open_fund, set_limit, top_up
from apps.instruments.importing import import_instruments
from apps.instruments.layout import DATA
from apps.instruments.models import Facility, Instrument
from apps.instruments.operations import appoint_crew, change_instrument
from apps.people.cards import card_digest, school_card_key
from apps.people.models import OrgUnit, ResearchGroup, User
from apps.people.operations import (
    add_member,
    block_card,
    create_group,
    grant_authorization,
    issue_card,
    register_user,
)
from apps.portal.demo import roster
from apps.portal.demo.fees import Skipped, approve_fees, publish_outside_prices, record_hours
from apps.portal.demo.numbering import choose_words
from apps.training.operations import endorse_night, grant_safety_clearance, issue_certificate
from workflows.deregistration.starting import begin_suspension

DAY = timedelta(days=1)
GROUPS = {  # lead: names, members, fund, money in fen
    "wang": ("王课题组", "Wang Group", ("alice", "bob", "dai", "erik"), "QYF-2026-001", 80_000_00),
    "zhao": ("赵课题组", "Zhao Group", ("mei", "gao"), "QYF-2026-002", 60_000_00),
}
LIMITS = (("wang", "alice", 20_000_00), ("zhao", "mei", 20_000_00))


@dataclass
class School:
    """Whoever and whatever the next steps need, by login, lead and asset number."""

    people: dict[str, User] = field(default_factory=dict)
    funds: dict[str, FundAccount] = field(default_factory=dict)
    skipped: list[Skipped] = field(default_factory=list)

    def fund_of(self, login: str) -> FundAccount:
        """The fund that this person's uses are paid from."""
        lead = next(lead for lead, (_zh, _en, members, _no, _fen) in GROUPS.items() if login in members)
        return self.funds[lead]


def instrument(asset_no: str) -> Instrument:
    """An instrument of the school by its asset number."""
    return Instrument.objects.get(asset_no=asset_no)


def found_school(*, founded: datetime, now: datetime) -> School:
    """Everything that stood before today, as of `founded`; what is dated to today, as of `now`."""
    install_defaults(now=founded)
    choose_words(now=founded)
    import_instruments(source=DATA / "demo_instruments.csv", now=founded)
    school = School()
    known_to_all = make_password(roster.PASSWORD)  # a fifth of a second each, were it made for everybody
    for person in roster.PEOPLE:
        user = school.people[person.login] = register_user(
            username=person.login,
            name_zh=person.name_zh,
            name_en=person.name_en,
            kind=person.kind,
            unit=OrgUnit.objects.get(code=person.unit) if person.unit else None,
            email=f"{person.login}@{roster.MAIL_DOMAIN}",
            now=founded,
        )
        user.password = known_to_all
        user.save(update_fields=["password"])
    _give_rights(school, founded)
    _form_groups(school, founded)
    _crew(school, founded)
    _train(school, founded, now)
    school.skipped = approve_fees(now=founded)
    publish_outside_prices(now=founded)
    record_hours(now=founded)
    _issue_cards(school, founded)
    return school


def trouble_some(school: School, *, now: datetime) -> None:
    """What went wrong lately: a person suspended, a card lost."""
    they = school.people
    begin_suspension(
        user=they["dai"],
        by=they["office"],
        now=now - 2 * DAY,
        reason="安全考核未按期完成",
        cause="safety",
    )
    lost = they["alice"].cards.get(label=_label("04DEAD0001"))
    block_card(card=lost, reason="遗失", by=they["alice"], now=now - 10 * DAY)


def _give_rights(school: School, founded: datetime) -> None:
    they = school.people
    grant_authorization(user=they["office"], kind="manage", scope="school", grantor=None, now=founded)
    facility = Facility.objects.get(code="MCC")
    rights = (("finance", "report", "school"), ("facility", "manage", f"facility:{facility.ulid}"))
    for login, kind, scope in rights:
        grant_authorization(user=they[login], kind=kind, scope=scope, grantor=they["office"], now=founded)


def _form_groups(school: School, founded: datetime) -> None:
    they = school.people
    for lead, (zh, en, members, number, fen) in GROUPS.items():
        unit = they[lead].unit
        if unit is None:
            raise LookupError(f"{lead} belongs to no unit")
        group = create_group(name_zh=zh, name_en=en, pi=they[lead], unit=unit, now=founded)
        for login in members:
            add_member(group=group, user=they[login], by=they[lead], now=founded)
        school.funds[lead] = _open_fund(group, number, fen, founded)
    for lead, login, fen in LIMITS:
        set_limit(fund=school.funds[lead], user=they[login], monthly_fen=fen, by=they[lead], now=founded)


def _open_fund(group: ResearchGroup, number: str, fen: int, founded: datetime) -> FundAccount:
    fund = open_fund(
        number=number,
        name_zh=f"{group.name_zh}测试费",
        name_en=f"{group.name_en} test fund",
        group=group,
        valid_from=founded,
        now=founded,
    )
    top_up(fund=fund, amount_fen=fen, source=f"demo:opening:{number}", now=founded)
    return fund


def _crew(school: School, founded: datetime) -> None:
    they = school.people
    for _dev, asset_no in roster.MACHINES:
        machine = instrument(asset_no)
        for login, role in (("teng", "manager"), ("teng", "trainer"), ("olga", "operator")):
            appoint_crew(instrument=machine, user=they[login], role=role, by=they["office"], now=founded)
    for _login, asset_no in roster.NOW:
        # Visitors come at any hour; one person at a time holds a card to a simulated reader.
        change_instrument(instrument=instrument(asset_no), by=they["office"], now=founded, night_people=1)


def _train(school: School, founded: datetime, now: datetime) -> None:
    they = school.people
    for login in roster.CLEARED:
        grant_safety_clearance(
            user=they[login],
            valid_from=founded,
            valid_until=now + 300 * DAY,
            source_case=f"import:safety:{login}",
            now=founded,
        )
    for login, asset_no, level, days in roster.CERTIFICATES:
        issue_certificate(
            user=they[login],
            instrument=instrument(asset_no),
            level=level,
            valid_from=founded,
            valid_until=now + days * DAY,
            issued_by=they["office"] if login == "teng" else they["teng"],
            source_case=f"import:training:{login}-{asset_no}",
            now=founded,
        )
    for login, asset_no in roster.NIGHT:
        endorse_night(
            user=they[login],
            instrument=instrument(asset_no),
            valid_from=founded,
            valid_until=now + 120 * DAY,
            source_case=f"import:night:{login}-{asset_no}",
            by=they["office"],
            now=founded,
        )


def _issue_cards(school: School, founded: datetime) -> None:
    key = school_card_key()
    for card in roster.CARDS:
        if card.login:
            issue_card(
                user=school.people[card.login],
                digest=card_digest(card.uid, key),
                label=_label(card.uid),
                by=school.people["office"],
                now=founded,
            )


def _label(uid: str) -> str:
    return f"…{uid[-4:]}"
