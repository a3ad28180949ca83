"""A night that Alice applies for: Wang, Teng and Olga are asked, one after the other."""

from datetime import timedelta

from apps.core.clock import school_time
from apps.people.posts import appoint_post
from tests.web.scene import Scene
from tests.workflows.toys import waiting, yes
from workflows import services
from workflows.beginning import begin
from workflows.models import Case

DAY = timedelta(days=1)


def posts(scene: Scene) -> None:
    """The lab has a head and a safety officer."""
    people = scene.people
    appoint_post(user=people.teng, unit=people.lab, kind="lab_head", by=people.office, now=scene.now)
    appoint_post(user=people.olga, unit=people.lab, kind="safety_officer", by=people.office, now=scene.now)


def a_night(scene: Scene) -> Case:
    """Alice has just handed it in."""
    raw = {
        "instrument": scene.people.sem.asset_no,
        "starts_at": f"{school_time(scene.now + DAY):%Y-%m-%dT%H:%M}",
        "ends_at": f"{school_time(scene.now + 8 * DAY):%Y-%m-%dT%H:%M}",
        "buddy": "bob",
        "purpose": "夜间长曝光",
    }
    return begin("night_endorsement", by=scene.people.alice, now=scene.now, raw=raw)


def returned_twice(scene: Scene) -> Case:
    """Sent back from the safety officer to the head of the lab, then to Alice, who has it now."""
    people, now = scene.people, scene.now
    case = a_night(scene)
    yes(case, people.wang, now, opinion="同意")
    yes(case, people.teng, now, opinion="同意")
    services.send_back(step=waiting(case)["safety"], by=people.olga, now=now, to="lab_head", reason="请核实")
    yes(case, people.teng, now, opinion="已核实")
    services.send_back(step=waiting(case)["safety"], by=people.olga, now=now, to="revise", reason="时间太长")
    return case


def granted(scene: Scene) -> Case:
    """All three have agreed."""
    people = scene.people
    case = a_night(scene)
    for person in (people.wang, people.teng, people.olga):
        yes(case, person, scene.now, opinion="同意")
    case.refresh_from_db()
    return case


def refused(scene: Scene) -> Case:
    """The head of the lab has said no."""
    case = a_night(scene)
    yes(case, scene.people.wang, scene.now, opinion="同意")
    services.answer(
        step=waiting(case)["lab_head"],
        by=scene.people.teng,
        now=scene.now,
        outcome="reject",
        opinion="低温台是新的",
    )
    case.refresh_from_db()
    return case
