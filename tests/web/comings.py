"""One of every step that somebody of the school is asked when people come in, leave or are suspended."""

from typing import Any

from tests.domain.people.applicants import applied, company, dan, erin, known_to_hr
from tests.web.scene import Scene
from tests.workflows.registering import case_of, hear
from tests.workflows.toys import waiting
from workflows import services
from workflows.deregistration.starting import begin_deregistration, begin_suspension
from workflows.models import Case, Step
from workflows.registration.renewal import RenewalFlow


def steps_of_coming_and_leaving(scene: Scene) -> list[Step]:
    """What waits: a student whom the register knows, a stranger whose sponsor nobody knows, a company, a
    leaver with an instrument, wishes about members of a group, a suspension, a renewal.
    """
    people, now = scene.people, scene.now
    known_to_hr(now)
    company(now)
    applications = [
        applied(dan(), now),
        applied(dan(number="2026002", email="fan@school.example", sponsor_text="nobody"), now),
        applied(erin(), now),
    ]
    hear(now)
    cases = [case_of(one) for one in applications]
    cases.append(begin_deregistration(user=people.teng, by=people.teng, now=now, reason="调往外校"))
    cases += Case.objects.filter(flow="hand_over")
    cases.append(begin_deregistration(user=people.bob, by=people.wang, now=now, reason="离组"))
    cases.append(
        begin_suspension(user=people.charlie, by=people.office, now=now, reason="欠费", cause="unpaid")
    )
    cases.append(
        begin_suspension(user=people.alice, by=people.wang, now=now, reason="违规", cause="violation")
    )
    renewal: dict[str, Any] = {"applicant": people.finance, "subject_ref": f"user:{people.finance.ulid}"}
    cases.append(services.start(RenewalFlow, by=None, now=now, title_args={"name": "方会计"}, **renewal))
    hear(now)
    return [step for case in cases for step in waiting(case).values()]
