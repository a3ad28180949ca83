"""The inbox: lists, filters, pages, the count in the frame, answering several at once."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from tests.toyflows.approvals import DueFlow, RoundFlow
from tests.web.conftest import SignedIn
from tests.web.scene import Scene
from tests.web.test_pages import INLINE
from tests.workflows.toys import three_steps, waiting, yes
from workflows import services
from workflows.models import Case, Copy
from workflows.views.inbox import PAGE

DAY = timedelta(days=1)


def page(client: Client, **query: str) -> str:
    answer = client.get(reverse("task_inbox"), query)
    assert answer.status_code == 200
    return answer.content.decode()


def begin(scene: Scene, number: int = 1, **data: object) -> list[Case]:
    """Cases of Alice's that Teng is asked about."""
    asked = {"tutors": [scene.people.teng.pk], "heads": [scene.people.wang.pk]} | data
    return [
        three_steps(scene.people, scene.now, subject=f"thing:{Case.objects.count()}", **asked)
        for _ in range(number)
    ]


def test_what_waits_for_me_stands_in_my_list_and_is_counted_in_the_frame(
    scene: Scene, signed_in: SignedIn
) -> None:
    begin(scene, 2)
    [shared] = begin(scene, tutors=[scene.people.teng.pk, scene.people.olga.pk])
    client = signed_in(scene.people.teng)
    mine = page(client)
    assert mine.count("data-row") == 2
    assert shared.number not in mine
    assert '<span aria-hidden="true">3</span>' in mine  # two of mine, one to take
    assert shared.number in page(client, tab="claimable")
    assert "Toy of 艾丽" in mine
    assert "Is it right?" in mine
    assert page(signed_in(scene.people.bob)).count("data-row") == 0


def test_home_shows_the_oldest_of_what_waits_with_the_way_to_the_rest(
    scene: Scene, signed_in: SignedIn
) -> None:
    begin(scene, 8)
    home = signed_in(scene.people.teng).get("/").content.decode()
    needs = home.partition('id="needs"')[2].partition("</section>")[0]
    assert needs.count("Toy of 艾丽") == 6
    assert reverse("task_inbox") in needs
    assert "/tasks/" not in signed_in(scene.people.bob).get("/").content.decode()


def test_each_tab_lists_what_it_says(scene: Scene, signed_in: SignedIn) -> None:
    [case] = begin(scene)
    services.copy(case=case, to=[scene.people.bob], by=scene.people.alice, now=scene.now)
    yes(case, scene.people.teng, scene.now)
    assert case.number in page(signed_in(scene.people.alice), tab="applied")
    assert case.number in page(signed_in(scene.people.teng), tab="done")
    assert case.number not in page(signed_in(scene.people.teng))
    bob = signed_in(scene.people.bob)
    assert "state-warn" in page(bob, tab="copied")
    bob.get(reverse("case_detail", args=[case.ulid]))
    assert Copy.objects.get().read_at is not None
    assert 'eye"/></svg>' not in page(bob, tab="copied").partition("<tbody>")[2].partition("</tbody>")[0]
    assert page(bob, tab="no-such-tab").count("data-row") == 0


@pytest.mark.parametrize(("tab", "who"), [("mine", "wang"), ("claimable", "wang"), ("done", "wang")])
def test_an_empty_list_says_what_it_is_for(tab: str, who: str, scene: Scene, signed_in: SignedIn) -> None:
    assert 'class="empty"' in page(signed_in(getattr(scene.people, who)), tab=tab)


def test_a_list_is_filtered_and_the_choice_stays_on_the_next_page(scene: Scene, signed_in: SignedIn) -> None:
    begin(scene, PAGE + 2)
    client = signed_in(scene.people.teng)
    first = page(client, flow="toy_three")
    assert first.count("data-row") == PAGE
    [following] = [one for one in first.split('"') if "cursor=" in one]
    assert "flow=toy_three" in following
    second = client.get(reverse("task_inbox") + following.replace("&amp;", "&")).content.decode()
    assert second.count("data-row") == 2
    assert page(client, flow="toy_due").count("data-row") == 0
    assert page(client, overdue="on").count("data-row") == 0
    assert page(client, older="7").count("data-row") == 0
    assert page(client, unit=scene.people.lab.ulid).count("data-row") == PAGE
    assert page(client, unit="nowhere", flow="nothing", older="x").count("data-row") == PAGE
    assert client.get(reverse("task_inbox"), {"cursor": "made-up"}).status_code == 422


def test_an_overdue_task_says_so_in_a_word(scene: Scene, signed_in: SignedIn) -> None:
    [case] = begin(scene)
    case.steps.update(due_at=scene.now - DAY)
    assert "state-stop" in page(signed_in(scene.people.teng)).partition("<tbody>")[2]


@pytest.mark.parametrize("number", [1, PAGE])
@pytest.mark.parametrize("tab", ["mine", "claimable", "applied", "copied", "done"])
def test_the_inbox_takes_its_queries_however_long_it_is(
    tab: str,
    number: int,
    scene: Scene,
    signed_in: SignedIn,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    people = scene.people
    wang, several = [people.wang.pk], [people.wang.pk, people.olga.pk]
    for case in begin(scene, number, tutors=several if tab == "claimable" else wang):
        services.copy(case=case, to=[people.wang], by=people.alice, now=scene.now)
        if tab == "done":
            yes(case, people.wang, scene.now)
    client = signed_in(people.alice if tab == "applied" else people.wang)
    with django_assert_num_queries(6):
        listed = page(client, tab=tab)
    assert listed.count("data-row") == number


def test_several_are_answered_together_after_being_shown(scene: Scene, signed_in: SignedIn) -> None:
    cases = begin(scene, 3)
    client = signed_in(scene.people.teng)
    steps = [waiting(case)["tutor"] for case in cases]
    assert page(client).count('name="step"') == 3
    address, chosen = reverse("task_batch"), [step.ulid for step in steps[:2]]
    asked = client.post(address, {"step": chosen}).content.decode()
    assert [case.number in asked for case in cases] == [True, True, False]
    assert not Case.objects.filter(events__kind="approve").exists()
    done = client.post(address, {"step": chosen, "outcome": "approve"}).content.decode()
    assert done.count("state-on") == 2
    assert [list(waiting(case)) for case in cases] == [["lab"], ["lab"], ["tutor"]]


def test_of_several_each_has_its_own_result(scene: Scene, signed_in: SignedIn) -> None:
    shared = [scene.people.teng.pk, scene.people.olga.pk]
    first, second = begin(scene, 2, tutors=shared)
    client = signed_in(scene.people.teng)
    steps = [waiting(case)["tutor"].ulid for case in (first, second)]
    client.post(reverse("task_batch"), {"step": steps})
    services.claim(step=waiting(second)["tutor"], by=scene.people.olga, now=scene.now)
    done = client.post(reverse("task_batch"), {"step": steps, "outcome": "approve"}).content.decode()
    assert done.count("state-on") == 1  # what Olga took meanwhile is left out
    assert list(waiting(second)) == ["tutor"]


def test_a_refusal_of_several_needs_an_opinion_and_is_the_same_for_all(
    scene: Scene, signed_in: SignedIn
) -> None:
    cases = begin(scene, 2)
    client = signed_in(scene.people.teng)
    steps = [waiting(case)["tutor"].ulid for case in cases]
    asked = client.post(reverse("task_batch"), {"step": steps, "outcome": "reject", "opinion": " "})
    assert asked.status_code == 422
    assert "workflows.opinion_required" in asked.content.decode()
    client.post(reverse("task_batch"), {"step": steps, "outcome": "reject", "opinion": "材料不全"})
    assert [case.steps.get(node="tutor").opinion for case in cases] == ["材料不全"] * 2


def test_what_is_not_mine_or_wants_its_own_answer_is_left_out_of_a_batch(
    scene: Scene, signed_in: SignedIn
) -> None:
    people, now = scene.people, scene.now
    due = services.start(
        DueFlow,
        by=people.alice,
        now=now,
        applicant=people.alice,
        subject_ref="thing:due",
        data={"tutors": [people.teng.pk]},
    )
    [others] = begin(scene, tutors=[people.wang.pk])
    steps = [waiting(due)["ask"].ulid, waiting(others)["tutor"].ulid, "no-such-step"]
    client = signed_in(people.teng)
    answer = client.post(reverse("task_batch"), {"step": steps, "outcome": "approve"})
    assert answer.headers["Location"] == reverse("task_inbox")
    assert (list(waiting(due)), list(waiting(others))) == (["ask"], ["tutor"])


def test_the_pages_carry_nothing_inline(scene: Scene, signed_in: SignedIn) -> None:
    [case] = begin(scene)
    client = signed_in(scene.people.teng)
    step = waiting(case)["tutor"]
    batch = client.post(reverse("task_batch"), {"step": [step.ulid]}).content.decode()
    assert INLINE.findall(page(client) + batch) == []


def test_a_round_stands_in_the_list_of_everybody_who_votes(scene: Scene, signed_in: SignedIn) -> None:
    people = scene.people
    case = services.start(
        RoundFlow,
        by=people.alice,
        now=scene.now,
        applicant=people.alice,
        subject_ref="thing:round",
        data={"members": [people.teng.pk, people.wang.pk, people.olga.pk]},
    )
    for user in (people.teng, people.wang, people.olga):
        assert case.number in page(signed_in(user))


def test_home_tells_what_one_of_several_may_take(scene: Scene, signed_in: SignedIn) -> None:
    client = signed_in(scene.people.olga)
    assert "项待您或同事办理" not in client.get(reverse("home")).content.decode()
    begin(scene, 2, tutors=[scene.people.teng.pk, scene.people.olga.pk])
    home = client.get(reverse("home")).content.decode()
    assert "有 2 项待您或同事办理" in home
    assert f'{reverse("task_inbox")}?tab=claimable"' in home
    assert "没有需要你处理的事" not in home
