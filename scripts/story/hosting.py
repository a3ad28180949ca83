"""A group gives an instrument of its own to the facility: offered, inspected, agreed, signed, countersigned,
handed over, opened. Alice uses it; its owner reads what it brought, asked at the end of the month, and what
its year is worth so far. The people of the facility and Alice's certificate are an import: how they come
about is told elsewhere.
"""

from datetime import datetime, timedelta

from apps.billing.models import Charge
from apps.bookings.priority import Hours
from apps.clearances import gate
from apps.core.clock import now as clock_now
from apps.core.clock import school_month, school_month_start, school_time
from apps.core.money import format_yuan
from apps.fees.models import FeeItem, Tier
from apps.fees.operations import ItemDraft
from apps.hosting.content import Band, Terms
from apps.hosting.inspecting import checklist
from apps.hosting.inventory import Thing
from apps.hosting.models import Agreement
from apps.hosting.negotiating import accept_terms, propose_terms
from apps.hosting.papers import paper_of, statement_paper
from apps.instruments.models import Facility, Instrument
from apps.instruments.operations import change_instrument
from apps.people.cards import card_digest, school_card_key
from apps.people.models import User
from apps.people.operations import create_group, grant_authorization, register_user
from apps.portal.demo.activity import deliver
from apps.training.operations import endorse_night, issue_certificate
from apps.usage.meter import power_off, power_on
from scripts.story.asking import answer, waits
from scripts.story.opening import open_up, register_asset
from scripts.story.school import CARD, CASE, School, made
from scripts.story.scoring import score
from scripts.story.stage import Stage, StoryBroken
from scripts.story.teller import Teller
from workflows.beginning import begin
from workflows.hosting.stating import state_month
from workflows.models import Case

HOUR = timedelta(hours=1)
HOURS, HOUR_FEN, OWNER_PERMILLE = 2, 150_00, 250
ITEM = ItemDraft(
    code="HOUR",
    name_zh="自主上机",
    name_en="Self-operated use",
    service_mode="self",
    unit=FeeItem.Unit.HOUR,
    tier=Tier.INTERNAL,
    price_fen=HOUR_FEN,
)
DEV, NODE = "hosted", 1


def host(stage: Stage, school: School, teller: Teller) -> tuple[int, int]:
    """From the offer to the owner's statement and the score; gives the owner's share in fen, and the score in
    hundredths of a point.
    """
    now = clock_now()
    owner, machine, hosting = _dispersed(school, now)
    register_asset(stage, school, machine)
    case = begin(
        "hosting",
        by=owner,
        now=now,
        raw={
            "asset_no": machine.asset_no,
            "group": owner.led_groups.get().ulid,
            "facility": hosting.ulid,
            "why": "每周只用两天",
        },
    )
    answer(case, "inspect", school.trainer, "complete", **{one.key: "pass" for one in checklist(now)})
    agreement = _agreed(stage, case, school, owner)
    teller.say(
        f"Professor Ke offers {machine.name_en}, used two days a week. The facility finds it in order; "
        f"the second version of the terms is agreed, and the rules find it within the limits ({case.number})."
    )
    signed = {"digest": agreement.terms.digest if agreement.terms else "", "read": True}
    answer(case, "owner_signs", owner, "approve", **signed)
    answer(case, "host_signs", school.trainer, "approve", **signed)
    answer(case, "countersign", school.office, "approve", **signed)
    things = [Thing("主机", 1), Thing("物镜", 4)]
    answer(case, "hand_over", school.trainer, "complete", things=things, manager=school.trainer)
    answer(case, "confirm", owner, "approve")
    paper = paper_of(_agreement(case))
    machine.refresh_from_db()
    if paper is None or machine.facility_id != hosting.pk:
        raise StoryBroken("the agreement has no paper, or the instrument is not with its host")
    teller.say(
        f"Both sign, the office countersigns: {paper.number}. It is handed over with an inventory; "
        "the host runs it, and its clauses count."
    )
    open_up(stage, school, machine, ITEM, teller)
    begun = clock_now()
    charged = _used(school, machine)
    share = _stated(_agreement(case), charged, teller)
    return share, score(stage, school, machine, (begun, HOURS, charged), teller)


def _dispersed(school: School, now: datetime) -> tuple[User, Instrument, Facility]:
    """An instrument of Professor Ke's group, and the facility with who acts for it."""
    hosting = school.instrument.facility
    grant_authorization(
        user=school.trainer, kind="manage", scope=f"facility:{hosting.ulid}", grantor=school.office, now=now
    )
    owner = register_user(
        username="ke",
        name_zh="柯教授",
        name_en="Professor Ke",
        kind=User.Kind.STAFF,
        unit=school.pi.unit,
        now=now,
    )
    alone = Facility.objects.create(
        code="IND-KE",
        name_zh="柯课题组独立机组",
        name_en="Ke's own crew",
        level=Facility.Level.INDEPENDENT,
        lab=hosting.lab,
    )
    create_group(name_zh="柯课题组", name_en="Ke group", pi=owner, unit=hosting.lab, now=now)
    machine = made("QY000085", "激光共聚焦显微镜", "Confocal microscope", alone, now, opening_level=0)
    return owner, machine, hosting


def _agreed(stage: Stage, case: Case, school: School, owner: User) -> Agreement:
    """Two proposals; the second is accepted, and the rule is asked by the worker."""
    agreement = _agreement(case)
    today = school_time(clock_now()).date()
    first = Terms(
        since=today,
        until=today.replace(year=today.year + 3, day=min(today.day, 28)),
        place="A203",
        windows=(Hours("1", 8 * 60, 12 * 60, 24),),
        owner_pays_permille=500,
        shares=(("owner", 200), ("host", 800)),
        repairs=(Band(0, 0), Band(500_000, 500)),
        insurer="host",
        insured_fen=400_000_000,
        exit_days=60,
        consumables="user",
        relocation="",
    )
    second = Terms(**{**vars(first), "shares": (("owner", OWNER_PERMILLE), ("host", 750))})
    propose_terms(agreement=agreement, terms=first, by=school.trainer, now=clock_now(), base=0)
    propose_terms(agreement=agreement, terms=second, by=owner, now=clock_now(), base=1)
    accept_terms(agreement=agreement, number=2, by=school.trainer, now=clock_now())
    stage.wait(lambda: waits(case) == {"owner_signs", "host_signs"}, "both to be asked to sign", seconds=30)
    return _agreement(case)


def _used(school: School, machine: Instrument) -> int:
    """The host certifies Alice; she uses it for two hours, asked by date."""
    now = clock_now()
    change_instrument(instrument=machine, by=school.office, now=now, walk_in_allowed=True, night_people=1)
    card = card_digest(CARD, school_card_key())
    refused = _asked(machine, card)
    if refused.allowed:
        raise StoryBroken("it opened without the host's certificate")
    issue_certificate(
        user=school.student,
        instrument=machine,
        level="basic",
        valid_from=clock_now(),
        valid_until=clock_now() + timedelta(days=365),
        issued_by=school.trainer,
        source_case=CASE,
        now=clock_now(),
    )
    # The story runs at any hour.
    endorse_night(
        user=school.student,
        instrument=machine,
        valid_from=clock_now(),
        valid_until=clock_now() + timedelta(days=30),
        source_case=CASE,
        now=clock_now(),
    )
    given = _asked(machine, card)
    if given.grant is None:
        raise StoryBroken(f"it did not open for Alice: {given.codes}")
    begun = clock_now()
    power_on(dev=DEV, node=NODE, gid=given.grant.gid, odo=0, busy=0, at=begun, now=begun)
    ended = begun + HOURS * HOUR
    ms = HOURS * 3_600_000
    record = power_off(
        dev=DEV, node=NODE, gid=given.grant.gid, odo=ms, busy=ms, at=ended, why="card", now=ended
    )
    if record is None:
        raise StoryBroken("the use was not recorded")
    deliver(ended)
    charge = Charge.objects.filter(record=record).first()
    if charge is None:
        raise StoryBroken("the use of the hosted instrument is not charged")
    return charge.amount_fen


def _stated(agreement: Agreement, charged: int, teller: Teller) -> int:
    """The statement of the month, on the first of the next."""
    booked = Charge.objects.filter(record__instrument=agreement.instrument).latest("charged_at").charged_at
    first = school_month_start(school_month_start(booked) + timedelta(days=32))
    statement = state_month(agreement, month=school_month(booked), now=first)
    share = charged * OWNER_PERMILLE // 1000  # whole here: the story's arithmetic, by nobody else's code
    paper = statement_paper(statement)
    if (statement.income_fen, statement.owner_fen) != (charged, share) or paper is None:
        raise StoryBroken(f"stated {statement.owner_fen} fen, arithmetic says {share}")
    teller.say(
        f"Without the host's certificate it stays shut; with it Alice uses it for {HOURS} hours: "
        f"{format_yuan(charged)}. On {school_time(first):%Y-%m-%d} (asked by date) Professor Ke reads "
        f"{paper.number}: income {format_yuan(statement.income_fen)}, her share "
        f"{format_yuan(share)}, to the fen."
    )
    return share


def _asked(machine: Instrument, card: str) -> gate.Answer:
    return gate.ask(
        dev=DEV,
        node=NODE,
        instrument_id=machine.pk,
        card_digest=card,
        lease_ms=45_000,
        off_ms=900_000,
        now=clock_now(),
    )


def _agreement(case: Case) -> Agreement:
    rows = Agreement.objects.select_related("group__pi", "facility__lab", "terms", "instrument")
    return rows.get(ulid=case.subject_ref.partition(":")[2])
