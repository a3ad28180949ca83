"""Rows of changes and hand-overs: Alice's booking of the day after tomorrow, offered to Bob."""

from datetime import timedelta

from apps.bookings.handing import offer_hand_over
from apps.bookings.models import Booking, HandOver
from apps.bookings.operations import book
from apps.fees.operations import ItemDraft, approve_version
from apps.instruments.models import Instrument
from apps.training.operations import issue_certificate
from tests.factories.instruments import sister
from tests.factories.money import HOUR_FEN
from tests.factories.queueing import certified
from tests.web.matrix.rows import ANYBODY, SIGN_IN, Answers, Arguments, Call, Calls, Exceptions, Statuses
from tests.web.scene import HOUR, Scene

DAY = timedelta(days=1)


def coming(scene: Scene, days: int = 3) -> Booking:
    """Alice's booking that has not begun."""
    alice = scene.people.alice
    start = scene.booking.end + days * DAY
    found = Booking.objects.filter(user=alice, start=start).first()
    return found or book(
        user=alice,
        instrument=scene.people.sem,
        start=start,
        end=start + HOUR,
        fund=scene.fund,
        by=alice,
        now=scene.now,
    )


def offered(scene: Scene) -> HandOver:
    """Alice's booking, offered to Wang."""
    they = scene.people
    found = HandOver.objects.filter(booking__user=they.alice).first()
    return found or offer_hand_over(booking=coming(scene), to=they.wang, by=they.alice, now=scene.now)


def received(scene: Scene) -> HandOver:
    """Bob's booking, offered to Alice."""
    they = scene.people
    found = HandOver.objects.filter(to=they.alice).first()
    if found is not None:
        return found
    certified(they, they.bob, scene.now)
    start = scene.booking.end + 4 * DAY
    period = (start, start + HOUR)
    booking = book(
        user=they.bob,
        instrument=they.sem,
        start=period[0],
        end=period[1],
        fund=scene.fund,
        by=they.bob,
        now=scene.now,
    )
    return offer_hand_over(booking=booking, to=they.alice, by=they.bob, now=scene.now)


def twin(scene: Scene) -> Instrument:
    """A sister of the FE-SEM A for which Alice is certified; an hour of it costs five yuan more."""
    they = scene.people
    found = Instrument.objects.filter(asset_no="QY900001").first()
    if found is not None:
        return found
    before = scene.now - timedelta(days=30)
    made = sister(
        they.sem, "QY900001", before, name_zh="场发射扫描电镜乙", name_en="Field-emission SEM No. 2"
    )
    issue_certificate(
        user=they.alice,
        instrument=made,
        level="basic",
        valid_from=before,
        valid_until=scene.now + timedelta(days=365),
        issued_by=None,
        source_case="training:twin",
        now=before,
    )
    approve_version(
        instrument=made,
        approval_no="QY-TWIN",
        items=[
            ItemDraft(
                code="HOUR",
                name_zh="自主上机",
                name_en="Self-operated use",
                service_mode="self",
                unit="hour",
                tier="internal",
                price_fen=HOUR_FEN["internal"] + 500,
            )
        ],
        valid_from=before,
        source_case="fees:twin",
        now=before,
    )
    return made


ROUTES: dict[str, Statuses] = {
    "booking_change": (SIGN_IN, 404, 200, 200, 200),
    "booking_change_verdict": (SIGN_IN, 404, 200, 200, 200),
    "booking_hand_over": (SIGN_IN, 404, 200, 404, 404),
    "hand_over": (SIGN_IN, 404, 200, 404, 404),
}
ARGUMENTS: dict[str, Arguments] = {
    "booking_change": lambda scene: {"ulid": coming(scene).ulid},
    "booking_change_verdict": lambda scene: {"ulid": coming(scene).ulid},
    "booking_hand_over": lambda scene: {"ulid": coming(scene).ulid},
    "hand_over": lambda scene: {"ulid": offered(scene).ulid},
}
ALSO: dict[str, Exceptions] = {}

API: dict[str, Answers] = {
    "POST /api/v1/bookings/{ulid}/change": (404, 200, 200, 404, 200),
    "GET /api/v1/bookings/{ulid}/alternatives": (404, 200, 200, 404, 200),
    "POST /api/v1/bookings/{ulid}/hand-over": (404, 201, 422, 404, 422),
    "GET /api/v1/hand-overs": ANYBODY,
    "POST /api/v1/hand-overs/{ulid}/take": (404, 200, 404, 404, 404),
    "POST /api/v1/hand-overs/{ulid}/decline": (404, 200, 404, 404, 404),
    "POST /api/v1/hand-overs/{ulid}/withdraw": (404, 200, 404, 404, 404),
}


def later(scene: Scene) -> Call:
    """The same length an hour later."""
    booking = coming(scene)
    period = {"start": booking.end.isoformat(), "end": (booking.end + HOUR).isoformat()}
    return Call(path={"ulid": booking.ulid}, body=period)


CALLS: dict[str, Calls] = {
    "POST /api/v1/bookings/{ulid}/change": later,
    "GET /api/v1/bookings/{ulid}/alternatives": lambda scene: Call(path={"ulid": coming(scene).ulid}),
    "POST /api/v1/bookings/{ulid}/hand-over": lambda scene: Call(
        path={"ulid": coming(scene, 5).ulid},
        body={"to": "bob"},  # one that is offered to nobody yet
    ),
    "POST /api/v1/hand-overs/{ulid}/take": lambda scene: Call(
        path={"ulid": received(scene).ulid}, body={"fund": scene.fund.number}
    ),
    "POST /api/v1/hand-overs/{ulid}/decline": lambda scene: Call(path={"ulid": received(scene).ulid}),
    "POST /api/v1/hand-overs/{ulid}/withdraw": lambda scene: Call(path={"ulid": offered(scene).ulid}),
}
