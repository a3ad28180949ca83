"""Rows of the instruments: the list, and both of them for programs."""

from datetime import timedelta

from apps.instruments.models import CrewMember, Outage
from apps.instruments.states import report_incident, start_outage
from tests.factories.instruments import sister
from tests.web.matrix.portal import sem
from tests.web.matrix.rows import ANYBODY, SIGNED_IN, Answers, Call, Calls, Statuses
from tests.web.scene import HOUR, Scene

ROUTES: dict[str, Statuses] = {"instrument_list": SIGNED_IN, "instrument_export": SIGNED_IN}
API: dict[str, Answers] = {
    "GET /api/v1/instruments": ANYBODY,
    "GET /api/v1/instruments/{asset_no}": ANYBODY,
    "GET /api/v1/instruments/{asset_no}/faults": (403, 403, 200, 403, 200),
    "POST /api/v1/instruments/{asset_no}/faults": (201, 201, 201, 201, 201),
    "POST /api/v1/instruments/{asset_no}/faults/{ulid}/close": (403, 403, 200, 403, 200),
    "POST /api/v1/instruments/{asset_no}/outages": (403, 403, 201, 403, 201),
    "POST /api/v1/instruments/{asset_no}/outages/{ulid}/end": (403, 403, 200, 403, 200),
}
API_ADMIN: dict[str, int] = {
    "POST /api/v1/instruments/{asset_no}/faults": 403
}  # not registered, so not active


def outage(scene: Scene) -> dict[str, object]:
    """A night that is planned for the week after next."""
    starts = scene.now + timedelta(days=14)
    found = Outage.objects.filter(instrument=scene.people.sem, starts_at=starts).first()
    made = found or start_outage(
        instrument=scene.people.sem,
        starts_at=starts,
        ends_at=starts + HOUR,
        reason_zh="检修",
        by=scene.people.olga,
        now=scene.now,
    )
    return {**sem(scene), "ulid": made.ulid}


def fault(scene: Scene) -> dict[str, object]:
    """What Bob reported of another instrument: at the one that everybody meets at nothing is wrong."""
    beside = sister(scene.people.sem, "QY900077", scene.now)
    made = report_incident(
        instrument=beside, effect="refuse_new", description="漏油", by=scene.people.bob, now=scene.now
    )
    for member in scene.people.sem.crew.all():
        CrewMember.objects.create(
            instrument=beside, user=member.user, role=member.role, valid_from=member.valid_from
        )
    return {"asset_no": beside.asset_no, "ulid": made.ulid}


def plan(scene: Scene) -> Call:
    """An hour of the day after tomorrow."""
    starts = scene.now + timedelta(days=2)
    body = {"starts_at": starts.isoformat(), "ends_at": (starts + HOUR).isoformat(), "reason_zh": "检修"}
    return Call(path=sem(scene), body=body)


CALLS: dict[str, Calls] = {
    "GET /api/v1/instruments/{asset_no}": lambda scene: Call(path=sem(scene)),
    "GET /api/v1/instruments/{asset_no}/faults": lambda scene: Call(path=sem(scene)),
    "POST /api/v1/instruments/{asset_no}/faults": lambda scene: Call(
        path=sem(scene), body={"description": "漏油"}
    ),
    "POST /api/v1/instruments/{asset_no}/faults/{ulid}/close": lambda scene: Call(
        path=scene.once("fault", lambda: fault(scene)), body={"reason": "tightened"}
    ),
    "POST /api/v1/instruments/{asset_no}/outages": plan,
    "POST /api/v1/instruments/{asset_no}/outages/{ulid}/end": lambda scene: Call(path=outage(scene)),
}
