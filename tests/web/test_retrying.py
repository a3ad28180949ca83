"""What failed by itself is tried again by the office, from the page of its case."""

from datetime import timedelta

from django.test import Client
from django.urls import reverse

from tests.web.conftest import SignedIn
from tests.web.scene import Scene
from tests.workflows.toys import kinds, three_steps, yes
from workflows import services
from workflows.models import Case

DAY = timedelta(days=1)


def _page(client: Client, name: str, case: Case) -> str:
    answer = client.get(reverse(name, args=[case.ulid]))
    assert answer.status_code == 200
    return answer.content.decode()


def test_what_failed_by_itself_is_tried_again_from_the_page(scene: Scene, signed_in: SignedIn) -> None:
    people, client = scene.people, signed_in(scene.people.office)
    case = three_steps(
        people, scene.now, tutors=[people.teng.pk], heads=[people.wang.pk], officers=[people.olga.pk]
    )
    address = reverse("case_retry", args=[case.ulid])
    assert address not in _page(client, "case_detail", case)
    case.process.data["broken"] = True
    case.process.save()
    for by in (people.teng, people.wang, people.olga):
        yes(case, by, scene.now)
    services.sweep(now=scene.now + DAY)
    assert address in _page(client, "case_detail", case)
    assert address not in _page(signed_in(people.alice), "case_detail", case)
    assert "重试失败的步骤" in _page(client, "case_retry", case)
    assert client.post(address).status_code == 302
    assert kinds(case)[-2:] == ["failed", "retried"]
    assert address not in _page(client, "case_detail", case)
