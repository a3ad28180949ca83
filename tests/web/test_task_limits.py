"""The pages of tasks and cases: nothing inline, and what somebody who has left still sees."""

import pytest

from apps.people.models import User
from tests.web.conftest import SignedIn
from tests.web.scene import Scene
from tests.web.test_pages import INLINE
from tests.web.test_tasks import DAY, at, only
from tests.workflows.toys import three_steps
from workflows.models import Case


@pytest.fixture
def case(scene: Scene) -> Case:
    """Alice has applied; Teng, then Wang, then Olga are asked."""
    people = scene.people
    return three_steps(
        people, scene.now, tutors=[people.teng.pk], heads=[people.wang.pk], officers=[people.olga.pk]
    )


def test_no_page_carries_anything_inline(scene: Scene, case: Case, signed_in: SignedIn) -> None:
    step, teng = only(case), signed_in(scene.people.teng)
    names = ("send_back", "transfer", "delegate", "add_signer")
    pages = [at(teng, f"task_{name}", step.ulid) for name in names]
    pages += [at(teng, "task_detail", step.ulid), at(signed_in(scene.people.alice), "case_detail", case.ulid)]
    pages += [at(signed_in(scene.people.alice), name, case.ulid) for name in ("case_urge", "case_copy")]
    assert [INLINE.findall(page) for page in pages] == [[]] * len(pages)


def test_whoever_has_left_sees_own_cases_only(scene: Scene, case: Case, signed_in: SignedIn) -> None:
    User.objects.filter(pk__in=(scene.people.alice.pk, scene.people.teng.pk)).update(
        valid_until=scene.now - DAY
    )
    assert case.number in at(signed_in(scene.people.alice), "case_detail", case.ulid)
    assert at(signed_in(scene.people.teng), "case_detail", case.ulid, status=404)
