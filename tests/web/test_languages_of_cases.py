"""The pages of a real case in both languages: no word of the one on a page in the other, outside of data."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from apps.core.clock import school_time
from apps.core.outbox import WORKER, relay
from apps.people.posts import appoint_post
from tests.web.conftest import SignedIn
from tests.web.scene import Scene
from tests.web.test_languages import chinese_on, english_on
from tests.workflows.toys import waiting, yes
from workflows import services
from workflows.beginning import begin

pytestmark = pytest.mark.once  # words are the same on every database

DAY = timedelta(days=1)


@pytest.fixture
def crawled(scene: Scene, signed_in: SignedIn) -> tuple[list[str], list[Client]]:
    """A night endorsement that has been through most of what can happen, and those who look at it."""
    people, now = scene.people, scene.now
    appoint_post(user=people.teng, unit=people.lab, kind="lab_head", by=people.office, now=now)
    appoint_post(user=people.olga, unit=people.lab, kind="safety_officer", by=people.office, now=now)
    raw = {
        "instrument": people.sem.asset_no,
        "starts_at": f"{school_time(now + DAY):%Y-%m-%dT%H:%M}",
        "ends_at": f"{school_time(now + 8 * DAY):%Y-%m-%dT%H:%M}",
        "buddy": "bob",
        "purpose": "夜间长曝光",
    }
    case = begin("night_endorsement", by=people.alice, now=now, raw=raw)
    yes(case, people.wang, now, opinion="同意")
    head = waiting(case)["lab_head"]
    services.delegate(step=head, by=people.teng, to=people.wang, now=now, reason="请看")
    services.give_back(step=head, by=people.wang, now=now, opinion="可以")
    services.add_signer(step=head, by=people.teng, user=people.wang, now=now, where="after", reason="一并签")
    services.remove_signer(step=head, by=people.teng, user=people.wang, now=now, reason="不必了")
    services.urge(case=case, by=people.alice, now=now, words="请尽快")
    services.copy(case=case, to=[people.finance], by=people.alice, now=now)
    services.send_back(step=head, by=people.teng, now=now, to="pi", reason="请核实")
    services.sweep(now=now + 9 * DAY)
    yes(case, people.wang, now)
    step = waiting(case)["lab_head"]
    relay(channel=WORKER, now=now, limit=10_000)
    tabs = ("mine", "claimable", "applied", "copied", "done")
    verbs = ("send_back", "transfer", "delegate", "give_back", "add_signer", "remove_signer")
    addresses = [
        *(f"{reverse('task_inbox')}?tab={tab}" for tab in tabs),
        reverse("task_inbox") + "?flow=nothing&older=30",
        reverse("process_begin", args=["night_endorsement"]),
        reverse("notice_list"),
        reverse("notice_preferences"),
        reverse("case_detail", args=[case.ulid]),
        *(reverse("task_detail", args=[one.ulid]) for one in case.steps.all()),
        *(reverse(f"task_{verb}", args=[step.ulid]) for verb in verbs),
        *(reverse(f"case_{verb}", args=[case.ulid]) for verb in ("urge", "copy", "withdraw", "cancel")),
    ]
    viewers = (people.alice, people.teng, people.wang, people.office, people.finance)
    return addresses, [signed_in(user) for user in viewers]


def test_an_english_page_of_a_case_has_no_chinese_outside_data(
    crawled: tuple[list[str], list[Client]],
) -> None:
    assert chinese_on(*crawled) == set()


def test_a_chinese_page_of_a_case_has_no_english_outside_data(
    crawled: tuple[list[str], list[Client]],
) -> None:
    assert english_on(*crawled) == set()
